package io.leasehold.streams.lock.wire;

import org.jspecify.annotations.Nullable;

/** What a request asks for. */
public enum Action {
  ACQUIRE("acquire", true),
  RELEASE("release", true),
  EXISTS("exists", true),
  EXTEND("extend", true),
  STATS("stats", false),
  PING("ping", false),
  AUTH("auth", false),
  CANCEL("cancel", false),
  INSPECT("inspect", true),
  LIST("list", false),
  VERIFY("verify", true),
  FORCE_RELEASE("force_release", true),
  KV_GET("kv_get", false),
  KV_PUT("kv_put", false),
  KV_DELETE("kv_delete", false),
  KV_LIST("kv_list", false);

  private static final Action[] ALL = values();

  private final String wire;
  private final boolean needsKey;

  Action(String wire, boolean needsKey) {
    this.wire = wire;
    this.needsKey = needsKey;
  }

  public String wire() {
    return wire;
  }

  /** Whether it is about a lock; the keys of the store have rules of their own. */
  boolean needsKey() {
    return needsKey;
  }

  /** The action with this name, null if there is none. */
  static @Nullable Action named(byte[] text, int from, int to) {
    for (Action each : ALL) {
      if (Bytes.equal(each.wire, text, from, to)) {
        return each;
      }
    }
    return null;
  }
}
