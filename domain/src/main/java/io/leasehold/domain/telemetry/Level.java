package io.leasehold.domain.telemetry;

import org.jspecify.annotations.Nullable;

/** How bad an event is, as its sender says, in ascending order. */
public enum Level {
  DEBUG("debug", "debug"),
  INFO("info", "info"),
  WARN("warn", "warning"),
  ERROR("error", "err"),
  FATAL("fatal", "critical");

  private static final Level[] ALL = values();

  private final String name;
  private final String alias;

  Level(String name, String alias) {
    this.name = name;
    this.alias = alias;
  }

  /** Its usual name. */
  public String wire() {
    return name;
  }

  /** The level with this name in any case, null if there is none. */
  public static @Nullable Level of(String name) {
    for (Level each : ALL) {
      if (each.name.equalsIgnoreCase(name) || each.alias.equalsIgnoreCase(name)) {
        return each;
      }
    }
    return null;
  }

  /** The level whose name stands there, {@link #INFO} for a name that nobody knows. */
  static Level in(byte[] text, int from, int to) {
    for (Level each : ALL) {
      if (matches(text, from, to, each.name) || matches(text, from, to, each.alias)) {
        return each;
      }
    }
    return INFO;
  }

  private static boolean matches(byte[] text, int from, int to, String name) {
    if (to - from != name.length()) {
      return false;
    }
    for (int i = 0; i < name.length(); i++) {
      if ((text[from + i] | 0x20) != name.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** What an event of this level is worth when something must be dropped: 0..3. */
  public int importance() {
    return switch (this) {
      case DEBUG -> 0;
      case INFO -> 1;
      case WARN -> 2;
      case ERROR, FATAL -> 3;
    };
  }
}
