package io.leasehold.http.kv.redis;

import io.leasehold.actors.kv.redis.InstanceEvents;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Glob;
import io.leasehold.domain.kv.redis.RedisGroup;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/** The events of one instance, told at once. */
final class MemoryEvents implements InstanceEvents {
  final Map<Listener, Interest> listeners = new ConcurrentHashMap<>();

  /** Why no stream is opened; empty = it is. */
  volatile String refusal = "";

  @Override
  public CompletionStage<Opened> open(
      UUID instance, Interest interest, Listener listener, Duration patience) {
    if (!refusal.isEmpty()) {
      return CompletableFuture.completedFuture(new Opened.Refused(refusal));
    }
    listeners.put(listener, interest);
    return CompletableFuture.completedFuture(
        new Opened.Open(
            new Stream() {
              @Override
              public CompletionStage<Opened> change(Interest next, Duration within) {
                return open(instance, next, listener, within);
              }

              @Override
              public void close() {
                listeners.remove(listener);
              }
            }));
  }

  int hearing(Bytes channel) {
    int count = 0;
    for (Interest each : listeners.values()) {
      count += each.channels().contains(channel) ? 1 : 0;
      for (Bytes pattern : each.patterns()) {
        count += Glob.matches(pattern, channel) ? 1 : 0;
      }
    }
    return count;
  }

  void published(RedisGroup.Published message) {
    listeners.forEach(
        (listener, interest) -> {
          if (interest.channels().contains(message.channel())) {
            listener.heard(new Message(message.channel(), message.message()));
          }
          for (Bytes pattern : interest.patterns()) {
            if (Glob.matches(pattern, message.channel())) {
              listener.heard(new PatternMessage(pattern, message.channel(), message.message()));
            }
          }
        });
  }

  void ran(long micros, String client, List<Bytes> command) {
    listeners.forEach(
        (listener, interest) -> {
          if (interest.monitor()) {
            listener.heard(new Ran(micros, client, command));
          }
        });
  }
}
