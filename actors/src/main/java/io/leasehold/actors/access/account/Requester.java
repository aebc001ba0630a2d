package io.leasehold.actors.access.account;

import io.leasehold.domain.access.KeyGrant;
import java.util.UUID;

/**
 * Who asks for something. Immutable.
 *
 * @param address of the client, empty if it is not known
 * @param userAgent as it was sent, at most 200 characters are kept
 */
public record Requester(Credential credential, String address, String userAgent) {
  /** By what it is known. */
  public sealed interface Credential {}

  /** By a session that is not checked against the user's row yet. */
  public record Session(UUID user) implements Credential {}

  /** By a valid key. */
  public record Key(KeyGrant grant) implements Credential {}

  /** By nothing. */
  public record Nobody() implements Credential {}
}
