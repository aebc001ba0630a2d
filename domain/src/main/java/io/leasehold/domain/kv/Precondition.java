package io.leasehold.domain.kv;

import java.util.List;

/**
 * What a request asks of the present version, as RFC 9110 has it. Immutable.
 *
 * @param ifMatch the version must be one of these; empty = no such condition. {@link #ANY}: the key
 *     must exist
 * @param ifNoneMatch the version must be none of these; {@link #ANY}: the key must be absent
 */
public record Precondition(List<Long> ifMatch, List<Long> ifNoneMatch) {
  /** Stands for {@code *}. No version is 0. */
  public static final List<Long> ANY = List.of(0L);

  /** Asks nothing. */
  public static final Precondition NONE = new Precondition(List.of(), List.of());

  public Precondition {
    ifMatch = List.copyOf(ifMatch);
    ifNoneMatch = List.copyOf(ifNoneMatch);
  }

  public static Precondition ifMatch(long version) {
    return new Precondition(List.of(version), List.of());
  }

  /**
   * Whether If-Match holds.
   *
   * @param version 0 = the key is absent
   */
  boolean matches(long version) {
    return ifMatch.isEmpty()
        || (version != 0 && (ifMatch.equals(ANY) || ifMatch.contains(version)));
  }

  /** Whether If-None-Match holds; {@code version} as in {@link #matches}. */
  boolean noneMatches(long version) {
    return ifNoneMatch.isEmpty()
        || version == 0
        || !(ifNoneMatch.equals(ANY) || ifNoneMatch.contains(version));
  }
}
