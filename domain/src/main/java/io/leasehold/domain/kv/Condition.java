package io.leasehold.domain.kv;

/**
 * What a transaction asks of a key. Immutable.
 *
 * @param version only with {@link Kind#VERSION_MATCH}
 * @param value only with {@link Kind#VALUE_MATCH}, else empty
 */
public record Condition(Bytes key, Kind kind, long version, Bytes value) {
  /** What is asked. */
  public enum Kind {
    KEY_EXISTS("key_exists"),
    KEY_NOT_EXISTS("key_not_exists"),
    VERSION_MATCH("version_match"),
    VALUE_MATCH("value_match");

    private final String wireName;

    Kind(String wireName) {
      this.wireName = wireName;
    }

    public String wireName() {
      return wireName;
    }
  }
}
