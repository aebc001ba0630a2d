package io.leasehold.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FenceCheckTest {
  private static final FenceCheck CHECK = new FenceCheck();

  private static StoreScript script() {
    return new StoreScript(StoreKey.guarded("k", "lock"));
  }

  @Test
  void changesFollowTheOrderOfTokens() {
    StoreScript script = script().put(5, 0, 1, "a", 1).put(7, 2, 3, "b", 2).put(7, 4, 5, "c", 3);
    assertThat(script.findings(CHECK)).isEmpty();
    assertThat(script.put(5, 4, 9, "d", 4).findings(CHECK))
        .containsExactly("token 5 changed what token 7 had");
  }

  @Test
  void anOlderHolderMayBeBeforeInTheOrderAndLaterToHearOfIt() {
    assertThat(script().put(7, 0, 1, "b", 2).put(5, 0, 9, "a", 1).findings(CHECK)).isEmpty();
  }

  @Test
  void aReadKeepsOlderHoldersOut() {
    StoreScript script = script().put(5, 0, 1, "a", 1).get(7, 2, 3, "a", 1);
    assertThat(script.findings(CHECK)).isEmpty();
    assertThat(script.put(5, 2, 9, "b", 2).findings(CHECK))
        .containsExactly("token 5 changed what token 7 had seen");
  }

  @Test
  void aReadOfNothingKeepsOlderHoldersOutFromItsAnswerOn() {
    assertThat(script().get(7, 0, 3, "", 0).put(5, 2, 9, "b", 2).findings(CHECK)).isEmpty();
    assertThat(script().get(7, 0, 3, "", 0).put(5, 4, 9, "b", 2).findings(CHECK))
        .containsExactly("token 5 changed what token 7 had seen");
  }

  @Test
  void aRefusalNamesATokenThatHasBeenHere() {
    StoreScript script = script().put(7, 0, 1, "a", 1).stale(5, 2, 3, "b", 7);
    assertThat(script.findings(CHECK)).isEmpty();
    assertThat(script.stale(5, 4, 5, "c", 6).stale(7, 6, 7, "d", 7).findings(CHECK))
        .containsExactly(
            "refused for a token that has not been here",
            "refused for a token that has not been here");
  }

  @Test
  void aKeyWithoutALockIsNotLookedAt() {
    var script = new StoreScript(StoreKey.register("k")).put(0, 1, "a", 1, true);
    assertThat(CHECK.examine(script.history()).examined()).isZero();
  }
}
