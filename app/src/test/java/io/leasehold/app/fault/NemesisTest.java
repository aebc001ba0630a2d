package io.leasehold.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class NemesisTest {
  private record Named(String name) implements Fault {
    @Override
    public Window.Effect effect() {
      return Window.Effect.DELAYS;
    }

    @Override
    public void begin() {}

    @Override
    public void end() {}
  }

  private static List<Nemesis.Step> steps(long seed) {
    List<RandomSteps.Choice> choices =
        List.of(
            new RandomSteps.Choice(new Named("a"), 100, 200),
            new RandomSteps.Choice(new Named("b"), 300, 300));
    var steps = new RandomSteps(seed, Duration.ofHours(1), Duration.ofSeconds(9), choices);
    var taken = new ArrayList<Nemesis.Step>();
    for (int i = 0; i < 50 && steps.hasNext(); i++) {
      taken.add(steps.next());
    }
    return taken;
  }

  @Test
  void theSameSeedGivesTheSameFaults() {
    assertThat(steps(1)).hasSize(50).isEqualTo(steps(1)).isNotEqualTo(steps(2));
  }

  @Test
  void stepsKeepTheirBounds() {
    for (Nemesis.Step step : steps(3)) {
      assertThat(step.calm()).isBetween(Duration.ofSeconds(3), Duration.ofSeconds(9));
      boolean isFirst = step.fault().name().equals("a");
      assertThat(step.lasts().toMillis()).isBetween(isFirst ? 100L : 300L, isFirst ? 200L : 300L);
    }
  }

  @Test
  void whenTheTimeIsUpNothingMoreComes() {
    var steps = new RandomSteps(1, Duration.ZERO, Duration.ofSeconds(9), List.of());

    assertThat(steps.hasNext()).isFalse();
  }

  @Test
  void withoutServersNothingRecoversAndTheLoadStillEnds() throws Exception {
    var load = new Load(1, 2, 0, 1, 0, 1);
    var workload = new Workload(load, List::of);
    try (workload) {
      workload.start();
      assertThat(workload.anySuccessSince(0)).isFalse();
      assertThat(workload.everyKeySuccessSince(0)).isFalse();
    }
    assertThat(workload.failures()).isEmpty();
    assertThat(workload.history().size()).isZero();
  }
}
