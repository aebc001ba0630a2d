package io.leasehold.streams.telemetry;

import io.leasehold.domain.access.DoorClient;
import io.leasehold.domain.telemetry.MessageType;
import org.jspecify.annotations.Nullable;

/**
 * What one connection shows of itself. Written by its stage, about once per chunk; read by
 * monitoring from any thread.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // one writer: the stage of the connection
final class ClientEntry {
  private final long id;
  private final String remote;
  private final long connectedAtMillis;
  private volatile long lastReadNanos;
  private volatile long lines;
  private volatile long refused;
  private volatile long bytesIn;
  private volatile long bytesOut;
  private volatile long highest;
  private volatile long settled;
  private volatile @Nullable MessageType lastType;
  private volatile boolean authenticated;

  ClientEntry(long id, String remote, long connectedAtMillis, long nowNanos) {
    this.id = id;
    this.remote = remote;
    this.connectedAtMillis = connectedAtMillis;
    this.lastReadNanos = nowNanos;
  }

  long id() {
    return id;
  }

  void read(int bytes, long nowNanos) {
    bytesIn = bytesIn + bytes;
    lastReadNanos = nowNanos;
  }

  /**
   * So many lines of one source, or so many that are none.
   *
   * @param type of the last of them, null if they are none
   */
  void took(int newLines, @Nullable MessageType type) {
    lines = lines + newLines;
    if (type == null) {
      refused = refused + newLines;
    } else {
      lastType = type;
    }
  }

  void numbered(long upTo) {
    highest = upTo;
  }

  void settled(long upTo) {
    settled = upTo;
  }

  void sent(int bytes) {
    bytesOut = bytesOut + bytes;
  }

  void authenticated() {
    authenticated = true;
  }

  DoorClient view(long nowNanos) {
    var type = lastType;
    return new DoorClient(
        id,
        "telemetry",
        remote,
        connectedAtMillis,
        Math.max(0, (nowNanos - lastReadNanos) / 1_000_000),
        lines,
        refused,
        Math.max(0, highest - settled),
        0,
        bytesIn,
        bytesOut,
        type == null ? null : type.wire(),
        authenticated,
        null);
  }
}
