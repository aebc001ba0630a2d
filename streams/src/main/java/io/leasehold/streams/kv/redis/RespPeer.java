package io.leasehold.streams.kv.redis;

import io.leasehold.domain.access.CommandTable;
import io.leasehold.domain.access.DoorClient;
import io.leasehold.domain.kv.Bytes;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What one connection shows of itself, and how it is told what happens outside. Written by its
 * stage; read by any thread.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // one thread at a time writes
final class RespPeer {
  private static final long NANOS_A_SECOND = 1_000_000_000L;

  private final long id;
  private final String address;
  private final String remote;
  private final long connectedNanos;
  private final long connectedAtMillis;
  private volatile long lastNanos;
  private volatile long bytesIn;
  private volatile long bytesOut;
  private volatile long commands;
  private volatile long failures;
  private volatile int unanswered;
  private volatile String last = "";
  private volatile String name = "";
  private volatile int channels;
  private volatile int patterns;
  private volatile int queued = -1;
  private volatile int protocol = 2;
  private volatile @Nullable RespUser user;
  private volatile Runnable recheck = () -> {};
  private volatile Runnable drain = () -> {};

  /**
   * @param address of the peer, without the port
   */
  RespPeer(long id, String address, String remote, long nowNanos, long nowMillis) {
    this.id = id;
    this.address = address;
    this.remote = remote;
    this.connectedNanos = nowNanos;
    this.connectedAtMillis = nowMillis;
    this.lastNanos = nowNanos;
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

  String name() {
    return name;
  }

  @Nullable RespUser user() {
    return user;
  }

  /** How the connection is told that its key or instance may have changed, and to end. */
  void wakeWith(Runnable onChange, Runnable onDrain) {
    recheck = onChange;
    drain = onDrain;
  }

  void read(int bytes, long nowNanos) {
    bytesIn = bytesIn + bytes;
    lastNanos = nowNanos;
  }

  void sent(int bytes) {
    bytesOut = bytesOut + bytes;
  }

  /**
   * What its commands have come to so far: told once for all that were read together.
   *
   * @param command the last, in upper case as it was sent: it may be none; empty before it
   * @param taken how many there were by now
   */
  void stands(String command, long taken, int newUnanswered, long newFailures) {
    last = command;
    commands = taken;
    unanswered = newUnanswered;
    failures = newFailures;
  }

  void named(String newName) {
    name = newName;
  }

  void subscribed(int newChannels, int newPatterns) {
    channels = newChannels;
    patterns = newPatterns;
  }

  /** How many commands a transaction has; -1 = none is open. */
  void queued(int commands) {
    queued = commands;
  }

  void speaks(int newProtocol) {
    protocol = newProtocol;
  }

  void loggedIn(@Nullable RespUser newUser) {
    user = newUser;
  }

  boolean isOf(UUID keyOrInstance) {
    RespUser now = user;
    return now != null
        && (now.grant().id().equals(keyOrInstance) || now.instance().id().equals(keyOrInstance));
  }

  void recheck() {
    recheck.run();
  }

  void drain() {
    drain.run();
  }

  /** A word that is no command may be a secret, and is not shown. */
  DoorClient view(long nowNanos) {
    String word = last;
    boolean known = !word.isEmpty() && CommandTable.find(List.of(Bytes.utf8(word))) != null;
    RespUser now = user;
    return new DoorClient(
        id,
        "resp",
        remote,
        connectedAtMillis,
        Math.max(0, (nowNanos - lastNanos) / 1_000_000),
        commands,
        failures,
        unanswered,
        channels + patterns,
        bytesIn,
        bytesOut,
        known ? word.toLowerCase(Locale.ROOT) : word.isEmpty() ? null : "unknown",
        now != null,
        now == null ? null : now.grant().id().toString().substring(0, 8));
  }

  /** As CLIENT LIST has it, without the end of the line. */
  String line(long nowNanos) {
    return "id="
        + id
        + " addr="
        + remote
        + " name="
        + name
        + " age="
        + (nowNanos - connectedNanos) / NANOS_A_SECOND
        + " idle="
        + (nowNanos - lastNanos) / NANOS_A_SECOND
        + " db=0 sub="
        + channels
        + " psub="
        + patterns
        + " multi="
        + queued
        + " resp="
        + protocol;
  }
}
