package io.leasehold.streams.lock.wire;

import org.jspecify.annotations.Nullable;

/** The members of a request that mean something. */
enum Member {
  ACTION("action"),
  KEY("key"),
  TTL("ttl"),
  OWNER("owner"),
  ID("id"),
  API_KEY("api_key"),
  TTL_MS("ttl_ms"),
  PID("pid"),
  HOST("host"),
  TOKEN("token"),
  SESSION("session"),
  WAIT_MS("wait_ms"),
  LIMIT("limit"),
  PERMITS("permits"),
  MODE("mode"),
  REENTRANT("reentrant"),
  METADATA("metadata"),
  EXPIRING_MS("expiring_ms"),
  TARGET("target"),
  PREFIX("prefix"),
  CURSOR("cursor"),
  RESOURCE("resource"),
  RETRY("retry"),
  VALUE("value"),
  ENCODING("encoding"),
  TTL_SECONDS("ttl_seconds"),
  KEEP_TTL("keep_ttl"),
  IF_MATCH("if_match"),
  IF_NONE_MATCH("if_none_match"),
  FENCE("fence"),
  CONSISTENCY("consistency"),
  KEYS_ONLY("keys_only"),
  REASON("reason");

  static final Member[] ALL = values();

  private final String wire;

  Member(String wire) {
    this.wire = wire;
  }

  String wire() {
    return wire;
  }

  /** The member with this name, null if it means nothing. */
  static @Nullable Member named(byte[] text, int from, int to) {
    for (Member each : ALL) {
      if (Bytes.equal(each.wire, text, from, to)) {
        return each;
      }
    }
    return null;
  }
}
