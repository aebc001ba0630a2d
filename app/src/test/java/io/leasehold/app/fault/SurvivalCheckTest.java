package io.leasehold.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SurvivalCheckTest {
  private static final SurvivalCheck CHECK = new SurvivalCheck();

  private static StoreScript script() {
    return new StoreScript(StoreKey.register("k")).put(0, 1, "a", 1, true);
  }

  @Test
  void whatWasAcknowledgedIsThere() {
    assertThat(script().get(2, 3, "a", 1).findings(CHECK)).isEmpty();
    assertThat(script().get(2, 3, "", 0).findings(CHECK))
        .containsExactly("an acknowledged write is gone");
    assertThat(script().put(2, 3, "b", 2, false).get(4, 5, "a", 1).findings(CHECK))
        .containsExactly("a read shows what was replaced before");
    assertThat(script().put(2, 9, "b", 2, false).get(4, 5, "a", 1).findings(CHECK)).isEmpty();
  }

  @Test
  void aDeleteThatMayHaveComeExplainsAbsence() {
    assertThat(script().delete(2, 9, 2).get(4, 5, "", 0).findings(CHECK)).isEmpty();
    assertThat(script().unknown(StoreKind.DELETE, 2, "").get(4, 5, "", 0).findings(CHECK))
        .isEmpty();
    assertThat(script().delete(6, 9, 2).get(4, 5, "", 0).findings(CHECK))
        .containsExactly("an acknowledged write is gone");
  }

  @Test
  void whatWasDeletedDoesNotComeBack() {
    assertThat(script().delete(2, 3, 2).get(4, 5, "a", 1).findings(CHECK))
        .containsExactly("a read shows what was replaced before");
    assertThat(script().delete(2, 3, 2).get(4, 5, "", 0).findings(CHECK)).isEmpty();
  }
}
