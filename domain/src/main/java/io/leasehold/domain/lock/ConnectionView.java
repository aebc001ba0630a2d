package io.leasehold.domain.lock;

import org.jspecify.annotations.Nullable;

/**
 * A picture of one open connection of the lock port. Immutable.
 *
 * @param remote address and port of the peer
 * @param connectedAtMillis wall clock, since the epoch
 * @param inFlight requests received and not answered, waits with an id not counted
 * @param waiting queued waits
 * @param lastAction action of the last recognised request, null before it
 * @param keyId first 8 hex digits of the hash of the key it authenticated with
 */
public record ConnectionView(
    long id,
    String remote,
    long connectedAtMillis,
    long idleMillis,
    long requests,
    long errors,
    int inFlight,
    int waiting,
    long bytesIn,
    long bytesOut,
    @Nullable String lastAction,
    boolean authenticated,
    @Nullable String keyId) {}
