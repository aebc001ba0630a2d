package io.leasehold.actors.dashboard;

import io.leasehold.actors.lock.LockService;
import io.leasehold.domain.health.alert.Alerts;
import io.leasehold.domain.lock.LockMonitor;
import io.leasehold.domain.lock.LockView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;

/**
 * One per node: answers what the node adds to a picture of the cluster, and gathers the answers of
 * all members. Changes nothing, and holds nothing but the questions under way.
 */
public final class NodeParts {
  /** Under this name every node has one. */
  public static final String NAME = "leasehold-node-parts";

  /** A node that does not say in this time which keys it has shows none. */
  private static final Duration ROWS_PATIENCE = Duration.ofMillis(700);

  /** Keys that are looked at for the longest queues. */
  private static final int MAX_QUEUES = 500;

  /** On the way between nodes, below the limit of a frame. */
  private static final int MAX_BYTES = 160 * 1_024;

  private static final Comparator<LockRow> LONGEST_QUEUE =
      Comparator.comparingInt(LockRow::waiters).reversed().thenComparing(LockRow::key);

  /** Where the figures of the node come from. */
  public record Sources(
      LockMonitor monitor, LockService locks, NodeFigures figures, Supplier<Alerts> alerts) {}

  private NodeParts() {}

  /** Starts the one of this node; to be a system actor named {@link #NAME}. */
  public static Behavior<PartMessage> create(Sources sources) {
    return Behaviors.setup(
        context -> {
          var cluster = Cluster.get(context.getSystem());
          String self = text(cluster.selfMember().address());
          return Behaviors.receive(PartMessage.class)
              .onMessage(
                  PartMessage.Ask.class,
                  ask -> {
                    answer(sources, self, ask.replyTo());
                    return Behaviors.same();
                  })
              .onMessage(
                  PartMessage.Gather.class,
                  gather -> {
                    gather(context, cluster, gather);
                    return Behaviors.same();
                  })
              .build();
        });
  }

  private static void answer(Sources sources, String self, ActorRef<NodePart> replyTo) {
    CompletionStage<List<LockRow>> rows =
        list(sources, LockMonitor.KeyState.WAITING, MAX_QUEUES)
            .thenCombine(
                list(sources, LockMonitor.KeyState.HELD, NodePart.MAX_ROWS), NodeParts::merged)
            .toCompletableFuture()
            .completeOnTimeout(List.of(), ROWS_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
            .exceptionally(failure -> List.of());
    rows.thenAccept(
        shown -> {
          var stats = sources.monitor().stats();
          replyTo.tell(
              new NodePart(
                  self,
                  stats.activeLocks(),
                  stats.waiters(),
                  sources.figures().rates(),
                  shown,
                  sources.alerts().get()));
        });
  }

  private static CompletionStage<List<LockView>> list(
      Sources sources, LockMonitor.KeyState state, int limit) {
    return sources
        .locks()
        .list(false, "", "", state, limit, 1, LockRow.MAX_QUEUE)
        .thenApply(LockMonitor.Page::locks);
  }

  /** The longest queues first; as many as fit. */
  private static List<LockRow> merged(List<LockView> waiting, List<LockView> held) {
    var byKey = new LinkedHashMap<String, LockRow>();
    held.forEach(view -> byKey.put(view.key(), LockRow.of(view)));
    waiting.forEach(view -> byKey.put(view.key(), LockRow.of(view)));
    var rows = new ArrayList<>(byKey.values());
    rows.sort(LONGEST_QUEUE);
    var shown = new ArrayList<LockRow>();
    int bytes = 0;
    for (LockRow row : rows) {
      bytes += row.weight();
      if (shown.size() == NodePart.MAX_ROWS || bytes > MAX_BYTES) {
        break;
      }
      shown.add(row);
    }
    return shown;
  }

  private static void gather(
      ActorContext<PartMessage> context, Cluster cluster, PartMessage.Gather gather) {
    var refs = ActorRefResolver.get(context.getSystem());
    var unreachable = cluster.state().getUnreachable();
    Map<String, ActorRef<PartMessage>> members = new LinkedHashMap<>();
    for (Member member : cluster.state().getMembers()) {
      boolean takesPart =
          member.status().equals(MemberStatus.up())
              || member.status().equals(MemberStatus.leaving());
      if (takesPart) {
        ActorRef<PartMessage> ref;
        if (member.address().equals(cluster.selfMember().address())) {
          ref = context.getSelf();
        } else if (unreachable.contains(member)) {
          ref = context.getSystem().deadLetters(); // would be held until it is back
        } else {
          ref = refs.resolveActorRef(member.address() + "/system/" + NAME);
        }
        members.put(text(member.address()), ref);
      }
    }
    context.spawnAnonymous(PartGatherer.create(members, gather.result()));
  }

  private static String text(Address address) {
    return address.getHost().get() + ":" + address.getPort().get();
  }
}
