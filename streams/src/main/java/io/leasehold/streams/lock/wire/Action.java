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
  VERIFY("verify", true);

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
