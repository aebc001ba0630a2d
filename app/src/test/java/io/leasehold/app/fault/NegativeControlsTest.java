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
 * The checks find what they are for. A simulated server without a defect passes them through
 * crashes and deposed owners; with one defect it does not, whatever the seed.
 */
class NegativeControlsTest {
  private static final int SEEDS = 6;
  private static final long FIRST_SEED = Long.getLong("fault.seed", 20_260_101L);

  /** At least one of these checks must find each defect, in every run. */
  private static final Map<Defect, Set<String>> FOUND_BY =
      Map.of(
          Defect.ANSWERS_BEFORE_COMMIT, Set.of("durability", "exclusion"),
          Defect.HAS_NO_FENCE, Set.of("exclusion", "tokens"),
          Defect.DROPS_WAKE_UPS, Set.of("wake-up"),
          Defect.USES_WALL_CLOCK_AHEAD, Set.of("exclusion", "durability"),
          Defect.USES_WALL_CLOCK_BACK, Set.of("wake-up", "durability"),
          Defect.SERVES_LAST_FIRST, Set.of("fifo"),
          Defect.FORGETS_RELEASES, Set.of("durability", "wake-up"),
          Defect.RESTARTS_TOKENS, Set.of("tokens"));

  private static Set<String> findings(Verdict verdict) {
    return verdict.violations().stream()
        .map(Violation::check)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void aServerWithoutADefectPasses() {
    for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      Simulation run = Simulation.run(seed, Defect.NONE);
      Verdict verdict = run.verdict();
      assertThat(verdict.violations()).as("seed " + seed).isEmpty();
      assertThat(run.history.size()).as("seed " + seed).isGreaterThan(2_000);
      assertThat(run.disruptions).as("seed " + seed).hasSizeGreaterThan(3);
      // Nothing passes unseen: every check had something to compare.
      assertThat(verdict.examined().values()).allSatisfy(n -> assertThat(n).isGreaterThan(50));
    }
  }

  @TestFactory
  Stream<DynamicTest> everyDefectIsFound() {
    return EnumSet.complementOf(EnumSet.of(Defect.NONE)).stream()
        .map(defect -> DynamicTest.dynamicTest(defect.name(), () -> isFound(defect)));
  }

  private static void isFound(Defect defect) {
    for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++) {
      Set<String> findings = findings(Simulation.run(seed, defect).verdict());
      assertThat(findings)
          .as("seed " + seed + ", " + defect)
          .containsAnyElementsOf(FOUND_BY.get(defect));
    }
  }
}
