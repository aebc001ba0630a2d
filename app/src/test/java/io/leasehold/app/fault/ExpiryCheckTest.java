package io.leasehold.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ExpiryCheckTest {
  private static final ExpiryCheck EXPIRY = new ExpiryCheck();
  private static final SurvivalCheck SURVIVAL = new SurvivalCheck();
  private static final LinearizabilityCheck LINEARIZABILITY = new LinearizabilityCheck();

  /** Its end comes between 1,000 and 1,010. */
  private static StoreScript script() {
    return new StoreScript(StoreKey.fleeting("k", 1_000)).put(0, 10, "a", 1, true);
  }

  @Test
  void whatHasRunOutIsNotReadAnyMore() {
    assertThat(script().get(900, 901, "a", 1).findings(EXPIRY)).isEmpty();
    assertThat(script().get(1_005, 2_000, "a", 1).findings(EXPIRY)).isEmpty(); // it was sent before
    assertThat(script().get(1_050, 1_051, "a", 1).findings(EXPIRY))
        .containsExactly("a value is there after its end");
    assertThat(script().mismatch(1_050, 1_051, "b", 7, 1).findings(EXPIRY))
        .containsExactly("a value is there after its end");
    assertThat(script().cas(1_050, 1_051, "b", 1, 2, false).findings(EXPIRY))
        .containsExactly("a value is there after its end");
    assertThat(script().put(900, 910, "b", 2, false).get(1_050, 1_051, "b", 2).findings(EXPIRY))
        .isEmpty();
  }

  @Test
  void aWriteOfUnknownOutcomeHasBeenMadeWhenItIsSeen() {
    var seen = script().unknown(StoreKind.PUT, 100, "x").get(500, 600, "x", 2);
    assertThat(seen.get(1_610, 1_611, "x", 2).findings(EXPIRY)).isEmpty();
    assertThat(seen.get(1_650, 1_651, "x", 2).findings(EXPIRY))
        .containsExactly("a value is there after its end");
  }

  @Test
  void nothingIsGoneBeforeItsEnd() {
    assertThat(script().get(900, 901, "", 0).findings(SURVIVAL))
        .containsExactly("an acknowledged write is gone");
    assertThat(script().get(900, 901, "", 0).findings(LINEARIZABILITY)).hasSize(1);
    assertThat(script().get(999, 1_001, "", 0).findings(SURVIVAL)).isEmpty();
    assertThat(script().get(999, 1_001, "", 0).findings(LINEARIZABILITY)).isEmpty();
  }

  @Test
  void whatIsGoneDoesNotComeBack() {
    assertThat(script().get(995, 1_001, "", 0).get(1_002, 1_003, "a", 1).findings(LINEARIZABILITY))
        .hasSize(1);
    assertThat(
            script()
                .get(995, 1_001, "", 0)
                .cas(1_002, 1_003, "b", 1, 2, false)
                .findings(LINEARIZABILITY))
        .hasSize(1);
    assertThat(script().put(1_100, 1_101, "b", 3, true).findings(LINEARIZABILITY)).isEmpty();
    assertThat(script().put(100, 101, "b", 3, true).findings(LINEARIZABILITY)).hasSize(1);
  }
}
