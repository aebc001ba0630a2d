package io.leasehold.actors.kv.redis.external;

import io.leasehold.actors.kv.redis.InstanceEvents.Interest;
import io.leasehold.actors.kv.redis.InstanceEvents.Listener;
import io.leasehold.actors.kv.redis.InstanceEvents.Opened;
import io.leasehold.actors.kv.redis.InstanceEvents.Stream;
import io.netty.util.Timeout;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Those on one node who listen to one external instance: one connection tells all of them what is
 * published, another one what is run. Safe for any thread; nothing blocks, and no stage fails.
 */
final class ExternalFeed {
  private final EventLine published;
  private final EventLine run;
  private final Deadlines deadlines;

  /**
   * @param source makes connections of their own
   * @param names room for the names of channels and patterns, on all instances
   * @param maxReply bytes of one event
   */
  ExternalFeed(EventLine.Source source, Room names, long maxReply, Deadlines deadlines) {
    this.deadlines = deadlines;
    this.published = new EventLine(source, names, maxReply, this::leaveMonitor);
    this.run = new EventLine(source, names, maxReply, this::leavePublished);
  }

  private void leaveMonitor(Listener ear) {
    run.leave(ear);
  }

  private void leavePublished(Listener ear) {
    published.leave(ear);
  }

  boolean isEmpty() {
    return published.isEmpty() && run.isEmpty();
  }

  /** Connections that are open. */
  int size() {
    return (published.isOpen() ? 1 : 0) + (run.isOpen() ? 1 : 0);
  }

  /** Opens a stream. */
  CompletionStage<Opened> open(Interest interest, Listener ear, Duration patience) {
    return put(new OpenStream(ear), interest, patience);
  }

  private CompletionStage<Opened> put(OpenStream stream, Interest interest, Duration patience) {
    Set<EventTopic> names = new LinkedHashSet<>();
    names.addAll(EventTopic.all(EventTopic.Kind.CHANNEL, interest.channels()));
    names.addAll(EventTopic.all(EventTopic.Kind.PATTERN, interest.patterns()));
    Set<EventTopic> commands = interest.monitor() ? Set.of(EventTopic.MONITOR) : Set.of();
    CompletableFuture<Void> told =
        CompletableFuture.allOf(published.put(stream.ear, names), run.put(stream.ear, commands));
    Timeout timeout =
        deadlines.in(
            patience,
            () ->
                told.completeExceptionally(
                    new IOException("it told of nothing within " + patience.toMillis() + " ms")));
    return told.handle(
        (done, failure) -> {
          timeout.cancel();
          if (failure == null) {
            return new Opened.Open(stream);
          }
          stream.close();
          boolean byRedis = Causes.root(failure) instanceof EventLine.Refused;
          return new Opened.Refused(Causes.text(failure), byRedis);
        });
  }

  private final class OpenStream implements Stream {
    private final Listener ear;

    OpenStream(Listener ear) {
      this.ear = ear;
    }

    /** An interest in nothing is the end of the stream. */
    @Override
    public CompletionStage<Opened> change(Interest interest, Duration patience) {
      return published.has(ear) || run.has(ear)
          ? put(this, interest, patience)
          : CompletableFuture.completedFuture(new Opened.Refused("the stream has ended"));
    }

    @Override
    public void close() {
      leavePublished(ear);
      leaveMonitor(ear);
    }
  }

  /** Ends all streams. */
  void end(String why) {
    published.end(why);
    run.end(why);
  }
}
