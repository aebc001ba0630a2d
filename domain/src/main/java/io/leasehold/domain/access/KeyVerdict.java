package io.leasehold.domain.access;

import java.time.Instant;

/** What the directory says to a presented gateway key. */
public sealed interface KeyVerdict {
  /** It opens what {@code grant} says, until {@code expiresAt}. */
  record Valid(KeyGrant grant, Instant expiresAt) implements KeyVerdict {}

  /** Unknown, forged, expired or revoked: which of them it is stays untold. */
  record Refused() implements KeyVerdict {}

  /** The database has been away for too long to say; {@code cause} is fit for an answer. */
  record Unavailable(String cause) implements KeyVerdict {}
}
