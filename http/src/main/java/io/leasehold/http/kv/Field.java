package io.leasehold.http.kv;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A member of a request that is one number, text or truth value. All others are ignored. */
enum Field {
  KEY("key"),
  VALUE("value"),
  ENCODING("encoding"),
  TTL_SECONDS("ttl_seconds"),
  TTL_MS("ttl_ms"),
  KEEP_TTL("keep_ttl"),
  PERSIST("persist"),
  IF_MATCH("if_match"),
  IF_NONE_MATCH("if_none_match"),
  DELTA("delta"),
  INITIAL("initial"),
  EXPECTED("expected"),
  EXPECTED_VERSION("expected_version"),
  TYPE("type"),
  VERSION("version"),
  LOCK("lock"),
  TOKEN("token");

  private static final Map<String, Field> BY_NAME = byName();

  private final String wireName;

  Field(String wireName) {
    this.wireName = wireName;
  }

  String wireName() {
    return wireName;
  }

  static @Nullable Field of(String wireName) {
    return BY_NAME.get(wireName);
  }

  private static Map<String, Field> byName() {
    var all = new HashMap<String, Field>();
    for (Field field : values()) {
      all.put(field.wireName, field);
    }
    return Map.copyOf(all);
  }
}
