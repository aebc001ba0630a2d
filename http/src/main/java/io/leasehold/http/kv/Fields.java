package io.leasehold.http.kv;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.Fence;
import io.leasehold.domain.kv.KvEntry;
import io.leasehold.domain.kv.Ttl;
import io.leasehold.http.access.Answer.Problem;
import io.leasehold.http.access.Refused;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The members of one object of a request, as they came: whether they are right is asked only of
 * those that the request needs, so what is unknown to it may be anything. Confined to the reading
 * of one request.
 */
final class Fields {
  /** Bytes of a value at most. */
  static final int MAX_VALUE_BYTES = 1 << 20;

  private static final int MAX_METADATA_ENTRIES = 64;
  private static final int MAX_METADATA_BYTES = 4_096;
  private static final int MAX_CONDITIONS = 100;
  private static final int MAX_INTEGER_CHARS = 20;

  /**
   * One member.
   *
   * @param text of a string or number; null for all others
   */
  private record Raw(JsonToken token, @Nullable String text) {}

  private final @Nullable Raw[] raw = new Raw[Field.values().length];
  private final List<Fields> conditions = new ArrayList<>(0);
  private @Nullable Map<String, String> metadata;
  private @Nullable Refused wrongMetadata;
  private @Nullable Fields fence;
  private @Nullable Refused wrongFence;
  private @Nullable Refused wrongConditions;

  /** Reads an object from its opening to its closing brace. */
  static Fields read(JsonParser json) throws IOException {
    return read(json, true);
  }

