package io.leasehold.actors.kv;

import io.leasehold.actors.cluster.RegionRef;
import io.leasehold.actors.kv.redis.InstanceEvents;
import io.leasehold.actors.kv.redis.KeyVersions;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvKeys;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * What happens in the embedded instances of the cluster, as one node hears it. Safe for any thread;
 * nothing blocks.
 */
final class NodeInstanceEvents implements InstanceEvents, KeyVersions {
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(2);

  private final ActorSystem<?> system;
  private final Clock clock;
  private final int shards;
  private final ActorRef<EventHub.Command> hub;
  private final ActorRef<KvMessage> way;

  /** Starts it; streams end when the node shuts down. */
  NodeInstanceEvents(ActorSystem<?> system, Clock clock, int shards, RegionRef<KvMessage> region) {
    this.system = system;
    this.clock = clock;
    this.shards = shards;
    this.hub =
        system.systemActorOf(
            EventHub.create(clock, shards, region::tell), "kv-event-hub", Props.empty());
    // an actor, so that it can be asked; what is sent when the node leaves ends in it
    this.way =
        system.systemActorOf(
            Behaviors.receiveMessage(
                message -> {
                  region.tell(message);
                  return Behaviors.same();
                }),
            "kv-event-way",
            Props.empty());
    CoordinatedShutdown.get(system)
        .addTask(CoordinatedShutdown.PhaseBeforeServiceUnbind(), "kv-events-bye", this::close);
  }

  private CompletionStage<Done> close() {
    return AskPattern.ask(hub, EventHub.Close::new, CLOSE_PATIENCE, system.scheduler());
  }

  @Override
  public CompletionStage<Opened> open(
      UUID instance, Interest interest, Listener listener, Duration patience) {
    return new OpenStream(instance.toString(), listener).put(interest, true, patience);
  }

  @Override
  public CompletionStage<Optional<List<KvOperation.Commands.Watched>>> look(
      UUID instance, List<Bytes> keys, Duration patience) {
    String id = instance.toString();
    int shard = KvKeys.shardOf(KvOperation.Commands.keyOf(id), shards);
    CompletionStage<PartAnswer> answer =
        AskPattern.ask(
            way,
            replyTo -> new EventTraffic.Look(shard, id, keys, replyTo),
            patience,
            system.scheduler());
    return answer.handle(
        (seen, late) -> {
          if (!(seen instanceof EventTraffic.Seen versions)
              || versions.versions().size() != keys.size()) {
            return Optional.empty();
          }
          var watched = new ArrayList<KvOperation.Commands.Watched>(keys.size());
          for (int i = 0; i < keys.size(); i++) {
            watched.add(new KvOperation.Commands.Watched(keys.get(i), versions.versions().get(i)));
          }
          return Optional.of(List.copyOf(watched));
        });
  }

  private final class OpenStream implements Stream {
    private final String instance;
    private final Listener ear;

    OpenStream(String instance, Listener ear) {
      this.instance = instance;
      this.ear = ear;
    }

    CompletionStage<Opened> put(Interest interest, boolean isNew, Duration patience) {
      var opened = new CompletableFuture<Opened>();
      long deadline = clock.nanos() + patience.toNanos();
      hub.tell(
          new EventHub.Put(
              instance,
              ear,
              interest,
              isNew,
              deadline,
              why ->
                  opened.complete(why == null ? new Opened.Open(this) : new Opened.Refused(why))));
      return opened;
    }

    @Override
    public CompletionStage<Opened> change(Interest interest, Duration patience) {
      return put(interest, false, patience);
    }

    @Override
    public void close() {
      hub.tell(new EventHub.Leave(instance, ear));
    }
  }
}
