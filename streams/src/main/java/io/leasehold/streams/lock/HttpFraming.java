package io.leasehold.streams.lock;

import io.leasehold.streams.lock.wire.ErrorCode;
import io.leasehold.streams.lock.wire.LineBuffer;
import io.leasehold.streams.lock.wire.WireError;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The little of HTTP/1.1 that lets {@code curl} use the lock port: {@code POST /} with a length,
 * one request at a time. Holds at most one head of 16 KiB and one body of {@link
 * WireError#MAX_LINE_BYTES}, and the chunk that came last. Not thread safe.
 */
final class HttpFraming {
  private static final int MAX_HEAD_BYTES = 16 * 1_024;

  /** What {@link #next} found. */
  enum Found {
    NOTHING,
    /** The client waits to be told to go on with {@code 100 Continue}. */
    CONTINUE,
    /** A body, in {@link #body()}. */
    REQUEST,
    /** Something that is answered with {@link #error()}. */
    ERROR
  }

  private byte[] buffer = {};
  private boolean headRead;
  private boolean toldToContinue;
  private boolean expectsContinue;
  private boolean close;
  private int bodyLength;
  private byte[] body = {};
  private @Nullable String apiKey;
  private @Nullable WireError error;

  /** Whether a first line is that of an HTTP request and not JSON. */
  static boolean isRequestLine(byte[] text, int from, int to) {
    int first = from;
    while (first < to && (text[first] == ' ' || text[first] == '\t')) {
      first++;
    }
    if (to - first < 14 || text[first] < 'A' || text[first] > 'Z') {
      return false;
    }
    String end = new String(text, to - 9, 9, StandardCharsets.ISO_8859_1);
    return end.equals(" HTTP/1.1") || end.equals(" HTTP/1.0");
  }

  void offer(byte[] chunk) {
    int old = buffer.length;
    buffer = Arrays.copyOf(buffer, old + chunk.length);
    System.arraycopy(chunk, 0, buffer, old, chunk.length);
  }

  /** Whether it holds as much as any request needs: no more is to be offered. */
  boolean isFull() {
    return buffer.length >= MAX_HEAD_BYTES + WireError.MAX_LINE_BYTES;
  }

  /** Whether a request has begun and not ended. */
  boolean isInsideRequest() {
    return headRead || buffer.length > 0;
  }

  Found next() {
    if (!headRead) {
      int end = endOfHead();
      if (end < 0) {
        return buffer.length > MAX_HEAD_BYTES ? headTooLarge() : Found.NOTHING;
      }
      if (end > MAX_HEAD_BYTES) {
        return headTooLarge();
      }
      String head = new String(buffer, 0, end, StandardCharsets.ISO_8859_1);
      buffer = Arrays.copyOfRange(buffer, end, buffer.length);
      error = readHead(head);
      if (error != null) {
        return Found.ERROR;
      }
      headRead = true;
    }
    if (buffer.length < bodyLength) {
      if (expectsContinue && !toldToContinue) {
        toldToContinue = true;
        return Found.CONTINUE;
      }
      return Found.NOTHING;
    }
    body = Arrays.copyOf(buffer, bodyLength);
    buffer = Arrays.copyOfRange(buffer, bodyLength, buffer.length);
    headRead = false;
    return Found.REQUEST;
  }

  byte[] body() {
    return body;
  }

  /** The key of the head, null without one. */
  @Nullable String apiKey() {
    return apiKey;
  }

  WireError error() {
    if (error == null) {
      throw new IllegalStateException("no error");
    }
    return error;
  }

  /** Whether the connection ends after the answer. */
  boolean closesAfterAnswer() {
    return close;
  }

  /** Writes an answer around {@code content}. */
  void respond(LineBuffer out, int status, LineBuffer content) {
    String head =
        "HTTP/1.1 "
            + status
            + ' '
            + reason(status)
            + "\r\nContent-Type: application/json\r\nContent-Length: "
            + content.size()
            + (status == 405 ? "\r\nAllow: POST" : "")
            + (close ? "\r\nConnection: close" : "")
            + "\r\n\r\n";
    out.append(head.getBytes(StandardCharsets.ISO_8859_1));
    out.append(content);
    content.clear();
  }

  static byte[] continueLine() {
    return "HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1);
  }

  private Found headTooLarge() {
    close = true;
    error =
        WireError.http(
            ErrorCode.HEADERS_TOO_LARGE,
            "request line and headers must have at most " + MAX_HEAD_BYTES + " bytes");
    return Found.ERROR;
  }

  private int endOfHead() {
    for (int i = 0; i + 1 < buffer.length; i++) {
      if (buffer[i] == '\n') {
        if (buffer[i + 1] == '\n') {
          return i + 2;
        }
        if (buffer[i + 1] == '\r' && i + 2 < buffer.length && buffer[i + 2] == '\n') {
          return i + 3;
        }
      }
    }
    return -1;
  }

  private @Nullable WireError readHead(String head) {
    String[] lines = head.strip().split("\r?\n", -1);
    String[] start = lines[0].strip().split(" ", -1);
    close = true; // until the head is known to be sound
    if (start.length != 3) {
      return WireError.http(ErrorCode.INVALID_REQUEST, "request line must be POST / HTTP/1.1");
    }
    boolean oldVersion = start[2].equals("HTTP/1.0");
    boolean keepAlive = !oldVersion;
    boolean chunked = false;
    String length = null;
    String origin = null;
    String bearer = null;
    String header = null;
    expectsContinue = false;
    toldToContinue = false;
    for (int i = 1; i < lines.length; i++) {
      int colon = lines[i].indexOf(':');
      if (colon <= 0) {
        return WireError.http(ErrorCode.INVALID_REQUEST, "header without a colon");
      }
      String name = lines[i].substring(0, colon);
      if (name.chars().anyMatch(c -> c <= ' ')) { // a proxy may take it for another header
        return WireError.http(ErrorCode.INVALID_REQUEST, "header with a blank before its colon");
      }
      String value = lines[i].substring(colon + 1).strip();
      switch (name.toLowerCase(Locale.ROOT)) {
        case "content-length" -> {
          if (length != null && !length.equals(value)) { // where does the next request begin?
            return WireError.http(ErrorCode.INVALID_REQUEST, "Content-Length has two values");
          }
          length = value;
        }
        case "transfer-encoding" -> chunked = true;
        case "origin" -> origin = value;
        case "expect" -> expectsContinue = value.equalsIgnoreCase("100-continue");
        case "x-api-key" -> header = value;
        case "authorization" ->
            bearer =
                value.regionMatches(true, 0, "Bearer ", 0, 7) ? value.substring(7).strip() : null;
        case "connection" -> {
          var options = List.of(value.toLowerCase(Locale.ROOT).split("\\s*,\\s*", -1));
          keepAlive = !options.contains("close") && (!oldVersion || options.contains("keep-alive"));
        }
        default -> {}
      }
    }
    apiKey = bearer != null ? bearer : header;
    int query = start[1].indexOf('?');
    String path = query < 0 ? start[1] : start[1].substring(0, query);
    if (!path.equals("/")) {
      return refused(ErrorCode.NOT_FOUND, "only / is here", length, keepAlive);
    }
    if (!start[0].equals("POST")) {
      return refused(ErrorCode.METHOD_NOT_ALLOWED, "only POST is allowed", length, keepAlive);
    }
    if (origin != null) {
      return refused(
          ErrorCode.FORBIDDEN_ORIGIN,
          "requests of web pages are refused: send no Origin header",
          length,
          keepAlive);
    }
    if (length == null || chunked) {
      return WireError.http(ErrorCode.LENGTH_REQUIRED, "Content-Length is required");
    }
    if (!length.matches("[0-9]+")) {
      return WireError.http(
          ErrorCode.INVALID_REQUEST,
          "Content-Length must be a number, got " + WireError.shown(length));
    }
    bodyLength = length.length() > 9 ? Integer.MAX_VALUE : Integer.parseInt(length);
    if (bodyLength > WireError.MAX_LINE_BYTES) {
      return WireError.bodyTooLong();
    }
    close = !keepAlive;
    return null;
  }

  /** The connection can go on if nothing follows the head that would be taken for a request. */
  private WireError refused(
      ErrorCode code, String allowed, @Nullable String length, boolean keepAlive) {
    close = !keepAlive || (length != null && !length.equals("0"));
    return WireError.http(code, allowed);
  }

  private static String reason(int status) {
    return switch (status) {
      case 200 -> "OK";
      case 400 -> "Bad Request";
      case 401 -> "Unauthorized";
      case 403 -> "Forbidden";
      case 404 -> "Not Found";
      case 405 -> "Method Not Allowed";
      case 408 -> "Request Timeout";
      case 409 -> "Conflict";
      case 411 -> "Length Required";
      case 413 -> "Content Too Large";
      case 429 -> "Too Many Requests";
      case 431 -> "Request Header Fields Too Large";
      case 500 -> "Internal Server Error";
      case 503 -> "Service Unavailable";
      default -> "Unknown";
    };
  }
}
