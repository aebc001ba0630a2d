package io.leasehold.actors.access;

import io.leasehold.domain.access.RateDecision;
import io.leasehold.domain.access.RatePolicy;
import io.leasehold.domain.time.Clock;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What a node has of one bucket. Alone in the cluster it is the whole bucket; else a slice, filled
 * by leases from the owner. Safe for any thread: every method holds the slice for some
 * instructions.
 */
final class RateSlice {
  /** Requests that may wait for a lease; more are refused at once. */
  private static final int MAX_PENDING = 10_000;

  private static final long USE_WINDOW_NANOS = 100_000_000L;

  /** What a node does for its slices. */
  interface Node {
    /** Members of the cluster, at least 1. */
    int members();

    /** Asks the owner of the bucket for tokens. */
    void lease(String bucket, RatePolicy policy, long want, long need, long known);

    void giveBack(String bucket, long tokens);

    /** A decision was made without the owner. */
    void fellBack();
  }

  private record Pending(int cost, long sinceNanos, CompletableFuture<RateDecision> decision) {}

  private final String id;
  private final Clock clock;
  private final Node node;
  private final long leaseNanos;
  private final long patienceNanos;
  private final TokenBucket alone;
  private final ArrayDeque<Pending> pending = new ArrayDeque<>();
  private @Nullable TokenBucket fallback;
  private RatePolicy policy;
  private boolean shared;
  private boolean asked;
  private long askedNanos;

  /** Leased and not spent; below 0: spent without the owner, who will be asked for them. */
  private long tokens;

  private long leftAtOwner;
  private long pendingCost;
  private long refuseUntilNanos;
  private long refusedNeed = Long.MAX_VALUE;
  private long usedInWindow;
  private long usedBefore;
  private long windowNanos;
  private long lastUseNanos;

  RateSlice(
      String id, RatePolicy policy, Clock clock, Node node, long leaseNanos, long patienceNanos) {
    this.id = id;
    this.policy = policy;
    this.clock = clock;
    this.node = node;
    this.leaseNanos = leaseNanos;
    this.patienceNanos = patienceNanos;
    this.alone = new TokenBucket(policy, clock);
    this.windowNanos = clock.nanos();
    this.lastUseNanos = windowNanos;
  }

  /** Decides now or, when the owner has to be asked first, within its patience. */
  synchronized CompletionStage<RateDecision> take(RatePolicy wanted, int cost) {
    long now = clock.nanos();
    lastUseNanos = now;
    policy = wanted;
    alone.configure(wanted);
    if (node.members() == 1 && !shared) {
      return done(alone.take(cost));
    }
    if (cost > wanted.burst()) {
      return done(RateDecision.refused(wanted, tokens + leftAtOwner, RateDecision.NEVER));
    }
    if (pending.isEmpty() && tokens >= cost) {
      return done(spend(cost, now));
    }
    if (cost >= refusedNeed && refuseUntilNanos - now > 0) {
      return done(RateDecision.refused(wanted, leftAtOwner, refuseUntilNanos - now));
    }
    if (pending.size() >= MAX_PENDING) {
      return done(RateDecision.refused(wanted, leftAtOwner, wanted.nanosFor(cost)));
    }
    var decision = new CompletableFuture<RateDecision>();
    pending.add(new Pending(cost, now, decision));
    pendingCost += cost;
    ask(now);
    return decision;
  }

  private static CompletionStage<RateDecision> done(RateDecision decision) {
    return CompletableFuture.completedFuture(decision);
  }

  private RateDecision spend(int cost, long now) {
    tokens -= cost;
    used(cost, now);
    if (tokens < recentUse(now) / 2) {
      ask(now); // in the background, before they run out
    }
    return RateDecision.admitted(policy, tokens + leftAtOwner);
  }

  private void used(int cost, long now) {
    if (now - windowNanos >= USE_WINDOW_NANOS) {
      usedBefore = now - windowNanos < 2 * USE_WINDOW_NANOS ? usedInWindow : 0;
      usedInWindow = 0;
      windowNanos = now;
    }
    usedInWindow += cost;
  }

