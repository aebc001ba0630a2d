package io.leasehold.actors.kv.redis.external;

import io.leasehold.domain.access.ExternalRedis;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Connects in several tries, with a wait that doubles and is never the same. Only connecting is
 * tried again; no command ever is. Safe for any thread.
 */
final class Dialing {
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(30);
  private static final Logger LOG = LoggerFactory.getLogger(Dialing.class);

  /** All tries failed; the message is fit for an answer. */
  static final class Unreachable extends IOException {
    private static final long serialVersionUID = 1;

    Unreachable(ExternalRedis where, int tries, String cause) {
      super(
          where.host()
              + ":"
              + where.port()
              + " could not be reached in "
              + (tries == 1 ? "1 try: " : tries + " tries: ")
              + cause);
    }
  }

  /** How a password is found when it is needed, and not before. */
  interface Password {
    /** Null = no login. */
    @Nullable String reveal() throws IOException;
  }

  private final Connector connector;
  private final int tries;
  private final Duration delay;
  private final DoubleSupplier random;

  /**
   * @param tries 1 or more
   * @param delay before the second try at most
   * @param random from 0 to 1
   */
  Dialing(Connector connector, int tries, Duration delay, DoubleSupplier random) {
    this.connector = connector;
    this.tries = tries;
    this.delay = delay;
    this.random = random;
  }

  /** One connecting. */
  private record Round(
      ExternalRedis where,
      Password password,
      BooleanSupplier wanted,
      Consumer<Throwable> onFailure,
      CompletableFuture<Link> result) {}

  /**
   * Connects in as many tries as are allowed.
   *
   * @param wanted asked before each further try
   * @param onFailure told of each try that failed
   */
  CompletionStage<Link> connect(
      ExternalRedis where,
      Password password,
      BooleanSupplier wanted,
      Consumer<Throwable> onFailure) {
    var round = new Round(where, password, wanted, onFailure, new CompletableFuture<>());
    attempt(round, 1);
    return round.result();
  }

  /** Connects in one try. */
  CompletionStage<Link> once(ExternalRedis where, Password password) {
    try {
      return connector.connect(where, password.reveal());
    } catch (IOException | RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private void attempt(Round round, int number) {
    once(round.where(), round.password())
        .whenComplete(
            (link, failure) -> {
              if (link != null) {
                round.result().complete(link);
              } else {
                failed(round, number, failure);
              }
            });
  }

  private void failed(Round round, int number, Throwable failure) {
    ExternalRedis where = round.where();
    LOG.warn(
        "instance {} at {}:{}: try {} of {} to connect failed: {}",
        where.instance(),
        where.host(),
        where.port(),
        number,
        tries,
        Causes.text(failure));
    round.onFailure().accept(failure);
    if (number >= tries || Causes.isFinal(failure) || !round.wanted().getAsBoolean()) {
      round.result().completeExceptionally(new Unreachable(where, number, Causes.text(failure)));
      return;
    }
    connector.deadlines().in(pause(number), () -> attempt(round, number + 1));
  }

  /** Before the try that follows the one with this number. */
  Duration pause(int number) {
    double doubled = (double) delay.toNanos() * Math.pow(2, number - 1);
    double longest = Math.min(doubled, (double) LONGEST_WAIT.toNanos());
    return Duration.ofNanos((long) (longest * (0.5 + random.getAsDouble() / 2)));
  }
}