  private static Fields read(JsonParser json, boolean nested) throws IOException {
    var fields = new Fields();
    for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
      fields.readMember(json, name, json.nextToken(), nested);
    }
    return fields;
  }

  /** Reads the value of a member, whose first token has been read. */
  void readMember(JsonParser json, String name, JsonToken token) throws IOException {
    readMember(json, name, token, true);
  }

  private void readMember(JsonParser json, String name, JsonToken token, boolean nested)
      throws IOException {
    Field field = Field.of(name);
    if (field != null) {
      boolean scalar = token == JsonToken.VALUE_STRING || token.isNumeric();
      raw[field.ordinal()] = new Raw(token, scalar ? json.getText() : null);
      json.skipChildren();
    } else if (nested && name.equals("metadata")) {
      readMetadata(json, token);
    } else if (nested && name.equals("fence")) {
      readFence(json, token);
    } else if (nested && name.equals("conditions")) {
      readConditions(json, token);
    } else {
      json.skipChildren();
    }
  }

  private void readMetadata(JsonParser json, JsonToken token) throws IOException {
    metadata = null;
    wrongMetadata = null;
    if (token == JsonToken.VALUE_NULL) {
      return;
    }
    if (token != JsonToken.START_OBJECT) {
      json.skipChildren();
      wrongMetadata = new Refused(Problem.INVALID_METADATA, "metadata must be an object");
      return;
    }
    try {
      metadata = metadata(json);
    } catch (Refused e) {
      wrongMetadata = e;
    }
  }

  /** Reads an object of texts to its end, also if it is wrong. */
  static Map<String, String> metadata(JsonParser json) throws IOException {
    var map = new HashMap<String, String>();
    Refused wrong = null;
    for (String name = json.nextFieldName(); name != null; name = json.nextFieldName()) {
      if (json.nextToken() != JsonToken.VALUE_STRING) {
        json.skipChildren();
        wrong = new Refused(Problem.INVALID_METADATA, "values of metadata must be strings");
      } else if (!isWellFormed(name) || !isWellFormed(json.getText())) {
        wrong = new Refused(Problem.INVALID_METADATA, "metadata has half a surrogate pair");
      } else if (wrong == null) {
        map.put(name, json.getText());
        wrong = map.size() > MAX_METADATA_ENTRIES ? tooManyEntries() : null;
      }
    }
    if (wrong != null) {
      throw wrong;
    }
    int bytes = KvEntry.metadataBytes(map);
    if (bytes > MAX_METADATA_BYTES) {
      throw new Refused(
          Problem.METADATA_TOO_LARGE,
          "metadata has " + bytes + " bytes, at most " + MAX_METADATA_BYTES);
    }
    return map;
  }

  private static Refused tooManyEntries() {
    return new Refused(
        Problem.METADATA_TOO_LARGE, "metadata has more than " + MAX_METADATA_ENTRIES + " entries");
  }

  private void readFence(JsonParser json, JsonToken token) throws IOException {
    fence = null;
    wrongFence = null;
    if (token == JsonToken.START_OBJECT) {
      fence = read(json, false);
    } else if (token != JsonToken.VALUE_NULL) {
      json.skipChildren();
      wrongFence = new Refused(Problem.INVALID_FENCE, "fence must be an object");
    }
  }

  private void readConditions(JsonParser json, JsonToken token) throws IOException {
    conditions.clear();
    wrongConditions = null;
    if (token == JsonToken.VALUE_NULL) {
      return;
    }
    if (token != JsonToken.START_ARRAY) {
      json.skipChildren();
      wrongConditions = new Refused(Problem.INVALID_REQUEST, "conditions must be a list");
      return;
    }
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (json.currentToken() != JsonToken.START_OBJECT) {
        json.skipChildren();
        wrongConditions = new Refused(Problem.INVALID_REQUEST, "conditions must be objects");
      } else if (conditions.size() == MAX_CONDITIONS) {
        json.skipChildren();
        wrongConditions =
            new Refused(Problem.INVALID_REQUEST, "more than " + MAX_CONDITIONS + " conditions");
      } else {
        conditions.add(read(json, false));
      }
    }
  }

  /** The conditions of a transaction or of one of its operations. */
  List<Fields> conditions() {
    if (wrongConditions != null) {
      throw wrongConditions;
    }
    return conditions;
  }

  /** Whether the member is there and not null. */
  boolean has(Field field) {
    Raw it = raw[field.ordinal()];
    return it != null && it.token() != JsonToken.VALUE_NULL;
  }

  /** Whether the member is there, be it null. */
  boolean isGiven(Field field) {
    return raw[field.ordinal()] != null;
  }

  /** The text of a member; null without it or if it is no text. */
  @Nullable String text(Field field) {
    Raw it = raw[field.ordinal()];
    return it != null && it.token() == JsonToken.VALUE_STRING ? it.text() : null;
  }

  /** Whether the member is true; without it, it is not. */
  boolean flag(Field field, Problem problem) {
    Raw it = raw[field.ordinal()];
    if (it == null || it.token() == JsonToken.VALUE_NULL) {
      return false;
    }
    if (!it.token().isBoolean()) {
      throw new Refused(problem, field.wireName() + " must be true or false");
    }
    return it.token() == JsonToken.VALUE_TRUE;
  }

  /** A whole number of 64 bits; {@code absent} without the member. */
  long integer(Field field, long absent, Problem problem) {
    Raw it = raw[field.ordinal()];
    if (it == null || it.token() == JsonToken.VALUE_NULL) {
      return absent;
    }
    String text = it.text();
    if (it.token() != JsonToken.VALUE_NUMBER_INT
        || text == null
        || text.length() > MAX_INTEGER_CHARS) {
      throw new Refused(problem, field.wireName() + " must be a 64-bit integer");
    }
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw new Refused(problem, field.wireName() + " = " + text + ": must be a 64-bit integer");
    }
  }

  /** The key, to be checked by {@link Keys}. */
  String key() {
    if (!has(Field.KEY)) {
      return "";
    }
    String key = text(Field.KEY);
    if (key == null) {
      throw new Refused(Problem.INVALID_KEY, "key must be a string");
    }
    return key;
  }

  /** The key as it is shown in the answer of a batch, right or wrong. */
  String shownKey() {
    String key = text(Field.KEY);
    return key == null ? "" : key;
  }

  /** The bytes of a value. */
  Bytes value(Field field) {
    if (!has(field)) {
      throw new Refused(Problem.MISSING_VALUE, field.wireName() + " is required");
    }
    String text = text(field);
    if (text == null) {
      throw new Refused(Problem.INVALID_VALUE, field.wireName() + " must be a string");
    }
    return withinLimit(isBase64() ? decoded(field, text) : encoded(field, text));
  }

  private boolean isBase64() {
    if (!has(Field.ENCODING)) {
      return false;
    }
    String encoding = text(Field.ENCODING);
    if (encoding == null || !(encoding.equals("base64") || encoding.equals("utf-8"))) {
      throw new Refused(Problem.INVALID_VALUE, "encoding must be base64, or utf-8 as without it");
    }
    return encoding.equals("base64");
  }

  private static Bytes decoded(Field field, String text) {
    try {
      return Bytes.of(Base64.getDecoder().decode(text));
    } catch (IllegalArgumentException e) {
      throw new Refused(Problem.INVALID_VALUE, field.wireName() + " is not valid base64");
    }
  }

  private static Bytes encoded(Field field, String text) {
    if (!isWellFormed(text)) {
      throw new Refused(
          Problem.INVALID_VALUE,
          field.wireName() + " has half a surrogate pair; send bytes as base64");
    }
    return Bytes.utf8(text);
  }

  static Bytes withinLimit(Bytes value) {
    if (value.size() > MAX_VALUE_BYTES) {
      throw new Refused(
          Problem.VALUE_TOO_LARGE,
          "value has " + value.size() + " bytes, at most " + MAX_VALUE_BYTES);
    }
    return value;
  }

  /** Whether it can be written as UTF-8. */
  static boolean isWellFormed(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isSurrogate(text.charAt(i))) {
        if (!Character.isSurrogatePair(
            text.charAt(i), i + 1 < text.length() ? text.charAt(i + 1) : 0)) {
          return false;
        }
        i++;
      }
    }
    return true;
  }

  Map<String, String> metadata() {
    if (wrongMetadata != null) {
      throw wrongMetadata;
    }
    return metadata == null ? Map.of() : metadata;
  }

  /** The TTL, {@link Ttl#NONE} without one. */
  Ttl ttl(boolean mayKeep) {
    boolean keep = mayKeep && flag(Field.KEEP_TTL, Problem.INVALID_TTL);
    return Ttls.of(
        has(Field.TTL_SECONDS) ? integer(Field.TTL_SECONDS, 0, Problem.INVALID_TTL) : null,
        has(Field.TTL_MS) ? integer(Field.TTL_MS, 0, Problem.INVALID_TTL) : null,
        keep);
  }

  /** The lock under which the request is made; null without one. */
  @Nullable Fence fence() {
    if (wrongFence != null) {
      throw wrongFence;
    }
    var given = fence;
    if (given == null) {
      return null;
    }
    String lock = given.text(Field.LOCK);
    if (lock == null || !given.has(Field.TOKEN)) {
      throw new Refused(Problem.INVALID_FENCE, "fence needs lock, a string, and token, a number");
    }
    return Fences.of(lock, given.integer(Field.TOKEN, 0, Problem.INVALID_FENCE));
  }
}
