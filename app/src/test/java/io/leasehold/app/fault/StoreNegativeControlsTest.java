package io.leasehold.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The checks of the store find what they are for. A simulated store without a defect passes them
 * through crashes and deposed owners; with one defect it does not, whatever the seed.
 */
class StoreNegativeControlsTest {
  private static final int SEEDS = 4;
  private static final long FIRST_SEED = Long.getLong("fault.seed", 20_260_101L);

  /** At least one of these checks must find each defect, in every run. */
  private static final Map<StoreDefect, Set<String>> FOUND_BY =
      Map.ofEntries(
          Map.entry(StoreDefect.ANSWERS_BEFORE_COMMIT, Set.of("survival", "linearizability")),
          Map.entry(StoreDefect.READS_WITHOUT_LEASE, Set.of("linearizability")),
          Map.entry(StoreDefect.WRITES_WITHOUT_WAITING, Set.of("linearizability")),
          Map.entry(StoreDefect.COMPARES_WITH_OLD_STATE, Set.of("linearizability")),
          Map.entry(StoreDefect.VERSIONS_START_ANEW, Set.of("linearizability")),
          Map.entry(StoreDefect.FORGETS_DELETES, Set.of("linearizability", "survival")),
          Map.entry(StoreDefect.APPLIES_WHAT_IT_REFUSES, Set.of("linearizability")),
          Map.entry(StoreDefect.COUNTS_TWICE, Set.of("linearizability")),
          Map.entry(StoreDefect.FORGETS_MARKS, Set.of("fences")),
          Map.entry(StoreDefect.READS_RAISE_NO_MARK, Set.of("fences")),
          Map.entry(StoreDefect.REPEATS_EVENTS, Set.of("watch")),
          Map.entry(StoreDefect.TRIMS_IN_SILENCE, Set.of("watch")),
          Map.entry(StoreDefect.READS_WHAT_RAN_OUT, Set.of("expiry")),
          Map.entry(StoreDefect.TTL_STARTS_ANEW, Set.of("expiry")),
          Map.entry(StoreDefect.ENDS_TOO_EARLY, Set.of("linearizability", "survival")),
          Map.entry(StoreDefect.ENDS_UNTOLD, Set.of("watch")));

  private static Set<String> findings(StoreVerdict verdict) {
    return verdict.violations().stream()
        .map(StoreViolation::check)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void aStoreWithoutADefectPasses() {
    for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      StoreSimulation run = StoreSimulation.run(seed, StoreDefect.NONE);
      StoreVerdict verdict = run.verdict();
      assertThat(verdict.violations()).as("seed " + seed).isEmpty();
      assertThat(run.history.size()).as("seed " + seed).isGreaterThan(2_000);
      assertThat(run.failures).as("seed " + seed).isGreaterThan(5);
      assertThat(run.history.operations().stream().filter(StoreOperation::isOpenWrite).count())
          .as("seed " + seed)
          .isGreaterThan(5);
      // Nothing passes unseen: every check had something to compare.
      assertThat(verdict.examined().values()).allSatisfy(n -> assertThat(n).isGreaterThan(50));
    }
  }

  @TestFactory
  Stream<DynamicTest> everyDefectIsFound() {
    return EnumSet.complementOf(EnumSet.of(StoreDefect.NONE)).stream()
        .map(defect -> DynamicTest.dynamicTest(defect.name(), () -> isFound(defect)));
  }

  private static void isFound(StoreDefect defect) {
    for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      StoreVerdict verdict = StoreSimulation.run(seed, defect).verdict();
      assertThat(findings(verdict))
          .as("seed " + seed + ", " + defect)
          .containsAnyElementsOf(FOUND_BY.get(defect));
    }
  }
}
