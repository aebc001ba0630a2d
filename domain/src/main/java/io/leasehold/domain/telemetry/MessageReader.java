package io.leasehold.domain.telemetry;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads one line and says what it is, or the first reason why it is no message. Builds no tree and
 * nearly always no object: what it found stands in the bytes it was given, and is valid until the
 * next {@link #read}. Reusable; not thread safe.
 */
public final class MessageReader {
  /** Bytes of a line before its line feed. */
  public static final int MAX_LINE_BYTES = 65_536;

  private static final int MAX_NAME_BYTES = 256;
  private static final long MAX_EXACT_MILLIS = 1L << 53;

  /** How far a time may be off; {@code accepted} here before, or made here: it may be a trace. */
  public record Window(long maxFutureMillis, long maxPastMillis, boolean accepted) {
    /** Of what was accepted, or made, here before: its time was looked at then. */
    public static final Window ANY_TIME = new Window(1L << 61, 1L << 61, true);

    /** Of what clients send. */
    public Window(long maxFutureMillis, long maxPastMillis) {
      this(maxFutureMillis, maxPastMillis, false);
    }
  }

  /** The members of the outermost object. */
  public enum Field {
    V,
    SRC,
    TS,
    TYPE,
    TID,
    SID,
    PID,
    DATA
  }

  private static final Field[] FIELDS = Field.values();
  private static final int COUNT = FIELDS.length;
  private static final JsonText.Kind[] NONE = new JsonText.Kind[COUNT];

  static {
    Arrays.fill(NONE, JsonText.Kind.NULL);
  }

  private final JsonText json = new JsonText();
  private final JsonText.Kind[] kinds = new JsonText.Kind[COUNT];
  private final int[] from = new int[COUNT];
  private final int[] to = new int[COUNT];
  private final boolean[] escaped = new boolean[COUNT];
  private final DataMembers members = new DataMembers();
  private byte[] text = new byte[0];
  private MessageType type = MessageType.EVENT;
  private Level level = Level.INFO;
  private long ts;
  private boolean unknownKey;

  /**
   * Reads {@code bytes[first, last)}, which has at most {@value #MAX_LINE_BYTES} bytes and no blank
   * at its ends.
   *
   * @param ascii no byte is above 127, so nobody has to look
   * @return why it is no message, null if it is one; {@link DropReason#UNEXPECTED_HELLO} of a
   *     hello, whether it is expected or not
   */
  public @Nullable DropReason read(
      byte[] bytes, int first, int last, boolean ascii, long nowMillis, Window window) {
    text = bytes;
    if (!ascii && !Utf8.isValid(bytes, first, last)) {
      return DropReason.BAD_UTF8;
    }
    DropReason shape = scan(first, last);
    if (shape != null) {
      return shape;
    }
    if (unknownKey) {
      return DropReason.UNKNOWN_KEY;
    }
    if (!has(Field.V) || !has(Field.SRC) || !has(Field.TS) || !has(Field.TYPE)) {
      return isHello() ? DropReason.UNEXPECTED_HELLO : DropReason.MISSING_FIELD;
    }
    DropReason header = header(nowMillis, window);
    return header == null ? data() : header;
  }

  private @Nullable DropReason scan(int first, int last) {
    System.arraycopy(NONE, 0, kinds, 0, COUNT);
    members.clear();
    unknownKey = false;
    json.begin(text, first, last);
    if (!json.accept('{')) {
      boolean valid = json.value(0) != JsonText.Kind.BROKEN && json.isAtEnd();
      return valid ? DropReason.NOT_OBJECT : DropReason.BAD_JSON;
    }
    if (!json.accept('}')) {
      do {
        if (!json.name() || !member()) {
          return DropReason.BAD_JSON;
        }
      } while (json.accept(','));
      if (!json.accept('}')) {
        return DropReason.BAD_JSON;
      }
    }
    return json.isAtEnd() ? null : DropReason.BAD_JSON;
  }

  private boolean member() {
    int field = fieldAt(json.from(), json.to(), json.isEscaped());
    if (field < 0) {
      unknownKey = true;
      return json.value(1) != JsonText.Kind.BROKEN;
    }
    JsonText.Kind kind;
    if (field == Field.DATA.ordinal() && json.peek() == '{') {
      kind = members.scan(json, text) ? JsonText.Kind.OBJECT : JsonText.Kind.BROKEN;
      from[field] = members.from();
      to[field] = members.to();
    } else {
      kind = json.value(1);
      from[field] = json.from();
      to[field] = json.to();
      escaped[field] = kind == JsonText.Kind.STRING && json.isEscaped();
      if (field == Field.DATA.ordinal()) {
        members.clear();
      }
    }
    kinds[field] = kind;
    return kind != JsonText.Kind.BROKEN;
  }

  private int fieldAt(int first, int last, boolean escapes) {
    if (escapes) {
      return fieldNamed(JsonText.decode(text, first, last, true));
    }
    int length = last - first;
    byte c = length == 0 ? 0 : text[first];
    Field found =
        switch (length) {
          case 1 -> c == 'v' ? Field.V : null;
          case 2 -> c == 't' && text[first + 1] == 's' ? Field.TS : null;
          case 3 -> three(first, c);
          case 4 -> is(first, "type") ? Field.TYPE : is(first, "data") ? Field.DATA : null;
          default -> null;
        };
    return found == null ? -1 : found.ordinal();
  }

  private @Nullable Field three(int first, byte c) {
    byte second = text[first + 1];
    byte third = text[first + 2];
    if (second == 'i' && third == 'd') {
      return c == 't' ? Field.TID : c == 's' ? Field.SID : c == 'p' ? Field.PID : null;
    }
    return c == 's' && second == 'r' && third == 'c' ? Field.SRC : null;
  }

  private static int fieldNamed(String name) {
    for (Field each : FIELDS) {
      if (each.name().toLowerCase(Locale.ROOT).equals(name)) {
        return each.ordinal();
      }
    }
    return -1;
  }

  private boolean is(int first, String word) {
    for (int i = 0; i < word.length(); i++) {
      if (text[first + i] != word.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private boolean isText(Field field, String word) {
    int i = field.ordinal();
    if (kinds[i] != JsonText.Kind.STRING) {
      return false;
    }
    return escaped[i]
        ? text(field).equals(word)
        : to[i] - from[i] == word.length() && is(from[i], word);
  }

  /** Whether the object that was read, valid or not, calls itself a hello. */
  public boolean isGreeting() {
    return isText(Field.TYPE, "hello");
  }

  private boolean isHello() {
    return has(Field.V) && isText(Field.TYPE, "hello") && has(Field.SRC);
  }

  private @Nullable DropReason header(long nowMillis, Window window) {
    if (!isVersionOne()) {
      return DropReason.BAD_VERSION;
    }
    var found = typeOf(window.accepted);
    if (found == null) {
      return isHello() ? DropReason.UNEXPECTED_HELLO : DropReason.UNKNOWN_TYPE;
    }
    type = found;
    if (!isNamed(Field.SRC, 1)) {
      return DropReason.BAD_SRC;
    }
    if (kinds[Field.TS.ordinal()] != JsonText.Kind.NUMBER) {
      return DropReason.BAD_TS;
    }
    ts = millis();
    if (ts > nowMillis + window.maxFutureMillis) {
      return DropReason.TS_FUTURE;
    }
    if (ts < nowMillis - window.maxPastMillis) {
      return DropReason.TS_PAST;
    }
    return isId(Field.TID) && isId(Field.SID) && isId(Field.PID) ? null : DropReason.BAD_ID;
  }

  boolean isVersionOne() {
    int v = Field.V.ordinal();
    boolean one = to[v] - from[v] == 1 && text[from[v]] == '1';
    return kinds[v] == JsonText.Kind.NUMBER && (one || number(Field.V) == 1);
  }

  private @Nullable MessageType typeOf(boolean accepted) {
    int i = Field.TYPE.ordinal();
    if (kinds[i] != JsonText.Kind.STRING) {
      return null;
    }
    if (escaped[i]) {
      var found = MessageType.of(text(Field.TYPE));
      return found == MessageType.TRACE ? null : found;
    }
    MessageType likely =
        switch (text[from[i]]) {
          case 'e' -> MessageType.EVENT;
          case 'm' -> MessageType.METRIC;
          case 'p' -> MessageType.PROGRESS;
          case 'r' -> MessageType.RESOURCE;
          case 's' -> MessageType.SPAN;
          case 'h' -> MessageType.HEARTBEAT;
          case 'g' -> MessageType.GOODBYE;
          case 't' -> accepted ? MessageType.TRACE : null;
          default -> null;
        };
    return likely != null && isText(Field.TYPE, likely.wire()) ? likely : null;
  }

  boolean isNamed(Field field, int minBytes) {
    int i = field.ordinal();
    if (kinds[i] != JsonText.Kind.STRING && kinds[i] != JsonText.Kind.NUMBER) {
      return false;
    }
    int length = escaped[i] ? text(field).getBytes(UTF_8).length : to[i] - from[i];
    return length >= minBytes && length <= MAX_NAME_BYTES;
  }

  private boolean isId(Field field) {
    return kinds[field.ordinal()] == JsonText.Kind.NULL || isNamed(field, 0);
  }

  private long millis() {
    int i = from[Field.TS.ordinal()];
    int last = to[Field.TS.ordinal()];
    long value = 0;
    int digits = 0;
    boolean negative = text[i] == '-';
    if (negative) {
      i++;
    }
    while (i < last && text[i] >= '0' && text[i] <= '9' && digits < 18) {
      value = value * 10 + (text[i++] - '0');
      digits++;
    }
    boolean simple = i == last || (text[i] == '.' && !hasExponent(i, last));
    if (simple) {
      return negative ? -value : value;
    }
    double parsed = number(Field.TS); // an exponent, or more digits than a time can have
    return (long) Math.max(-MAX_EXACT_MILLIS, Math.min(MAX_EXACT_MILLIS, parsed));
  }

  private boolean hasExponent(int first, int last) {
    for (int i = first; i < last; i++) {
      if ((text[i] | 0x20) == 'e') {
        return true;
      }
    }
    return false;
  }

  private double number(Field field) {
    return numberAt(text, from[field.ordinal()], to[field.ordinal()]);
  }

  static double numberAt(byte[] text, int first, int last) {
    return Double.parseDouble(new String(text, first, last - first, ISO_8859_1));
  }

  private @Nullable DropReason data() {
    int i = Field.DATA.ordinal();
    if (kinds[i] == JsonText.Kind.ARRAY) {
      if (!isEmptyArray(from[i] + 1, to[i] - 1)) {
        return DropReason.BAD_DATA;
      }
    } else if (kinds[i] != JsonText.Kind.OBJECT && kinds[i] != JsonText.Kind.NULL) {
      return DropReason.BAD_DATA;
    }
    DropReason missing = members.check(type, text);
    if (missing != null) {
      return missing;
    }
    if (type == MessageType.SPAN && (!hasId(Field.TID) || !hasId(Field.SID))) {
      return DropReason.MISSING_IDS;
    }
    level = type == MessageType.EVENT ? members.level(text) : Level.INFO;
    return null;
  }

  private boolean isEmptyArray(int first, int last) {
    return new String(text, first, last - first, ISO_8859_1).isBlank();
  }

  private boolean has(Field field) {
    return kinds[field.ordinal()] != JsonText.Kind.NULL;
  }

  private boolean hasId(Field field) {
    return has(field) && to[field.ordinal()] > from[field.ordinal()];
  }

  public MessageType type() {
    return type;
  }

  /** Of an event; {@link Level#INFO} of everything else. */
  public Level level() {
    return level;
  }

  /** Milliseconds since the epoch, a fraction cut off. */
  public long ts() {
    return ts;
  }

  /** What the message is worth when something must be dropped: 0..3, 3 the most. */
  public int importance() {
    return switch (type) {
      case EVENT -> level.importance();
      case METRIC -> 1;
      case PROGRESS, SPAN, TRACE -> 2;
      case RESOURCE, HEARTBEAT, GOODBYE -> 0;
    };
  }

  /** Whether the member is there, neither null nor, of an id, empty. */
  public boolean isPresent(Field field) {
    return switch (field) {
      case TID, SID, PID -> hasId(field);
      case V, SRC, TS, TYPE, DATA -> has(field);
    };
  }

  /** Where the value begins; of a string without its quote. Only of a member that is there. */
  public int from(Field field) {
    return from[field.ordinal()];
  }

  /** Where it ends (exclusive); of a string without its quote. */
  public int to(Field field) {
    return to[field.ordinal()];
  }

  /** Whether the value is a string: then it has quotes around it. */
  public boolean isString(Field field) {
    return kinds[field.ordinal()] == JsonText.Kind.STRING;
  }

  /** Whether the value is an object; {@code data} may also be absent, or an empty array. */
  public boolean isObject(Field field) {
    return kinds[field.ordinal()] == JsonText.Kind.OBJECT;
  }

  /** The characters of a string, the text of anything else. Allocates. */
  public String text(Field field) {
    int i = field.ordinal();
    return JsonText.decode(text, from[i], to[i], escaped[i]);
  }
}