  private long recentUse(long now) {
    return now - windowNanos >= 2 * USE_WINDOW_NANOS ? 0 : Math.max(usedBefore, usedInWindow);
  }

  private void ask(long now) {
    if (asked) {
      return;
    }
    asked = true;
    askedNanos = now;
    Pending first = pending.peek();
    long debt = Math.max(0, -tokens);
    long need = first == null ? 0 : Math.min(policy.burst(), first.cost + debt);
    long want =
        Math.min(policy.burst(), debt + Math.max(1, Math.max(pendingCost, 2 * recentUse(now))));
    long known = shared ? -1 : alone.available();
    shared = true;
    node.lease(id, policy, want, need, known);
  }

  /** The owner has answered. */
  void granted(RateOwner.Granted granted) {
    List<Runnable> decided;
    synchronized (this) {
      long now = clock.nanos();
      asked = false;
      tokens += granted.tokens();
      leftAtOwner = granted.left();
      decided = serve(now);
      if (pending.isEmpty()) {
        refusedNeed = Long.MAX_VALUE;
      } else if (granted.tokens() > 0) {
        ask(now);
      } else {
        refuseAll(now, decided);
      }
    }
    decided.forEach(Runnable::run); // outside: who is told may ask again
  }

  /** The owner has less than the first of them needs: until it has, the node refuses by itself. */
  private void refuseAll(long now, List<Runnable> decided) {
    refusedNeed = Long.MAX_VALUE;
    for (Pending each = pending.poll(); each != null; each = pending.poll()) {
      refusedNeed = Math.min(refusedNeed, each.cost);
      long wait = policy.nanosFor(Math.max(1, each.cost - leftAtOwner));
      decided.add(deciding(each, RateDecision.refused(policy, leftAtOwner, Math.max(1, wait))));
    }
    pendingCost = 0;
    refuseUntilNanos = now + policy.nanosFor(Math.max(1, refusedNeed - leftAtOwner));
  }

  private List<Runnable> serve(long now) {
    var decided = new ArrayList<Runnable>();
    for (Pending first = pending.peek();
        first != null && tokens >= first.cost;
        first = pending.peek()) {
      pending.remove();
      pendingCost -= first.cost;
      tokens -= first.cost;
      used(first.cost, now);
      decided.add(deciding(first, RateDecision.admitted(policy, tokens + leftAtOwner)));
    }
    return decided;
  }

  private static Runnable deciding(Pending pending, RateDecision decision) {
    return () -> pending.decision.complete(decision);
  }

  /** Called every few milliseconds: ends patience and leases. */
  void tick() {
    var decided = new ArrayList<Runnable>();
    synchronized (this) {
      long now = clock.nanos();
      while (!pending.isEmpty() && now - pending.peek().sinceNanos >= patienceNanos) {
        decided.add(withoutOwner(pending.remove()));
      }
      if (asked && now - askedNanos >= leaseNanos) {
        asked = false; // that answer will not come
      }
      if (!pending.isEmpty()) {
        ask(now);
      }
      if (tokens > 0 && now - lastUseNanos >= leaseNanos) {
        node.giveBack(id, tokens);
        tokens = 0;
      }
      if (shared && node.members() == 1 && tokens <= 0 && pending.isEmpty() && !asked) {
        shared = false;
      }
    }
    decided.forEach(Runnable::run);
  }

  private Runnable withoutOwner(Pending request) {
    pendingCost -= request.cost;
    RatePolicy share = policy.shareOf(Math.max(1, node.members()));
    TokenBucket own = fallback;
    if (own == null) {
      own = new TokenBucket(share, clock);
      fallback = own;
    }
    own.configure(share);
    node.fellBack();
    // a batch as large as the burst is larger than the share: it may have all of that
    RateDecision decision = own.take(Math.min(request.cost, share.burst()));
    if (decision.admitted()) {
      tokens -= request.cost; // a debt: the next lease pays it
    }
    return deciding(request, decision);
  }

  /** Whether forgetting it would lose nothing. */
  synchronized boolean isForgettable(long idleNanos) {
    return clock.nanos() - lastUseNanos >= idleNanos
        && tokens <= 0
        && pending.isEmpty()
        && (shared || alone.isFull());
  }
}
