package io.leasehold.streams.kv.redis;

import io.leasehold.actors.kv.redis.InstanceEvents;
import io.leasehold.actors.kv.redis.InstanceEvents.Event;
import io.leasehold.actors.kv.redis.InstanceEvents.Interest;
import io.leasehold.actors.kv.redis.InstanceEvents.Message;
import io.leasehold.actors.kv.redis.InstanceEvents.Opened;
import io.leasehold.actors.kv.redis.InstanceEvents.PatternMessage;
import io.leasehold.actors.kv.redis.InstanceEvents.Ran;
import io.leasehold.actors.kv.redis.InstanceEvents.Shown;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.MonitorLine;
import io.leasehold.domain.kv.redis.Replies;
import io.leasehold.domain.kv.redis.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a connection listens to. What it is told waits for its stage, within bounds; beyond them the
 * connection ends. Confined to its stage, but for what it hears.
 */
final class RespSubscriptions {
  /** Channels and patterns of one connection. */
  static final int MAX_NAMES = 10_000;

  static final int MAX_EVENTS = 1_000;
  static final long MAX_BYTES = 1 << 20;

  /** What the connection does with what is told. */
  interface Sink {
    /** Something to be pushed. */
    void push(List<Reply> items);

    /** A line of a monitor. */
    void line(String text);

    /** The connection has to end: it is too far behind. */
    void tooSlow();

    /** The connection has to end: nobody can tell it anything any more. */
    void ended(String why);
  }

  private final InstanceEvents events;
  private final Executor stage;
  private final Sink sink;
  private final Duration patience;
  private final Set<Bytes> channels = new LinkedHashSet<>();
  private final Set<Bytes> patterns = new LinkedHashSet<>();
  private boolean monitor;
  private InstanceEvents.@Nullable Stream stream;

  /** What was asked for and has not been told yet. */
  private @Nullable CompletionStage<Opened> opening;

  private @Nullable Ear ear;

  /**
   * @param stage runs things where this is confined to
   * @param patience a change is confirmed within it
   */
  RespSubscriptions(InstanceEvents events, Executor stage, Sink sink, Duration patience) {
    this.events = events;
    this.stage = stage;
    this.sink = sink;
    this.patience = patience;
  }

  int channels() {
    return channels.size();
  }

  int patterns() {
    return patterns.size();
  }

  int count() {
    return channels.size() + patterns.size();
  }

  boolean isMonitor() {
    return monitor;
  }

  /** Whether so many more names find room. */
  boolean mayAdd(int names) {
    return count() + names <= MAX_NAMES;
  }

  /**
   * Listens to more.
   *
   * @param done told in the stage, once: null = it does, else why not; then the connection ends
   */
  void add(UUID instance, boolean areChannels, List<Bytes> names, Consumer<@Nullable String> done) {
    var nextChannels = new LinkedHashSet<>(channels);
    var nextPatterns = new LinkedHashSet<>(patterns);
    (areChannels ? nextChannels : nextPatterns).addAll(names);
    change(instance, new Interest(nextChannels, nextPatterns, monitor), done);
  }

  /** Listens to all commands, too; as {@link #add}. */
  void monitor(UUID instance, Consumer<@Nullable String> done) {
    change(
        instance,
        new Interest(channels, patterns, true),
        why -> {
          monitor = why == null;
          done.accept(why);
        });
  }

  private void change(UUID instance, Interest interest, Consumer<@Nullable String> done) {
    InstanceEvents.Stream open = stream;
    CompletionStage<Opened> opened;
    if (open == null) {
      var fresh = new Ear();
      ear = fresh;
      opened = events.open(instance, interest, fresh, patience);
      opening = opened;
    } else {
      opened = open.change(interest, patience);
    }
    opened.whenComplete(
        (outcome, failure) ->
            stage.execute(
                () -> {
                  if (opening == opened) {
                    opening = null;
                  }
                  if (outcome instanceof Opened.Open now) {
                    stream = now.stream();
                    done.accept(null);
                  } else {
                    done.accept(
                        outcome instanceof Opened.Refused no
                            ? no.cause()
                            : "the stream was not opened");
                  }
                }));
  }

