package io.leasehold.streams.kv.redis;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvOperation;
import java.util.ArrayList;
import java.util.List;

/** The transaction of a connection, and the keys it watches for it. Confined to its stage. */
final class RespTransaction {
  static final int MAX_WATCHED = 1_000;
  private static final long MAX_WATCHED_BYTES = 64 << 10;

  private final List<KvOperation.Commands.Watched> watched = new ArrayList<>();
  private final List<List<Bytes>> commands = new ArrayList<>();
  private long watchedBytes;
  private long weight;
  private long bytes;
  private boolean open;
  private boolean discarded;

  boolean isOpen() {
    return open;
  }

  void begin() {
    open = true;
  }

  /** A command was refused: the transaction, if one is open, will not be run. */
  void discard() {
    discarded = open;
  }

  boolean isDiscarded() {
    return discarded;
  }

  List<List<Bytes>> commands() {
    return commands;
  }

  List<KvOperation.Commands.Watched> watched() {
    return watched;
  }

  /** Takes a command in; false = that would be too many of them, or too large together. */
  boolean add(List<Bytes> command, int maxCommands, long maxBytes, long maxWeight) {
    long more = 0;
    for (Bytes each : command) {
      more += each.size();
    }
    long heavier = KvOperation.Commands.weightOf(command);
    if (commands.size() == maxCommands || bytes + more > maxBytes || weight + heavier > maxWeight) {
      return false;
    }
    bytes += more;
    weight += heavier;
    commands.add(command);
    return true;
  }

  /** Whether so many keys more find room. */
  boolean mayWatch(List<Bytes> keys) {
    long more = 0;
    for (Bytes each : keys) {
      more += each.size();
    }
    return watched.size() + keys.size() <= MAX_WATCHED && watchedBytes + more <= MAX_WATCHED_BYTES;
  }

  /** Keys that are watched already stay as they were seen first. */
  void watch(List<KvOperation.Commands.Watched> keys) {
    for (KvOperation.Commands.Watched each : keys) {
      if (watched.stream().noneMatch(known -> known.key().equals(each.key()))) {
        watched.add(each);
        watchedBytes += each.key().size();
      }
    }
  }

  void unwatch() {
    watched.clear();
    watchedBytes = 0;
  }

  /** As it is at first. */
  void clear() {
    unwatch();
    commands.clear();
    weight = 0;
    bytes = 0;
    open = false;
    discarded = false;
  }
}
