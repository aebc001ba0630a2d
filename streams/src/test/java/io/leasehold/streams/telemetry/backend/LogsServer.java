package io.leasehold.streams.telemetry.backend;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Stands for CloudWatch Logs, as far as its API reference describes PutLogEvents: checks the
 * signature (AWS Signature Version 4), bounds and order of each request, and keeps the events.
 */
public final class LogsServer implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final long DAY = 86_400_000;

  private final HttpServer server;
  private final Map<String, List<String>> events = new LinkedHashMap<>();
  private final Set<String> groups = new TreeSet<>();

  /** Requests that were wrong, in words; a test wants none. */
  public final List<String> complaints = new CopyOnWriteArrayList<>();

  /** What was asked for, in order: action and stream. */
  public final List<String> calls = new CopyOnWriteArrayList<>();

  /** Sizes of the requests with events, in events. */
  public final List<Integer> sizes = new CopyOnWriteArrayList<>();

  /** What the answer to events says was rejected. */
  public volatile String rejected = "";

  /** An event with this text is refused with its request. */
  public volatile String poison = "\0";

  /** Nobody may make groups. */
  public volatile boolean closedToGroups;

  public LogsServer() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
    server.setExecutor(
        Executors.newCachedThreadPool(
            task -> {
              var thread = new Thread(task, "logs-server");
              thread.setDaemon(true);
              return thread;
            }));
    server.createContext("/", this::handle);
    server.start();
  }

  public int port() {
    return server.getAddress().getPort();
  }

  /** Messages of a stream, in the order of the requests. */
  public synchronized List<String> of(String stream) {
    return List.copyOf(events.getOrDefault(stream, List.of()));
  }

  public synchronized Set<String> streams() {
    return new TreeSet<>(events.keySet());
  }

  public synchronized List<String> all() {
    List<String> all = new ArrayList<>();
    events.values().forEach(all::addAll);
    return all;
  }

  /** Group and streams are gone. */
  public synchronized void forget() {
    groups.clear();
    events.clear();
  }

  private void handle(HttpExchange exchange) throws IOException {
    byte[] body = exchange.getRequestBody().readAllBytes();
    String answer;
    int status = 200;
    try {
      checkSignature(exchange, body);
      answer = answer(exchange.getRequestHeaders().getFirst("X-Amz-Target"), JSON.readTree(body));
    } catch (Refused e) {
      status = 400;
      answer = "{\"__type\":\"" + e.getMessage() + "\",\"message\":\"no\"}";
    } catch (GeneralSecurityException e) {
      throw new IOException(e);
    }
    byte[] bytes = answer.getBytes(UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.1");
    exchange.sendResponseHeaders(status, bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;

    Refused(String code) {
      super(code);
    }
  }

  private synchronized String answer(String target, JsonNode request) {
    String group = request.path("logGroupName").asText();
    String stream = request.path("logStreamName").asText();
    String action = target.substring(target.indexOf('.') + 1);
    calls.add((action + ' ' + stream).trim());
    if (!target.startsWith("Logs_20140328.")) {
      complaints.add("target " + target);
    }
    switch (action) {
      case "CreateLogGroup" -> {
        if (closedToGroups) {
          throw new Refused("AccessDeniedException");
        }
        if (!groups.add(group)) {
          throw new Refused("ResourceAlreadyExistsException");
        }
        return "";
      }
      case "CreateLogStream" -> {
        needed(groups.contains(group));
        if (events.putIfAbsent(stream, new ArrayList<>()) != null) {
          throw new Refused("ResourceAlreadyExistsException");
        }
        return "";
      }
      case "PutLogEvents" -> {
        needed(groups.contains(group) && events.containsKey(stream));
        return put(stream, request.path("logEvents"));
      }
      default -> throw new Refused("UnknownOperationException");
    }
  }

  private static void needed(boolean there) {
    if (!there) {
      throw new Refused("ResourceNotFoundException");
    }
  }

  private String put(String stream, JsonNode sent) {
    long bytes = 0;
    long last = Long.MIN_VALUE;
    List<String> messages = new ArrayList<>();
    for (JsonNode each : sent) {
      String message = each.path("message").asText();
      if (message.contains(poison)) {
        throw new Refused("InvalidParameterException");
      }
      int size = message.getBytes(UTF_8).length + 26;
      bytes += size;
      complainUnless(size <= 262_144, "an event of " + size + " bytes");
      long ts = each.path("timestamp").longValue();
      complainUnless(ts >= last, "not in the order of time");
      last = ts;
      messages.add(message);
    }
    complainUnless(!messages.isEmpty() && messages.size() <= 10_000, messages.size() + " events");
    complainUnless(bytes <= 1_048_576, bytes + " bytes");
    if (!messages.isEmpty()) {
      long span = last - sent.get(0).path("timestamp").longValue();
      complainUnless(span < DAY, "a span of " + span + " ms");
    }
    sizes.add(messages.size());
    events.get(stream).addAll(messages);
    return rejected.isEmpty() ? "{}" : "{\"rejectedLogEventsInfo\":" + rejected + "}";
  }

  private void complainUnless(boolean good, String why) {
    if (!good) {
      complaints.add(why);
    }
  }

  private void checkSignature(HttpExchange exchange, byte[] body) throws GeneralSecurityException {
    var headers = exchange.getRequestHeaders();
    String authorization = String.valueOf(headers.getFirst("Authorization"));
    String prefix = "AWS4-HMAC-SHA256 Credential=" + S3Server.ID + '/';
    String date = String.valueOf(headers.getFirst("X-Amz-Date"));
    String scope = date.substring(0, 8) + "/us-east-1/logs/aws4_request";
    String signed = between(authorization, "SignedHeaders=", ",");
    var canonical = new StringBuilder("POST\n/\n\n");
    for (String each : signed.split(";")) {
      canonical
          .append(each)
          .append(':')
          .append(String.join(",", headers.get(each)).trim())
          .append('\n');
    }
    canonical.append('\n').append(signed).append('\n').append(sha256(body));
    String text =
        "AWS4-HMAC-SHA256\n"
            + date
            + '\n'
            + scope
            + '\n'
            + sha256(canonical.toString().getBytes(UTF_8));
    byte[] key = ("AWS4" + S3Server.SECRET).getBytes(UTF_8);
    for (String each : scope.split("/")) {
      key = mac(key, each);
    }
    String expected = HexFormat.of().formatHex(mac(key, text));
    boolean right =
        authorization.startsWith(prefix + scope)
            && signed.contains("host")
            && signed.contains("x-amz-date")
            && between(authorization + ",", "Signature=", ",").equals(expected);
    if (!right) {
      throw new Refused("InvalidSignatureException");
    }
  }

  private static String between(String text, String before, String after) {
    int from = text.indexOf(before) + before.length();
    return text.substring(from, text.indexOf(after, from));
  }

  private static String sha256(byte[] bytes) throws GeneralSecurityException {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
  }

  private static byte[] mac(byte[] key, String text) throws GeneralSecurityException {
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
    return mac.doFinal(text.getBytes(UTF_8));
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