  /** A name that {@link #add} has been confirmed for; how many there are then. */
  int confirm(boolean isChannel, Bytes name) {
    (isChannel ? channels : patterns).add(name);
    return count();
  }

  /** A name is not listened to any more; how many are left. */
  int remove(boolean isChannel, Bytes name) {
    (isChannel ? channels : patterns).remove(name);
    return count();
  }

  /** All channels, or all patterns. */
  List<Bytes> names(boolean ofChannels) {
    return new ArrayList<>(ofChannels ? channels : patterns);
  }

  /** Says what is left to be listened to, when names have been removed. */
  void shrink(UUID instance, Consumer<@Nullable String> done) {
    if (stream == null) {
      done.accept(null);
    } else if (count() == 0 && !monitor) {
      close();
      done.accept(null);
    } else {
      change(instance, new Interest(channels, patterns, monitor), done);
    }
  }

  /** Listens to nothing any more. */
  void close() {
    InstanceEvents.Stream open = stream;
    stream = null;
    ear = null;
    channels.clear();
    patterns.clear();
    monitor = false;
    if (open != null) {
      open.close();
    }
    var late = opening;
    opening = null;
    if (late != null) { // nobody is there to be told of it
      late.thenAccept(
          outcome -> {
            if (outcome instanceof Opened.Open now) {
              now.stream().close();
            }
          });
    }
  }

  /** One ear for each stream: what an earlier one hears still is nobody's. */
  private final class Ear implements InstanceEvents.Listener {
    private final AtomicInteger waiting = new AtomicInteger();
    private final AtomicLong waitingBytes = new AtomicLong();
    private volatile boolean deaf;

    @Override
    public void heard(Event event) {
      if (deaf) {
        return;
      }
      long bytes = weight(event);
      long before = waitingBytes.getAndAdd(bytes);
      if (waiting.incrementAndGet() > MAX_EVENTS || (before > 0 && before + bytes > MAX_BYTES)) {
        deaf = true;
        stage.execute(
            () -> {
              if (ear == this) {
                sink.tooSlow();
              }
            });
        return;
      }
      stage.execute(
          () -> {
            waiting.decrementAndGet();
            waitingBytes.addAndGet(-bytes);
            if (ear == this) {
              tell(event);
            }
          });
    }

    @Override
    public void ended(String why) {
      deaf = true;
      stage.execute(
          () -> {
            if (ear == this) {
              sink.ended(why);
            }
          });
    }
  }

  private static long weight(Event event) {
    if (event instanceof Message message) {
      return 64L + message.channel().size() + message.text().size();
    }
    if (event instanceof PatternMessage message) {
      return 64L + message.pattern().size() + message.channel().size() + message.text().size();
    }
    if (event instanceof Shown shown) {
      return 64L + shown.line().length();
    }
    long weight = 128;
    for (Bytes each : ((Ran) event).command()) {
      weight += 8L + each.size();
    }
    return weight;
  }

  /** What was not confirmed yet, or is not wanted any more, is not told. */
  private void tell(Event event) {
    if (event instanceof Message message && channels.contains(message.channel())) {
      sink.push(
          List.of(
              Replies.bulk("message"),
              Replies.bulk(message.channel()),
              Replies.bulk(message.text())));
    } else if (event instanceof PatternMessage message && patterns.contains(message.pattern())) {
      sink.push(
          List.of(
              Replies.bulk("pmessage"),
              Replies.bulk(message.pattern()),
              Replies.bulk(message.channel()),
              Replies.bulk(message.text())));
    } else if (event instanceof Ran ran && monitor) {
      sink.line(MonitorLine.of(ran.micros(), ran.client(), ran.command()));
    } else if (event instanceof Shown shown && monitor) {
      sink.line(shown.line());
    }
  }
}
