package io.leasehold.domain.lock;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/**
 * Random lives of one key, checked after every step against a model that is too simple to be wrong:
 * lists walked from end to end.
 */
class LockPropertiesTest {
  private static final int STEPS = 120;

  /** What a client was told it holds. */
  private static final class Hold {
    final String requester;
    final LockOperation.Acquire request;
    final long token;
    final long deadlineNanos;

    Hold(String requester, LockOperation.Acquire request, long token, long deadlineNanos) {
      this.requester = requester;
      this.request = request;
      this.token = token;
      this.deadlineNanos = deadlineNanos;
    }
  }

  /** Watches one life; every finding is a sentence. */
  private static final class Watcher {
    final LockBench lock;
    final int limit;
    final List<Hold> holds = new ArrayList<>();
    final Map<String, LockOperation.Acquire> asked = new HashMap<>();
    final List<String> waiting = new ArrayList<>();
    final Set<String> seen = new HashSet<>();
    final Set<Long> endedTokens = new HashSet<>();
    final List<String> findings = new ArrayList<>();
    long lastToken;

    Watcher(LockBench lock, int limit) {
      this.lock = lock;
      this.limit = limit;
    }

    /** Looks at every answer that is new, and at what is held. */
    void look() {
      holds.removeIf(
          hold -> hold.deadlineNanos - lock.nanos <= 0 || endedTokens.contains(hold.token));
      for (var entry : lock.answers.entrySet()) {
        if (!seen.add(entry.getKey())) {
          continue;
        }
        String requester = entry.getKey();
        boolean waited = waiting.remove(requester);
        if (entry.getValue() instanceof LockAnswer.Granted granted) {
          granted(requester, granted, waited);
        }
      }
      int permits = 0;
      int shared = 0;
      for (Hold hold : holds) {
        if (hold.request.mode() == Mode.SHARED) {
          shared++;
        } else {
          permits += hold.request.permits();
        }
      }
      if (permits > limit) {
        findings.add(permits + " permits are held of " + limit);
      }
      if (shared > 0 && permits > 0) {
        findings.add("shared and exclusive leases at once");
      }
    }

    private void granted(String requester, LockAnswer.Granted granted, boolean waited) {
      if (granted.token() <= lastToken) {
        findings.add("token " + granted.token() + " after " + lastToken);
      }
      lastToken = granted.token();
      if (waited) {
        for (String other : waiting) {
          if (Integer.parseInt(other) < Integer.parseInt(requester)
              && !lock.answers.containsKey(other)) {
            findings.add(requester + " was granted before " + other);
          }
        }
      }
      if (granted.ttlMillis() > 0) {
        holds.add(
            new Hold(
                requester,
                asked.get(requester),
                granted.token(),
                lock.nanos + granted.ttlMillis() * LockBench.MILLI));
      }
    }

    /** The head of the queue must not be able to have what it waits for. */
    void lookForLostWakeUp() {
      if (waiting.isEmpty() || !lock.uncommitted.isEmpty()) {
        return;
      }
      var head = asked.get(waiting.get(0));
      int used = 0;
      int shared = 0;
      for (var holder : lock.state.view(1_000, 0, lock.now()).holders()) {
        used += holder.mode() == Mode.SHARED ? 0 : holder.permits();
        shared += holder.mode() == Mode.SHARED ? 1 : 0;
      }
      boolean fits =
          head.mode() == Mode.SHARED ? used == 0 : shared == 0 && used + head.permits() <= limit;
      if (fits) {
        findings.add("waiter " + waiting.get(0) + " could be granted and is not");
      }
    }
  }

  private enum Fault {
    NONE,
    ANSWERS_BEFORE_COMMIT,
    DROPS_A_WAKE_UP,
    GRANTS_TOO_EARLY
  }

  @Property(tries = 400)
  void aRandomLifeKeepsEveryPromise(
      @ForAll Random random, @ForAll @IntRange(min = 1, max = 4) int limit) {
    assertThat(live(random, limit, Fault.NONE)).isEmpty();
  }

  @Property(tries = 60)
  void manyHoldersKeepEveryPromiseToo(@ForAll Random random) {
    assertThat(live(random, 40, Fault.NONE)).isEmpty();
  }

  @Test
  void theWatcherNoticesALostWakeUp() {
    assertThat(foundIn(Fault.DROPS_A_WAKE_UP)).isTrue();
  }

  @Test
  void theWatcherNoticesAGrantBeforeTheDeadlineOfTheLastHolder() {
    assertThat(foundIn(Fault.GRANTS_TOO_EARLY)).isTrue();
  }

