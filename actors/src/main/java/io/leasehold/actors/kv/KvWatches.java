package io.leasehold.actors.kv;

import io.leasehold.actors.kv.KvStore.Watch;
import io.leasehold.actors.kv.KvStore.WatchQuery;
import io.leasehold.actors.kv.KvStore.WatchRefusal;
import io.leasehold.config.kv.KvSettings;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvPosition;
import io.leasehold.domain.kv.KvScope;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.stream.javadsl.Source;

/** The watches of one node. Safe for any thread; nothing blocks. */
final class KvWatches {
  private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(2);

  private final ActorSystem<?> system;
  private final int shards;
  private final String dataId;
  private final KvWatchPlaces places;
  private final ActorRef<KvWatchHub.Command> hub;

  /**
   * Starts them; they are told farewell when the node shuts down.
   *
   * @param dataId which data this is, the same on every node and after every restart
   * @param way takes a question to its shard, wherever that is; may lose it
   */
  KvWatches(
      ActorSystem<?> system,
      int shards,
      KvSettings.WatchSettings settings,
      String dataId,
      Clock clock,
      KvWatchMetrics metrics,
      Consumer<KvHistoryRead.Ask> way) {
    this.system = system;
    this.shards = shards;
    this.dataId = dataId;
    this.places =
        new KvWatchPlaces(
            settings.maxWatchers(),
            (delay, task) ->
                system.scheduler().scheduleOnce(delay, task, system.executionContext()));
    var bounds =
        new KvWatchHub.Bounds(
            settings.historyEvents(),
            settings.historyBytes(),
            settings.bufferEvents(),
            settings.bufferBytes());
    this.hub =
        system.systemActorOf(
            KvWatchHub.create(new KvWatchHub.Setup(shards, dataId, bounds, clock, metrics, way)),
            "kv-watch-hub",
            Props.empty());
    CoordinatedShutdown.get(system)
        .addTask(CoordinatedShutdown.PhaseBeforeServiceUnbind(), "kv-watch-bye", this::close);
  }

  /** Tells every watcher farewell; whoever comes later is told it at once. */
  CompletionStage<Done> close() {
    return AskPattern.ask(hub, KvWatchHub.Close::new, CLOSE_PATIENCE, system.scheduler());
  }

  /** As {@link KvStore#watch}. */
  Watch watch(WatchQuery query) {
    var scope = new KvScope(query.key(), query.prefix(), shards);
    String text = query.position();
    KvPosition position = text == null ? null : KvPosition.decode(text, scope);
    if (text != null && position == null) {
      return new Watch(null, WatchRefusal.INVALID_POSITION);
    }
    var place = places.reserve();
    if (place == null) {
      return new Watch(null, WatchRefusal.TOO_MANY_WATCHERS);
    }
    var wanted =
        new KvWatchStage.Wanted(
            scope, Set.copyOf(query.kinds()), query.values(), position, scope.count());
    return new Watch(Source.fromGraph(new KvWatchStage(wanted, place, hub)), null);
  }

  /** Watchers of this node, with those that are about to begin. */
  int count() {
    return places.used();
  }

  /**
   * The position of a watch that misses nothing of what comes behind some revisions: taken with, or
   * before, a listing of the same keys.
   *
   * @param epochs of the shards of the prefix's scope, in their order
   * @param revisions of the same shards
   */
  String position(Bytes prefix, long[] epochs, long[] revisions) {
    var tags = new int[epochs.length];
    for (int i = 0; i < tags.length; i++) {
      tags[i] = KvPosition.tag(dataId, epochs[i]);
    }
    return KvPosition.encode(KvScope.ofPrefix(prefix, shards), tags, revisions);
  }
}
