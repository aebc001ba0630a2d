package io.leasehold.actors.kv.redis.external;

import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.typed.ClusterSingleton;
import org.apache.pekko.cluster.typed.SingletonActor;

/** Has all external instances checked regularly, by one node of the cluster. */
public final class InstanceMonitor {
  private static final String NAME = "redis-instance-monitor";
  private static final Duration FIRST = Duration.ofSeconds(1);

  /** What it hears. */
  public enum Command {
    CHECK
  }

  private InstanceMonitor() {}

  /**
   * Takes part: one of the nodes that do checks, another when that is gone.
   *
   * @param check checks all; skips itself while it is under way, and never fails
   */
  public static void start(
      ActorSystem<?> actors, Supplier<CompletionStage<Void>> check, Duration every) {
    ClusterSingleton.get(actors).init(SingletonActor.of(create(check, every), NAME));
  }

  static Behavior<Command> create(Supplier<CompletionStage<Void>> check, Duration every) {
    return Behaviors.withTimers(
        timers -> {
          timers.startTimerWithFixedDelay(Command.CHECK, FIRST, every);
          return Behaviors.receive(Command.class)
              .onMessageEquals(
                  Command.CHECK,
                  () -> {
                    var unused = check.get();
                    return Behaviors.same();
                  })
              .build();
        });
  }
}