  @Test
  void theWatcherNoticesAnAnswerBeforeItsCommit() {
    assertThat(foundIn(Fault.ANSWERS_BEFORE_COMMIT)).isTrue();
  }

  private static boolean foundIn(Fault fault) {
    for (int seed = 0; seed < 300; seed++) {
      if (!live(new Random(seed), 1, fault).isEmpty()) {
        return true;
      }
    }
    return false;
  }

  private static List<String> live(Random random, int limit, Fault fault) {
    var lock = new LockBench(random.nextLong(), new LockCapacity(0, 0, true), 0);
    lock.commitsAtOnce = fault == Fault.ANSWERS_BEFORE_COMMIT || random.nextBoolean();
    var watcher = new Watcher(lock, limit);
    var stored = new ArrayList<LeaseRecord>();
    for (int step = 0; step < STEPS && watcher.findings.isEmpty(); step++) {
      step(random, limit, fault, lock, watcher, Integer.toString(step));
      watcher.look();
      if (lock.commitsAtOnce || random.nextInt(3) == 0) {
        commit(lock, watcher);
      }
      if (fault == Fault.ANSWERS_BEFORE_COMMIT && random.nextInt(20) == 0) {
        lock.state.failed("lost", 0, lock); // what was told is not in the journal
        lock.state.restore(limit, stored, lock.now(), lock);
        lock.commitAll();
      }
      watcher.look();
      watcher.lookForLostWakeUp();
    }
    settle(lock, watcher, fault);
    return watcher.findings;
  }

  private static void step(
      Random random, int limit, Fault fault, LockBench lock, Watcher watcher, String requester) {
    String owner = "o" + random.nextInt(4);
    switch (random.nextInt(8)) {
      case 0, 1, 2 -> {
        boolean shared = limit == 1 && random.nextInt(3) == 0;
        var request =
            new LockOperation.Acquire(
                owner,
                100 + random.nextInt(400),
                random.nextBoolean() ? 0 : 1 + random.nextInt(600),
                limit,
                1 + random.nextInt(limit),
                shared ? Mode.SHARED : Mode.EXCLUSIVE,
                false,
                null,
                null);
        watcher.asked.put(requester, request);
        int before = lock.state.waiterCount();
        lock.ask(requester, request);
        if (lock.state.waiterCount() > before) {
          watcher.waiting.add(requester);
        }
      }
      case 3, 4 -> {
        if (!watcher.holds.isEmpty()) {
          Hold hold = watcher.holds.get(random.nextInt(watcher.holds.size()));
          lock.ask(requester, new LockOperation.Release(null, hold.token, null));
          watcher.endedTokens.add(hold.token);
        }
      }
      case 5 -> {
        if (!watcher.waiting.isEmpty()) {
          lock.cancel(watcher.waiting.get(random.nextInt(watcher.waiting.size())), requester);
        }
      }
      default -> {
        long millis = random.nextInt(120);
        if (fault == Fault.DROPS_A_WAKE_UP) {
          lock.nanos += millis * LockBench.MILLI; // and nobody lets the expiry happen
          lock.wall += millis;
        } else if (fault == Fault.GRANTS_TOO_EARLY) {
          lock.nanos += 400 * LockBench.MILLI;
          lock.state.expire(lock.now(), lock);
          lock.nanos -= 400 * LockBench.MILLI;
          lock.commitAll();
        } else {
          lock.passMillis(millis);
        }
      }
    }
  }

  private static void commit(LockBench lock, Watcher watcher) {
    while (!lock.uncommitted.isEmpty()) {
      lock.commit(1 + (lock.uncommitted.size() - 1) / 2);
      watcher.look();
    }
  }

  /** At the end everything runs out, and nothing is left. */
  private static void settle(LockBench lock, Watcher watcher, Fault fault) {
    if (fault != Fault.NONE || !watcher.findings.isEmpty()) {
      return;
    }
    for (int i = 0; i < 40; i++) {
      lock.passMillis(700);
      commit(lock, watcher);
    }
    if (!lock.state.isFree()) {
      watcher.findings.add("the key is not free at the end");
    }
    if (lock.capacity.bytes() != 0 || lock.capacity.leases() != 0 || lock.capacity.waiters() != 0) {
      watcher.findings.add("the account is not empty at the end");
    }
    for (String requester : watcher.asked.keySet()) {
      if (!lock.answers.containsKey(requester)) {
        watcher.findings.add(requester + " was never answered");
      }
    }
  }
}
