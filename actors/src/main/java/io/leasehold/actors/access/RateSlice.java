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
  private static final double NANOS_PER_SECOND = 1e9;

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
  private long grantedNanos;
  private long pendingCost;
  private long refuseUntilNanos;
  private long refusedNeed = Long.MAX_VALUE;
  private long usedInWindow;
  private long usedBefore;
  private long windowNanos;
  private long lastUseNanos;

  /** Something was taken since the bucket is kept alone. */
  private boolean usedAlone;

  /** The owner did not answer in time, and has not answered since. */
  private boolean silent;

  /** Until when a silent owner's debt was made smaller. */
  private long forgivenNanos;

  private boolean forgotten;

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
    this.grantedNanos = windowNanos;
    this.leftAtOwner = policy.burst(); // until it says something else
  }

  String id() {
    return id;
  }

  /**
   * Decides now or, when the owner has to be asked first, within its patience.
   *
   * @return null if this slice was forgotten: the bucket needs a new one
   */
  synchronized @Nullable CompletionStage<RateDecision> take(RatePolicy wanted, int cost) {
    if (forgotten) {
      return null;
    }
    long now = clock.nanos();
    lastUseNanos = now;
    if (!wanted.equals(policy)) {
      changeTo(wanted, now);
    }
    if (node.members() == 1 && !shared) {
      usedAlone = true;
      return done(alone.take(cost));
    }
    if (cost > wanted.burst()) {
      return done(never());
    }
    if (pending.isEmpty() && tokens >= cost) {
      return done(spend(cost, now));
    }
    if (silent) {
      ask(now);
      return done(withoutOwner(cost, now));
    }
    if (cost >= refusedNeed && refuseUntilNanos - now > 0) {
      return done(RateDecision.refused(wanted, leftAtOwner, refuseUntilNanos - now));
    }
    if (pending.size() >= MAX_PENDING) {
      return done(RateDecision.refused(wanted, 0, wanted.nanosFor(cost)));
    }
    var decision = new CompletableFuture<RateDecision>();
    pending.add(new Pending(cost, now, decision));
    pendingCost += cost;
    ask(now);
    return decision;
  }

  /**
   * Another quota counts from here on: a time until which the old one refuses says nothing of it,
   * and of tokens leased under a higher one only the part remains that the owner keeps of its own.
   */
  private void changeTo(RatePolicy wanted, long now) {
    if (tokens > 0 && wanted.burst() < policy.burst()) {
      tokens = tokens * wanted.burst() / policy.burst();
    }
    refusedNeed = Long.MAX_VALUE;
    refuseUntilNanos = now;
    policy = wanted;
    alone.configure(wanted);
  }

  private RateDecision never() {
    return RateDecision.refused(policy, Math.max(0, tokens + leftAtOwner), RateDecision.NEVER);
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
    long known = !shared && usedAlone ? alone.available() : -1;
    shared = true;
    node.lease(id, policy, want, need, known);
  }

  /** The owner has answered. */
  void granted(RateOwner.Granted granted) {
    List<Runnable> decided;
    synchronized (this) {
      long now = clock.nanos();
      if (silent) {
        forgive(now);
        silent = false;
      }
      asked = false;
      tokens += granted.tokens();
      leftAtOwner = granted.left();
      grantedNanos = now;
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
    for (Pending first = pending.peek(); first != null; first = pending.peek()) {
      if (first.cost > policy.burst()) { // the quota was lowered meanwhile
        decided.add(deciding(pending.remove(), never()));
      } else if (tokens >= first.cost) {
        pending.remove();
        tokens -= first.cost;
        used(first.cost, now);
        decided.add(deciding(first, RateDecision.admitted(policy, tokens + leftAtOwner)));
      } else {
        break;
      }
      pendingCost -= first.cost;
    }
    return decided;
  }

  private static Runnable deciding(Pending pending, RateDecision decision) {
    return () -> pending.decision.complete(decision);
  }

  /**
   * Called every few milliseconds: ends patience and leases.
   *
   * @return whether it has to be called again before the owner is asked next
   */
  boolean tick() {
    var decided = new ArrayList<Runnable>();
    boolean busy;
    synchronized (this) {
      long now = clock.nanos();
      if (!pending.isEmpty() && now - pending.peek().sinceNanos >= patienceNanos) {
        if (!silent) {
          silent = true;
          forgivenNanos = now;
        }
        for (Pending each = pending.poll(); each != null; each = pending.poll()) {
          decided.add(deciding(each, withoutOwner(each.cost, now)));
        }
        pendingCost = 0;
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
        keepAlone(now);
      }
      busy = asked || tokens > 0 || !pending.isEmpty();
    }
    decided.forEach(Runnable::run);
    return busy;
  }

  /** Nobody else is left: this node goes on with what the owner had. */
  private void keepAlone(long now) {
    long came = (long) ((now - grantedNanos) / NANOS_PER_SECOND * policy.rate());
    long left = Math.min(policy.burst(), leftAtOwner + came) + tokens;
    alone.takeUpTo(policy.burst());
    alone.putBack(Math.max(0, left));
    tokens = 0;
    usedAlone = true;
    shared = false;
    silent = false;
  }

  private RateDecision withoutOwner(int cost, long now) {
    RatePolicy share = policy.shareOf(Math.max(1, node.members()));
    TokenBucket own = fallback;
    if (own == null) {
      own = new TokenBucket(share, clock);
      fallback = own;
    }
    own.configure(share);
    node.fellBack();
    forgive(now);
    // a batch as large as the burst is larger than the share: it may have all of that
    RateDecision decision = own.take(Math.min(cost, share.burst()));
    if (!decision.admitted()) {
      return RateDecision.refused(policy, decision.remaining(), decision.retryInNanos());
    }
    tokens -= cost; // a debt: the next lease pays it
    used(cost, now);
    return RateDecision.admitted(policy, decision.remaining());
  }

  /**
   * What a node takes at the rate of its share from an owner that is gone is owed to nobody: else
   * it would have to stand still, once there is a new owner, as long as it did without.
   */
  private void forgive(long now) {
    int rate = policy.shareOf(Math.max(1, node.members())).rate();
    long came = (long) ((now - forgivenNanos) / NANOS_PER_SECOND * rate);
    forgivenNanos += (long) (came * NANOS_PER_SECOND / rate);
    if (tokens < 0) {
      tokens = Math.min(0, tokens + came);
    }
  }

  /** Forgets itself if that loses nothing; it then takes no more. */
  synchronized boolean forget(long idleNanos) {
    long idle = clock.nanos() - lastUseNanos;
    forgotten =
        idle >= idleNanos
            && tokens <= 0
            && policy.nanosFor(-tokens) <= idle
            && pending.isEmpty()
            && (shared || alone.isFull());
    return forgotten;
  }
}
