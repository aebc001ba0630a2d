package io.leasehold.actors.kv.redis.external;

import io.leasehold.actors.access.account.InstanceCheck;
import io.leasehold.actors.access.account.InstanceCheck.Found;
import io.leasehold.actors.kv.redis.EmbeddedInstances.Outcome;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Reply;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Asks an instance how it is: PING, then INFO. Safe for any thread. */
final class Checkup {
  private static final List<List<Bytes>> PING = List.of(List.of(Bytes.utf8("PING")));
  private static final List<List<Bytes>> INFO = List.of(List.of(Bytes.utf8("INFO")));
  private static final int MAX_VERSION = 32;
  private static final Asked.Watch NOBODY =
      new Asked.Watch() {
        @Override
        public void answered() {}

        @Override
        public void late(Duration patience) {}

        @Override
        public void gone() {}
      };

  private final Clock clock;
  private final Deadlines deadlines;

  Checkup(Clock clock, Deadlines deadlines) {
    this.clock = clock;
    this.deadlines = deadlines;
  }

  CompletionStage<Found> of(Link link) {
    long started = clock.nanos();
    return Batch.send(link, PING, Connector.PONG, deadlines, NOBODY)
        .thenCompose(
            answered -> {
              long millis = (clock.nanos() - started) / 1_000_000;
              String error = whyNot(answered.get(0));
              return error == null
                  ? Batch.send(link, INFO, Connector.CONNECT, deadlines, NOBODY)
                      .thenApply(info -> found(millis, info.get(0)))
                  : CompletableFuture.completedFuture(new Found(millis, 0, error));
            });
  }

  private static @Nullable String whyNot(Outcome outcome) {
    if (outcome instanceof Outcome.Replied replied) {
      return replied.reply() instanceof Reply.Failure no ? no.text() : null;
    }
    return outcome instanceof Outcome.Late late
        ? "no answer to PING within " + late.waitedMillis() + " ms"
        : "the connection was lost";
  }

  /** Who may PING may still be kept from INFO; then it is well, and no more is known. */
  private static Found found(long latencyMillis, Outcome info) {
    if (!(info instanceof Outcome.Replied replied && replied.reply() instanceof Reply.Bulk text)) {
      return new Found(latencyMillis, 0, null);
    }
    String version = "";
    long used = 0;
    long max = 0;
    for (String line : text.bytes().text().lines().toList()) {
      int colon = line.indexOf(':');
      String value = line.substring(colon + 1).strip();
      switch (colon < 0 ? "" : line.substring(0, colon)) {
        case "redis_version" -> version = value.replaceAll("[^0-9A-Za-z._-]", "?");
        case "used_memory" -> used = number(value);
        case "maxmemory" -> max = number(value);
        default -> {}
      }
    }
    String cut = version.substring(0, Math.min(version.length(), MAX_VERSION));
    return new Found(latencyMillis, used, null, new InstanceCheck.Remote(cut, max));
  }

  private static long number(String text) {
    return text.matches("[0-9]{1,18}") ? Long.parseLong(text) : 0;
  }
}
