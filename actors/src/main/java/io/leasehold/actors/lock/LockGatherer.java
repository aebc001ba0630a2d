package io.leasehold.actors.lock;

import io.leasehold.domain.lock.LockMonitor;
import io.leasehold.domain.lock.LockView;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeoutException;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.Receive;

/**
 * Puts one page of keys together from those of all partitions, wherever they are, and stops. A key
 * belongs to one partition, so it is on the page once, also while partitions move.
 */
final class LockGatherer extends AbstractBehavior<LockGatherer.Message> {
  sealed interface Message extends NoSerializationVerificationNeeded {}

  private record Heard(LockLister.Listed listed) implements Message {}

  private record TimedOut() implements Message {}

  /** More than a partition takes to say that its keys did not answer. */
  private static final Duration PATIENCE = Duration.ofMillis(2_500);

  private static final Comparator<LockView> BY_KEY =
      Comparator.comparing(LockView::key, LockDirectory.BY_UTF8_BYTES);

  private final int limit;
  private final CompletableFuture<LockMonitor.Page> result;
  private final ArrayList<LockView> views = new ArrayList<>();
  private boolean truncated;
  private int missing;

  private LockGatherer(
      ActorContext<Message> context,
      int limit,
      int pages,
      CompletableFuture<LockMonitor.Page> result) {
    super(context);
    this.limit = limit;
    this.missing = pages;
    this.result = result;
    context.scheduleOnce(PATIENCE, context.getSelf(), new TimedOut());
  }

  /** Gathers the keys of the whole cluster; fails with a {@link TimeoutException}. */
  static Behavior<Message> ofCluster(
      LockNode node, LockLister.Query query, CompletableFuture<LockMonitor.Page> result) {
    return Behaviors.setup(
        context -> {
          int count = node.partitions().count();
          var heard = heard(context);
          for (int partition = 0; partition < count; partition++) {
            node.region().tell(new LockPartition.ListKeys(partition, query, heard));
          }
          return new LockGatherer(context, query.limit(), count, result);
        });
  }

  /** Gathers the keys of this node; fails with a {@link TimeoutException}. */
  static Behavior<Message> ofNode(
      LockNode node, LockLister.Query query, CompletableFuture<LockMonitor.Page> result) {
    return Behaviors.setup(
        context -> {
          context.spawnAnonymous(LockLister.create(node, LockLister.ALL, query, heard(context)));
          return new LockGatherer(context, query.limit(), 1, result);
        });
  }

  private static ActorRef<LockLister.Listed> heard(ActorContext<Message> context) {
    return context.messageAdapter(LockLister.Listed.class, Heard::new);
  }

  @Override
  public Receive<Message> createReceive() {
    return newReceiveBuilder()
        .onMessage(Heard.class, this::onHeard)
        .onMessage(TimedOut.class, this::onTimedOut)
        .build();
  }

  private Behavior<Message> onHeard(Heard heard) {
    var failure = heard.listed.failure();
    if (failure != null) {
      result.completeExceptionally(new TimeoutException(failure));
      return Behaviors.stopped();
    }
    views.addAll(heard.listed.page().locks());
    truncated |= heard.listed.page().truncated();
    if (--missing > 0) {
      return this;
    }
    // a page that was cut has as many keys as are wanted: none behind it can be among the first
    views.sort(BY_KEY);
    boolean more = views.size() > limit;
    result.complete(
        new LockMonitor.Page(more ? views.subList(0, limit) : views, truncated || more));
    return Behaviors.stopped();
  }

  private Behavior<Message> onTimedOut(TimedOut timedOut) {
    result.completeExceptionally(
        new TimeoutException(missing + " partitions did not answer within 2500 ms"));
    return Behaviors.stopped();
  }
}
