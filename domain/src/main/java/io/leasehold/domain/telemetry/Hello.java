package io.leasehold.domain.telemetry;

import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a client asks for in its first line. Immutable.
 *
 * @param src who it is, 1..256 bytes
 * @param stream names its numbers over reconnects; empty = it has none
 * @param resume the number of the line before the next one, 0 or more
 * @param token says that it may send; empty = it has none
 */
public record Hello(String src, Ack ack, String stream, long resume, String token) {
  /** When a line counts as settled. */
  public enum Ack {
    /** Never: nothing is said. */
    NONE,
    /** When it has been handed to its targets. */
    RECEIVED,
    /** When it is on the disk. */
    DURABLE
  }

  private static final Pattern STREAM = Pattern.compile("[A-Za-z0-9._-]{1,64}");
  private static final Pattern WHOLE = Pattern.compile("\\d{1,18}");
  private static final Set<String> OURS = Set.of("ack", "stream", "resume", "token");
  private static final int SHOWN = 64;

  /** A hello that cannot be used: {@code why} says the value and its bound. */
  public static final class Refused extends Exception {
    private static final long serialVersionUID = 1;

    Refused(String why) {
      super(why);
    }
  }

  /** Without the token. */
  @Override
  public String toString() {
    return "Hello[src=" + src + ", ack=" + ack + ", stream=" + stream + ", resume=" + resume + ']';
  }

  /**
   * Takes the line that {@code reader} has just read in {@code bytes}, and that calls itself a
   * hello.
   *
   * @param found what the reader made of it
   * @throws Refused if it is none
   */
  public static Hello of(MessageReader reader, byte[] bytes, DropReason found) throws Refused {
    if (found != DropReason.UNEXPECTED_HELLO) {
      throw new Refused(found.wire());
    }
    if (!reader.isVersionOne()) {
      throw new Refused(DropReason.BAD_VERSION.wire());
    }
    if (!reader.isNamed(MessageReader.Field.SRC, 1)) {
      throw new Refused("src: must be a text of 1..256 bytes");
    }
    boolean object = reader.isObject(MessageReader.Field.DATA);
    if (!object && reader.isPresent(MessageReader.Field.DATA)) {
      throw new Refused("data: must be an object");
    }
    Map<String, String> data =
        object
            ? members(
                bytes, reader.from(MessageReader.Field.DATA), reader.to(MessageReader.Field.DATA))
            : Map.of();
    Ack ack = ack(data.get("ack"));
    String stream = data.get("stream");
    if (stream != null && !STREAM.matcher(stream).matches()) {
      throw new Refused("stream = " + shown(stream) + ": must be 1..64 of A-Z a-z 0-9 . _ -");
    }
    String resume = data.getOrDefault("resume", "0");
    if (!WHOLE.matcher(resume).matches()) {
      throw new Refused("resume = " + shown(resume) + ": must be a whole number, 0 or more");
    }
    long number = Long.parseLong(resume);
    if (number > 0 && stream == null) {
      throw new Refused("resume = " + number + ": needs a stream");
    }
    String src = reader.text(MessageReader.Field.SRC);
    String token = data.getOrDefault("token", "");
    return new Hello(src, ack, stream == null ? "" : stream, number, token);
  }

  /** What {@link Tags#members} has; that one of ours is nested is told, or nobody would answer. */
  private static Map<String, String> members(byte[] line, int from, int to) throws Refused {
    var json = new JsonText();
    json.begin(line, from, to);
    json.accept('{');
    if (!json.accept('}')) {
      do {
        json.name();
        String name = JsonText.decode(line, json.from(), json.to(), json.isEscaped());
        boolean nested = json.peek() == '{' || json.peek() == '[';
        if (nested && OURS.contains(name)) {
          throw new Refused(name + ": must be a single value");
        }
        json.value(1);
      } while (json.accept(','));
    }
    return Tags.members(line, from, to);
  }

  private static Ack ack(@Nullable String word) throws Refused {
    if (word == null) {
      return Ack.NONE;
    }
    return switch (word) {
      case "none" -> Ack.NONE;
      case "received" -> Ack.RECEIVED;
      case "durable" -> Ack.DURABLE;
      default -> throw new Refused("ack = " + shown(word) + ": must be none, received or durable");
    };
  }

  private static String shown(String value) {
    String cut = value.length() > SHOWN ? value.substring(0, SHOWN) : value;
    return cut.replaceAll("[^ -~]", "?").replace('"', '\'').replace('\\', '/');
  }
}
