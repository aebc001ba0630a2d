package io.leasehold.streams.lock;

import io.leasehold.domain.lock.ConnectionView;
import io.leasehold.streams.lock.wire.Action;
import org.jspecify.annotations.Nullable;

/**
 * What one connection shows of itself. Written by its stage, once per chunk; read by monitoring
 * from any thread.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // one writer: the stage of the connection
final class ConnectionEntry {
  private static final long ACTIVE_NANOS = 1_000_000_000L;

  private final long id;
  private final String address;
  private final String remote;
  private final long connectedAtMillis;
  private volatile Runnable waker = () -> {};
  private volatile long lastSeenNanos;
  private volatile long requests;
  private volatile long errors;
  private volatile int inFlight;
  private volatile int waiting;
  private volatile long bytesIn;
  private volatile long bytesOut;
  private volatile @Nullable Action lastAction;
  private volatile @Nullable String keyId;

  /**
   * A connection that has just been accepted.
   *
   * @param address of the peer, without the port
   */
  ConnectionEntry(long id, String address, String remote, long connectedAtMillis, long nowNanos) {
    this.id = id;
    this.address = address;
    this.remote = remote;
    this.connectedAtMillis = connectedAtMillis;
    this.lastSeenNanos = nowNanos;
  }

  long id() {
    return id;
  }

  String address() {
    return address;
  }

  String remote() {
    return remote;
  }

  long requests() {
    return requests;
  }

  /** How the connection is told that something outside it has changed. */
  void wakeWith(Runnable newWaker) {
    waker = newWaker;
  }

  void wake() {
    waker.run();
  }

  void received(long nowNanos, int newRequests, int bytes, @Nullable Action action) {
    lastSeenNanos = nowNanos;
    if (newRequests > 0) {
      requests = requests() + newRequests;
    }
    bytesIn = bytesIn + bytes;
    if (action != null && lastAction != action) {
      lastAction = action;
    }
  }

  void sent(int bytes) {
    bytesOut = bytesOut + bytes;
  }

  void failed() {
    errors = errors + 1;
  }

  void load(int newInFlight, int newWaiting) {
    if (inFlight != newInFlight) {
      inFlight = newInFlight;
    }
    if (waiting != newWaiting) {
      waiting = newWaiting;
    }
  }

  void authenticatedAs(String newKeyId) {
    keyId = newKeyId;
  }

  boolean isActive(long nowNanos) {
    return inFlight > 0 || (requests > 0 && nowNanos - lastSeenNanos < ACTIVE_NANOS);
  }

  ConnectionView view(long nowNanos) {
    var action = lastAction;
    return new ConnectionView(
        id,
        remote,
        connectedAtMillis,
        Math.max(0, (nowNanos - lastSeenNanos) / 1_000_000),
        requests,
        errors,
        inFlight,
        waiting,
        bytesIn,
        bytesOut,
        action == null ? null : action.wire(),
        keyId != null,
        keyId);
  }
}
