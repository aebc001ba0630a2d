package io.leasehold.domain.kv.redis;

/** What a key can hold; stored by name. */
public enum ValueType {
  STRING("string"),
  HASH("hash"),
  LIST("list"),
  SET("set");

  private final String text;

  ValueType(String text) {
    this.text = text;
  }

  /** As TYPE answers it. */
  public String text() {
    return text;
  }
}
