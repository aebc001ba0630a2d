package io.leasehold.actors.lock;

import io.leasehold.domain.lock.LockAnswer;
import io.leasehold.domain.lock.LockMonitor;
import io.leasehold.domain.lock.LockOperation;
import io.leasehold.domain.lock.LockView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;
import org.jspecify.annotations.Nullable;

/**
 * Draws one page of the keys in use on this node, all or those of one partition, by asking their
 * actors, and stops. A key that is in use all the while is on the page or after it; what changes
 * meanwhile may be missed.
 */
final class LockLister extends AbstractBehavior<LockLister.Message> {
  sealed interface Message extends NoSerializationVerificationNeeded {}

  private record Answered(LockReplies replies) implements Message {}

  private record TimedOut() implements Message {}

  /**
   * What is asked for.
   *
   * @param after the page starts behind this key; empty = at the first
   * @param limit keys on the page, 1 or more
   */
  record Query(
      String prefix,
      String after,
      LockMonitor.KeyState state,
      int limit,
      int maxHolders,
      int maxWaiters) {

    boolean wants(LockDirectory.Entry entry) {
      return switch (state) {
        case ANY -> entry.holders() > 0 || entry.waiters() > 0;
        case HELD -> entry.holders() > 0;
        case WAITING -> entry.waiters() > 0;
      };
    }

    boolean wants(LockView view) {
      return switch (state) {
        case ANY -> view.holdersTotal() > 0 || view.waitersTotal() > 0;
        case HELD -> view.holdersTotal() > 0;
        case WAITING -> view.waitersTotal() > 0;
      };
    }
  }

  /**
   * The answer to {@link LockPartition.ListKeys}.
   *
   * @param failure null if there is a page
   */
  record Listed(int partition, LockMonitor.Page page, @Nullable String failure) {
    static Listed failed(int partition, String failure) {
      return new Listed(partition, new LockMonitor.Page(List.of(), false), failure);
    }
  }

  /** Of no particular partition. */
  static final int ALL = -1;

  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final LockNode node;
  private final Query query;
  private final int partition;
  private final ActorRef<Listed> listTo;
  private final ActorRef<LockReplies> replyTo;
  private final TreeMap<String, LockView> found = new TreeMap<>(LockDirectory.BY_UTF8_BYTES);
  private String position;
  private int asked;
  private int unanswered;
  private boolean atEnd;

  private LockLister(
      ActorContext<Message> context,
      LockNode node,
      int partition,
      Query query,
      ActorRef<Listed> listTo) {
    super(context);
    this.node = node;
    this.partition = partition;
    this.query = query;
    this.listTo = listTo;
    this.replyTo = context.messageAdapter(LockReplies.class, Answered::new);
    this.position = query.after();
    context.scheduleOnce(PATIENCE, context.getSelf(), new TimedOut());
  }

  /**
   * Starts one listing.
   *
   * @param partition {@link #ALL} or one of this node
   * @param listTo is told within two seconds, of a failure too
   */
  static Behavior<Message> create(
      LockNode node, int partition, Query query, ActorRef<Listed> listTo) {
    return Behaviors.setup(
        context -> {
          var lister = new LockLister(context, node, partition, query, listTo);
          return lister.askMore() ? lister : Behaviors.stopped();
        });
  }

  @Override
  public Receive<Message> createReceive() {
    return newReceiveBuilder()
        .onMessage(Answered.class, this::onAnswered)
        .onMessage(TimedOut.class, this::onTimedOut)
        .build();
  }

  /** Returns false if the page is complete and has been handed over. */
  private boolean askMore() {
    boolean fromPrefix = LockDirectory.BY_UTF8_BYTES.compare(position, query.prefix()) < 0;
    var keys =
        fromPrefix
            ? node.directory().from(query.prefix(), true)
            : node.directory().from(position, position.isEmpty());
    int wanted = query.limit() + 1 - found.size(); // one more tells whether there is a next page
    atEnd = true;
    var inspect = new LockOperation.Inspect(query.maxHolders(), query.maxWaiters());
    var chosen = new ArrayList<String>();
    for (var each : keys.entrySet()) {
      if (!each.getKey().startsWith(query.prefix())) {
        break;
      }
      if (chosen.size() == wanted) {
        atEnd = false;
        break;
      }
      position = each.getKey();
      if (query.wants(each.getValue()) && isWanted(position)) {
        chosen.add(position);
      }
    }
    for (String key : chosen) {
      node.region()
          .tell(
              new LockActor.Deliver(
                  key, List.of(new LockActor.Request(asked++, inspect)), replyTo));
    }
    unanswered = chosen.size();
    if (unanswered > 0) {
      return true;
    }
    finish();
    return false;
  }

  private boolean isWanted(String key) {
    return partition == ALL || node.partitions().of(key) == partition;
  }

  private Behavior<Message> onAnswered(Answered answered) {
    for (int i = 0; i < answered.replies().size(); i++) {
      unanswered--;
      if (answered.replies().answer(i) instanceof LockAnswer.Inspected inspected
          && query.wants(inspected.view())) {
        found.put(inspected.view().key(), inspected.view());
      }
    }
    if (unanswered > 0) {
      return this;
    }
    if (!atEnd && found.size() <= query.limit()) {
      return askMore() ? this : Behaviors.stopped();
    }
    finish();
    return Behaviors.stopped();
  }

  private void finish() {
    var views = new ArrayList<>(found.values());
    boolean more = views.size() > query.limit();
    var page = new LockMonitor.Page(more ? views.subList(0, query.limit()) : views, more);
    listTo.tell(new Listed(partition, page, null));
  }

  private Behavior<Message> onTimedOut(TimedOut timedOut) {
    String failure = unanswered + " keys did not answer within 2000 ms";
    listTo.tell(Listed.failed(partition, failure));
    return Behaviors.stopped();
  }
}
