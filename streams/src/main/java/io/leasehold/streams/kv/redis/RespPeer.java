package io.leasehold.streams.kv.redis;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What one connection shows of itself, and how it is told what happens outside. Written by its
 * stage; read by any thread.
 */
final class RespPeer {
  private static final long NANOS_A_SECOND = 1_000_000_000L;

  private final long id;
  private final String address;
  private final String remote;
  private final long connectedNanos;
  private volatile long lastNanos;
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
  RespPeer(long id, String address, String remote, long nowNanos) {
    this.id = id;
    this.address = address;
    this.remote = remote;
    this.connectedNanos = nowNanos;
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

  void seen(long nowNanos) {
    lastNanos = nowNanos;
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
