package io.leasehold.http.kv.redis;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Replies;
import io.leasehold.domain.kv.redis.Reply;
import io.leasehold.domain.kv.redis.Resp2;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * Writes replies as clients get them, one behind another, within a limit: a reply that does not fit
 * any more is written as an error. Confined to one answer.
 */
final class ReplyWriter {
  private static final JsonFactory FACTORY = new JsonFactory();
  private static final byte[] BEFORE = "{\"result\":\"".getBytes(StandardCharsets.US_ASCII);
  private static final ByteString OK = ByteString.fromString("{\"result\":\"OK\"}");
  private static final byte[] BEHIND = "\"}".getBytes(StandardCharsets.US_ASCII);

  private final AnswerForm form;
  private final long maxBytes;
  private final Buffer out = new Buffer();

  /** There is no room for a reply. Has no stack trace, as it is an ordinary end. */
  private static final class Full extends IOException {
    private static final long serialVersionUID = 1;

    @Override
    public synchronized Throwable fillInStackTrace() {
      return this;
    }
  }

  /** Grows up to its limit, and can be cut back. */
  private static final class Buffer extends OutputStream {
    private final Bytesink bytes = new Bytesink();
    private long limit = Long.MAX_VALUE;

    @Override
    public void write(int each) throws IOException {
      need(1);
      bytes.write(each);
    }

    @Override
    public void write(byte[] source, int from, int length) throws IOException {
      need(length);
      bytes.write(source, from, length);
    }

    private void need(int more) throws Full {
      if (bytes.size() + (long) more > limit) {
        throw new Full();
      }
    }
  }

  private static final class Bytesink extends ByteArrayOutputStream {
    void cutTo(int size) {
      count = size;
    }

    ByteString whole() {
      return ByteString.fromArray(buf, 0, count);
    }
  }

  /**
   * @param maxBytes of all that is written
   */
  ReplyWriter(AnswerForm form, long maxBytes) {
    this.form = form;
    this.maxBytes = maxBytes;
  }

  /**
   * The same as {@link #write} and {@link #whole} for the most usual replies, OK and a string that
   * is its own text in JSON, made in one piece; null if it is another, or too large.
   */
  static @Nullable ByteString plain(AnswerForm form, Reply reply, long maxBytes) {
    if (!form.resp2() && reply.equals(Replies.OK) && OK.size() <= maxBytes) {
      return OK;
    }
    if (form.resp2() || form.base64() || !(reply instanceof Reply.Bulk bulk)) {
      return null;
    }
    byte[] text = bulk.bytes().array();
    long size = (long) BEFORE.length + text.length + BEHIND.length;
    if (size > maxBytes || !isPlain(bulk.bytes())) {
      return null;
    }
    byte[] all = Arrays.copyOf(BEFORE, (int) size);
    System.arraycopy(text, 0, all, BEFORE.length, text.length);
    System.arraycopy(BEHIND, 0, all, BEFORE.length + text.length, BEHIND.length);
    return ByteString.fromArrayUnsafe(all);
  }

  /** What has been written. */
  ByteString whole() {
    return out.bytes.whole();
  }

  /** The text of the error that stands for a reply without room. */
  String fullText() {
    return "ERR reply exceeds maximum allowed size. Limit: " + maxBytes + " bytes";
  }

  /** Bytes between replies, which always find room. */
  void between(String text) {
    out.limit = Long.MAX_VALUE;
    out.bytes.writeBytes(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /**
   * Writes a reply, as {@code {"result":...}} or {@code {"error":...}} in JSON. Returns false, and
   * has written nothing, if there is no room.
   */
  boolean write(Reply reply) {
    int before = out.bytes.size();
    out.limit = reply instanceof Reply.Failure ? Long.MAX_VALUE : maxBytes;
    try {
      if (form.resp2()) {
        out.write(Resp2.encode(reply));
      } else if (reply instanceof Reply.Bulk bulk && !form.base64() && isPlain(bulk.bytes())) {
        out.write(BEFORE);
        out.write(bulk.bytes().array());
        out.write(BEHIND);
      } else {
        writeJson(reply);
      }
      return true;
    } catch (Full e) {
      out.bytes.cutTo(before);
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Whether it is its own text in JSON: most values are, and need not be looked at by anybody. */
  private static boolean isPlain(Bytes bytes) {
    for (byte each : bytes.array()) {
      if (each < ' ' || each == '"' || each == '\\') { // what is no ASCII is below, too
        return false;
      }
    }
    return true;
  }

  private void writeJson(Reply reply) throws IOException {
    JsonGenerator json = FACTORY.createGenerator(out);
    json.writeStartObject();
    if (reply instanceof Reply.Failure failure) {
      json.writeStringField("error", failure.text());
    } else {
      json.writeFieldName("result");
      boolean ok = reply.equals(Replies.OK); // the only string that is never encoded
      value(json, reply, form.base64() && !ok);
    }
    json.writeEndObject();
    json.close();
  }

  private static void value(JsonGenerator json, Reply reply, boolean base64) throws IOException {
    if (reply instanceof Reply.Bulk bulk) {
      text(json, bulk.bytes(), base64);
    } else if (reply instanceof Reply.WholeNumber number) {
      json.writeNumber(number.value());
    } else if (reply instanceof Reply.Array array) {
      json.writeStartArray();
      for (Reply each : array.items()) {
        value(json, each, base64);
      }
      json.writeEndArray();
    } else if (reply instanceof Reply.Simple simple) {
      text(json, Bytes.utf8(simple.text()), base64);
    } else if (reply instanceof Reply.Failure failure) {
      json.writeString(failure.text());
    } else {
      json.writeNull();
    }
  }

  private static void text(JsonGenerator json, Bytes bytes, boolean base64) throws IOException {
    if (base64) {
      json.writeString(Base64.getEncoder().encodeToString(bytes.array()));
    } else {
      json.writeString(bytes.text()); // what is no UTF-8 becomes U+FFFD
    }
  }

  /** Writes replies of a batch in their order. */
  void writeAll(List<Reply> replies) {
    if (!form.resp2()) {
      between("[");
    }
    for (int i = 0; i < replies.size(); i++) {
      if (i > 0 && !form.resp2()) {
        between(",");
      }
      if (!write(replies.get(i))) {
        write(new Reply.Failure(fullText()));
      }
    }
    if (!form.resp2()) {
      between("]");
    }
  }
}
