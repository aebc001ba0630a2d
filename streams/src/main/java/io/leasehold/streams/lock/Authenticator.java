package io.leasehold.streams.lock;

import io.leasehold.domain.access.ApiKeys;
import io.leasehold.streams.lock.wire.RequestReader;
import io.leasehold.streams.lock.wire.WireError;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether a connection may ask. Confined to the stage of its connection. */
final class Authenticator {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.access.lock");

  private final ApiKeys keys;
  private final boolean required;
  private final ConnectionEntry entry;
  private boolean authenticated;
  private boolean admin;
  private int wrongKeys;

  Authenticator(ApiKeys keys, boolean required, ConnectionEntry entry) {
    this.keys = keys;
    this.required = required;
    this.entry = entry;
  }

  /** Too many wrong keys in a row: somebody is guessing. */
  boolean isGuessing() {
    return wrongKeys >= LockDoor.Rules.MAX_WRONG_KEYS;
  }

  /** Whether the caller of the last {@link #authenticate} has every right. */
  boolean isAdmin() {
    return admin;
  }

  /**
   * Checks the key of one request; a wrong one fails on an authenticated connection too.
   *
   * @param headerKey of an HTTP head, null without one
   */
  @Nullable WireError check(RequestReader request, @Nullable String headerKey) {
    boolean presents = request.hasApiKey() || headerKey != null;
    if (!required || (!presents && authenticated)) {
      return null;
    }
    String presented = request.hasApiKey() ? request.apiKey() : headerKey;
    if (presented != null && keys.callerOf(presented, ApiKeys.Right.USE_LOCKS) != null) {
      wrongKeys = 0;
      return null;
    }
    return refused();
  }

  /** Checks a key for the life of the connection; without any key configured every key is right. */
  @Nullable WireError authenticate(@Nullable String presented) {
    ApiKeys.Caller caller =
        presented == null ? null : keys.callerOf(presented, ApiKeys.Right.USE_LOCKS);
    if (caller == null && (presented == null || !keys.isEmpty())) {
      return refused();
    }
    wrongKeys = 0;
    authenticated = true;
    admin = caller != null && caller.may(ApiKeys.Right.ADMINISTER_LOCKS);
    if (caller != null) {
      entry.authenticatedAs(caller.id());
    }
    return null;
  }

  private WireError refused() {
    wrongKeys++;
    LOG.warn("authentication failed: peer {}, {} in a row", entry.remote(), wrongKeys);
    return WireError.authFailed();
  }
}
