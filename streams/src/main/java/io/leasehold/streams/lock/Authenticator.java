package io.leasehold.streams.lock;

import io.leasehold.domain.access.ApiKeys;
import io.leasehold.streams.lock.wire.Action;
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
  private ApiKeys.@Nullable Caller authenticatedAs;
  private ApiKeys.@Nullable Caller caller;

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
    caller = authenticatedAs;
    String presented = presented(request, headerKey);
    boolean presents = request.hasApiKey() || headerKey != null;
    if (!required || (!presents && authenticated)) {
      return null;
    }
    caller = callerOf(presented);
    if (caller != null) {
      wrongKeys = 0;
      return null;
    }
    return refused();
  }

  /** Whether the caller of the last {@link #check} may do something with locks. */
  @Nullable WireError checkLocks(RequestReader request, @Nullable String headerKey) {
    Action action = request.action();
    if (action == Action.FORCE_RELEASE) {
      return checkAdmin(request, headerKey);
    }
    if (!required || caller == null || caller.may(ApiKeys.Right.USE_LOCKS)) {
      return null;
    }
    return switch (action) {
      case STATS, PING, AUTH, KV_GET, KV_PUT, KV_DELETE, KV_LIST -> null;
      case ACQUIRE, RELEASE, EXISTS, EXTEND, CANCEL, INSPECT, LIST, VERIFY, FORCE_RELEASE ->
          WireError.forbidden(action.wire() + " needs a key with lock:use");
    };
  }

  /** An administrator has shown a key, also where nobody else needs one. */
  private @Nullable WireError checkAdmin(RequestReader request, @Nullable String headerKey) {
    String presented = presented(request, headerKey);
    if (!required && presented != null) {
      caller = callerOf(presented);
    }
    return caller != null && caller.may(ApiKeys.Right.ADMINISTER_LOCKS)
        ? null
        : WireError.forbidden(Action.FORCE_RELEASE.wire() + " needs an admin key");
  }

  /**
   * Whether the caller of the last {@link #check} may do something with the store.
   *
   * @param keyRequired by the store, which has a rule of its own
   */
  @Nullable WireError checkStore(
      RequestReader request, @Nullable String headerKey, boolean keyRequired) {
    String presented = presented(request, headerKey);
    if (!required && presented != null) {
      caller = callerOf(presented);
    }
    if (!keyRequired) {
      return null;
    }
    if (caller == null) {
      return refused();
    }
    wrongKeys = 0;
    Action action = request.action();
    boolean writes = action == Action.KV_PUT || action == Action.KV_DELETE;
    if (!caller.may(writes ? ApiKeys.Right.KV_WRITE : ApiKeys.Right.KV_READ)) {
      return WireError.forbidden(
          action.wire() + " needs a key with " + (writes ? "kv:write" : "kv:read"));
    }
    return null;
  }

  /**
   * Whose key the request that was checked last came with, or its connection; null if it is not
   * known.
   */
  ApiKeys.@Nullable Caller caller() {
    return caller;
  }

  /** Checks a key for the life of the connection; without any key configured every key is right. */
  @Nullable WireError authenticate(@Nullable String presented) {
    ApiKeys.Caller known = callerOf(presented);
    if (known == null && (presented == null || !keys.isEmpty())) {
      return refused();
    }
    wrongKeys = 0;
    authenticated = true;
    authenticatedAs = known;
    admin = known != null && known.may(ApiKeys.Right.ADMINISTER_LOCKS);
    if (known != null) {
      entry.authenticatedAs(known.id());
    }
    return null;
  }

  private static @Nullable String presented(RequestReader request, @Nullable String headerKey) {
    return request.hasApiKey() ? request.apiKey() : headerKey;
  }

  /** Whose key this is, if it opens anything behind this port. */
  private ApiKeys.@Nullable Caller callerOf(@Nullable String presented) {
    ApiKeys.Caller known = presented == null ? null : keys.callerOf(presented);
    boolean opens =
        known != null
            && (known.may(ApiKeys.Right.USE_LOCKS)
                || known.may(ApiKeys.Right.ADMINISTER_LOCKS)
                || known.may(ApiKeys.Right.KV_READ)
                || known.may(ApiKeys.Right.KV_WRITE));
    return opens ? known : null;
  }

  private WireError refused() {
    wrongKeys++;
    LOG.warn("authentication failed: peer {}, {} in a row", entry.remote(), wrongKeys);
    return WireError.authFailed();
  }
}
