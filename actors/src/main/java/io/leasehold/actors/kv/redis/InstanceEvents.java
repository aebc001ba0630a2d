package io.leasehold.actors.kv.redis;

import io.leasehold.domain.kv.Bytes;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/**
 * What happens in Redis instances, for those who listen: messages that are published and, for
 * monitors, commands that are run. Delivery is at most once. Safe for any thread; nothing blocks,
 * and no stage fails.
 */
public interface InstanceEvents {

  /**
   * What a stream listens for.
   *
   * @param monitor all commands that are run
   */
  record Interest(Set<Bytes> channels, Set<Bytes> patterns, boolean monitor) {
    /** Nothing at all. */
    public static final Interest NONE = new Interest(Set.of(), Set.of(), false);

    public Interest {
      channels = Set.copyOf(channels);
      patterns = Set.copyOf(patterns);
    }
  }

  /** What a stream hears. All are immutable. */
  sealed interface Event {}

  /** A message on a channel that is listened to. */
  record Message(Bytes channel, Bytes text) implements Event {}

  /** A message on a channel that matches a pattern that is listened for. */
  record PatternMessage(Bytes pattern, Bytes channel, Bytes text) implements Event {}

  /**
   * A command that was run.
   *
   * @param micros since 1970
   * @param client who sent it, {@code address:port}; may be empty
   */
  record Ran(long micros, String client, List<Bytes> command) implements Event {}

  /** A command that was run, as the Redis that ran it shows it to its monitors. */
  record Shown(String line) implements Event {}

  /** Who is told. Called by one thread at a time; must return at once, and throw nothing. */
  interface Listener {
    void heard(Event event);

    /** Nothing follows; {@code why} is fit for an answer. Not called after a close. */
    void ended(String why);
  }

  /** An open stream. Safe for any thread. */
  interface Stream {
    /**
     * Listens for this and nothing else from now on. What is still on its way is told even so. One
     * at a time: the one before must have completed.
     *
     * @return as {@link InstanceEvents#open}; the stream has ended if it is refused
     */
    CompletionStage<Opened> change(Interest interest, Duration patience);

    /** Nothing is told from now on, or soon after. */
    void close();
  }

  /** What became of opening a stream. */
  sealed interface Opened {
    /** What happens from now on is told. */
    record Open(Stream stream) implements Opened {}

    /**
     * There is no stream.
     *
     * @param cause fit for an answer
     * @param byRedis whether a Redis elsewhere said no, in its own words
     */
    record Refused(String cause, boolean byRedis) implements Opened {
      public Refused(String cause) {
        this(cause, false);
      }
    }
  }

  /**
   * Opens a stream. Completed when all that happens is told, or when that took too long.
   *
   * @param listener may be told before this completes
   */
  CompletionStage<Opened> open(
      UUID instance, Interest interest, Listener listener, Duration patience);
}
