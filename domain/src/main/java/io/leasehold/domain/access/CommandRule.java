package io.leasehold.domain.access;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.RedisScope;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What is to be known of a command to say whether a key may use it. Immutable; safe for any thread.
 */
public final class CommandRule {
  private static final Bytes ANYTHING = Bytes.utf8("*");

  private final String name;
  private final int arity;
  private final RedisScope scope;
  private final List<KeySpot> spots = new ArrayList<>();
  private int channel;
  private int pattern;
  private int matched;
  private boolean everything;
  private boolean hidesKeys;
  private boolean unavailable;
  private @Nullable String unavailableWith;

  /** Reads a line of the table. */
  CommandRule(String line) {
    String[] parts = line.split(" ", -1);
    this.name = parts[0];
    this.arity = Integer.parseInt(parts[1]);
    this.scope = RedisScope.valueOf(parts[2].toUpperCase(Locale.ROOT));
    for (int i = 3; i < parts.length; i++) {
      read(parts[i]);
    }
  }

  private void read(String part) {
    switch (part.charAt(0)) {
      case 'i', 'k' -> spots.add(KeySpot.parse(part));
      case 'c' -> channel = Integer.parseInt(part.substring(1));
      case 'p' -> pattern = Integer.parseInt(part.substring(1));
      case 'm' -> matched = Integer.parseInt(part.substring(1));
      case '*' -> everything = true;
      case '?' -> hidesKeys = true;
      case '!' -> {
        unavailable = part.length() == 1;
        unavailableWith = unavailable ? null : part.substring(1);
      }
      default -> throw new IllegalArgumentException(name + ": " + part + ": unknown");
    }
  }

  /** In lower case: {@code get}, {@code config|get}. */
  public String name() {
    return name;
  }

  /** Arguments with the name, as Redis counts them: a negative number means at least so many. */
  public int arity() {
    return arity;
  }

  public RedisScope scope() {
    return scope;
  }

  /** Whether it can be run where connections are shared. */
  public boolean isAvailable(List<Bytes> arguments) {
    return !unavailable
        && (unavailableWith == null || !StreamOptions.has(arguments, unavailableWith));
  }

  private static boolean has(List<Bytes> arguments, String word) {
    for (int i = 1; i < arguments.size(); i++) {
      if (CommandTable.upper(arguments.get(i)).equals(word)) {
        return true;
      }
    }
    return false;
  }

  /** The keys and channels among its arguments. */
  public List<Bytes> keys(List<Bytes> arguments) {
    var keys = new ArrayList<Bytes>();
    for (KeySpot spot : spots) {
      spot.addTo(keys, arguments);
    }
    if (channel > 0 && channel < arguments.size()) {
      keys.add(arguments.get(channel));
    }
    return keys;
  }

  /** The pattern by which it chooses among all keys; null = it does not. */
  public @Nullable Bytes pattern(List<Bytes> arguments) {
    if (pattern > 0) {
      return pattern < arguments.size() ? arguments.get(pattern) : ANYTHING;
    }
    if (matched == 0) {
      return null;
    }
    Bytes found = ANYTHING;
    for (int i = matched; i + 1 < arguments.size(); i += 2) {
      found = CommandTable.upper(arguments.get(i)).equals("MATCH") ? arguments.get(i + 1) : found;
    }
    return found;
  }

  /** Whether it goes by all keys without naming any. */
  public boolean touchesEverything() {
    return everything;
  }

  /** Whether it names keys, or patterns of them, that {@link #keys} cannot tell. */
  public boolean hidesKeys(List<Bytes> arguments) {
    return hidesKeys && (has(arguments, "BY") || has(arguments, "GET") || has(arguments, "STORE"));
  }

  /**
   * Where keys stand, as far as one run of arguments can tell.
   *
   * @param first number of an argument, the name being 0; 0 = there are none, or it depends
   * @param last negative = counted from the end
   */
  public record KeyRange(int first, int last, int step) {}

  /** Where keys stand, as COMMAND of Redis has it. */
  public KeyRange keyRange() {
    int first = 0;
    int last = 0;
    int step = 0;
    for (KeySpot spot : spots) {
      if (spot.keyword() != null || spot.counted()) {
        return new KeyRange(0, 0, 0);
      }
      first = first == 0 ? spot.begin() : Math.min(first, spot.begin());
      int end = spot.first() < 0 ? spot.first() : spot.begin() + spot.first();
      last = last < 0 || end < 0 ? Math.min(last, end) : Math.max(last, end);
      step = Math.max(step, spot.second());
    }
    return new KeyRange(first, last, step);
  }

  @Override
  public String toString() {
    return name;
  }
}
