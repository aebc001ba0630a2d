package io.leasehold.config.access;

import java.util.Arrays;
import java.util.Optional;

/** What a key opens. */
public enum Scope {
  /** Use of the lock port. */
  LOCK_USE("lock:use"),
  /** Use of the lock port as an administrator. */
  LOCK_ADMIN("lock:admin"),
  /** Metrics, statistics, details of health, debug. */
  MONITOR_READ("monitor:read"),
  /** Reading the key-value store. */
  KV_READ("kv:read"),
  /** Writing the key-value store. */
  KV_WRITE("kv:write"),
  /** Administration of the key-value store. */
  KV_ADMIN("kv:admin"),
  /** Everything. */
  ALL("*");

  private final String wireName;

  Scope(String wireName) {
    this.wireName = wireName;
  }

  /** As it is written in configurations and answers. */
  public String wireName() {
    return wireName;
  }

  /** The scope of that name, if there is one. */
  public static Optional<Scope> of(String wireName) {
    return Arrays.stream(values()).filter(scope -> scope.wireName.equals(wireName)).findFirst();
  }
}
