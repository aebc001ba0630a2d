package io.leasehold.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** In seconds; a request has 5 s, a restart adds 3 s at most. */
class RulesTest {
  private static Rules rules(Window... disruptions) {
    return Rules.ofOneNode(Duration.ofSeconds(1), List.of(disruptions));
  }

  private static Window window(long from, long to, Window.Effect effect) {
    return new Window(from * History.SECOND, to * History.SECOND, effect);
  }

  private static long settled(Rules rules, long sent) {
    var operation =
        new Operation(
            0,
            0,
            0,
            Kind.ACQUIRE,
            0,
            1,
            sent * History.SECOND,
            Long.MAX_VALUE,
            Outcome.BROKEN,
            0,
            1_000,
            0,
            2_000,
            0,
            0);
    return rules.settledNanos(operation) / History.SECOND;
  }

  @Test
  void anOpenRequestIsSettledAfterItsWaitAndTheTimeOfARequest() {
    assertThat(settled(rules(), 10)).isEqualTo(17);
  }

  @Test
  void aPausedServerFindsItAfterwards() {
    assertThat(settled(rules(window(12, 30, Window.Effect.DELAYS)), 10)).isEqualTo(37);
  }

  @Test
  void disruptionsThatFollowEachOtherCountWhole() {
    Rules rules = rules(window(12, 20, Window.Effect.MOVES), window(19, 40, Window.Effect.DELAYS));

    assertThat(settled(rules, 10)).isEqualTo(47);
  }

  @Test
  void itEndsWithTheProcessThatItWasSentTo() {
    Rules rules = rules(window(12, 14, Window.Effect.ENDS));

    assertThat(settled(rules, 10)).isEqualTo(14);
    assertThat(settled(rules, 13)).isEqualTo(20); // may have reached the new process
  }

  @Test
  void aLeaseIsProlongedByARestartOnly() {
    Rules rules = rules(window(12, 20, Window.Effect.ENDS));

    assertThat(rules.prolonged(1 * History.SECOND, 11 * History.SECOND))
        .isEqualTo(11 * History.SECOND);
    assertThat(rules.prolonged(1 * History.SECOND, 13 * History.SECOND))
        .isEqualTo(23 * History.SECOND);
    assertThat(rules.prolonged(1 * History.SECOND, 60 * History.SECOND))
        .isEqualTo(63 * History.SECOND);
  }

  @Test
  void aLeaseIsProlongedTooWhenKeysAreSharedWithANodeThatIsBack() {
    Rules rules = rules(window(12, 20, Window.Effect.MOVES));

    assertThat(rules.prolonged(24 * History.SECOND, 27 * History.SECOND))
        .isEqualTo(30 * History.SECOND);
    assertThat(rules.prolonged(31 * History.SECOND, 34 * History.SECOND))
        .isEqualTo(34 * History.SECOND);
  }

  @Test
  void aRefusalDuringADisruptionIsBelievedOfOneNodeOnly() {
    var refused =
        new Operation(
            0,
            0,
            0,
            Kind.VERIFY,
            0,
            0,
            13 * History.SECOND,
            14 * History.SECOND,
            Outcome.NOT_HELD,
            1,
            0,
            0,
            0,
            0,
            0);
    List<Window> disruptions = List.of(window(12, 20, Window.Effect.MOVES));

    assertThat(Rules.ofOneNode(Duration.ZERO, disruptions).believesRefusal(refused)).isTrue();
    assertThat(Rules.ofCluster(Duration.ZERO, disruptions).believesRefusal(refused)).isFalse();
    assertThat(Rules.ofCluster(Duration.ZERO, List.of()).believesRefusal(refused)).isTrue();
  }
}
