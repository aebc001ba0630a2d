package io.leasehold.app.server;

import io.leasehold.actors.cluster.FoundingGate;
import io.leasehold.actors.cluster.SameData;
import io.leasehold.actors.kv.KvService;
import io.leasehold.actors.lock.LockService;
import io.leasehold.app.log.Logging;
import io.leasehold.config.Settings;
import io.leasehold.domain.lock.PartitionView;
import io.leasehold.http.cluster.ManagementDoor;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How a node becomes a member of its cluster, and what it says when that takes long or fails.
 * Starting blocks; one thread does it.
 */
final class Membership {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.server");
  private static final Duration TELL_EVERY = Duration.ofSeconds(10);
  private static final Duration ALONE = Duration.ofSeconds(60);

  private final ActorSystem<?> actors;
  private final Settings settings;
  private final ManagementDoor door;

  Membership(ActorSystem<?> actors, Settings settings) {
    this.actors = actors;
    this.settings = settings;
    this.door = new ManagementDoor(actors);
  }

  /** Has the database asked before a cluster is founded, and told that one lives. */
  void foundOnlyIf(DatabaseWatch watch) {
    var cluster = Cluster.get(actors);
    FoundingGate.of(Adapter.toClassic(actors)).set(watch::mayFound);
    watch.sayIf(() -> cluster.selfMember().status() == MemberStatus.up());
  }

  /** Opens the management port, and begins to join. */
  void begin(Map<String, Integer> ports) throws StartException {
    var self = Cluster.get(actors).selfMember().address();
    ports.put("remoting", self.getPort().get());
    String node = self.getHost().get() + ":" + self.getPort().get();
    Logging.runsAs(node);
    LOG.info("remoting on {}", node);
    var management = settings.management();
    if (management.port().isOff()) {
      LOG.info("management off");
    } else {
      int port =
          Patience.await(
              door.open(), "management.port = " + management.port() + ": cannot be bound");
      ports.put("management", port);
      LOG.info("management on {}:{}", management.host(), port);
    }
    if (settings.cluster().isShared()) {
      LOG.info(
          "looking for other nodes by {}, at least {} with this one",
          settings.cluster().discovery().name().toLowerCase(java.util.Locale.ROOT),
          settings.cluster().requiredContactPoints());
      door.findOthers();
    } else {
      var cluster = Cluster.get(actors);
      cluster.manager().tell(Join.create(cluster.selfMember().address()));
    }
  }

  /**
   * Waits until all partitions and shards are served. A node that is alone gives up after a minute;
   * one of several waits for the others for as long as it takes, and says so.
   *
   * @param stopAsked ends the waiting
   * @return false if it ended because a stop was asked for
   */
  boolean awaitReady(LockService locks, KvService store, CompletionStage<?> stopAsked)
      throws StartException {
    var ready = locks.ready().thenCombine(store.ready(), (one, other) -> one).toCompletableFuture();
    var ended = actors.getWhenTerminated().toCompletableFuture();
    var any = CompletableFuture.anyOf(ready, ended, stopAsked.toCompletableFuture());
    for (long waited = 0; ; waited += TELL_EVERY.toSeconds()) {
      try {
        any.get(TELL_EVERY.toSeconds(), TimeUnit.SECONDS);
        break;
      } catch (TimeoutException e) {
        if (!settings.cluster().isShared()
            && waited + TELL_EVERY.toSeconds() >= ALONE.toSeconds()) {
          throw new StartException(
              "locks and store were not ready within " + ALONE.toSeconds() + " s", e);
        }
        LOG.info("waiting: {}", progress(locks, store));
      } catch (ExecutionException e) {
        throw new StartException(
            "locks and store were not ready (" + Patience.rootMessage(e) + ")", e);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new StartException("interrupted", e);
      }
    }
    if (ended.isDone()) {
      throw new StartException(whyEnded(actors));
    }
    return ready.isDone();
  }

  private String progress(LockService locks, KvService store) {
    int members = 0;
    for (var ignored : Cluster.get(actors).state().getMembers()) {
      members++;
    }
    long served = locks.partitions().stream().filter(PartitionView::ready).count();
    long shards = store.placement().stream().filter(PartitionView::ready).count();
    return "this node is "
        + Cluster.get(actors).selfMember().status()
        + ", "
        + members
        + " members known, "
        + served
        + " of "
        + settings.partitions()
        + " partitions and "
        + shards
        + " of "
        + settings.kv().shards()
        + " shards served";
  }

  /** Closes the management port. */
  CompletionStage<?> close() {
    return door.close();
  }

  /** Why the actors of a node have ended, for its operator. */
  static String whyEnded(ActorSystem<?> actors) {
    var reason = CoordinatedShutdown.get(actors).getShutdownReason();
    String kind = reason.isPresent() ? reason.get().getClass().getSimpleName() : "";
    if (kind.startsWith("IncompatibleConfigurationDetected")) {
      return "refused by the cluster, whose nodes must agree in what this one has otherwise: "
          + SameData.describe(actors.settings().config())
          + "; the log of the node that was asked names the difference";
    }
    if (kind.startsWith("ClusterDowning")) {
      return "removed by the cluster: this node was cut off from the majority, or did not answer it";
    }
    return "the node has ended" + (kind.isEmpty() ? "" : " (" + kind + ")");
  }
}
