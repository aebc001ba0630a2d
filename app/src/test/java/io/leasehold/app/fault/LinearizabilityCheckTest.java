package io.leasehold.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Small histories by hand, and thousands by chance beside a search through every order. */
class LinearizabilityCheckTest {
  private static final LinearizabilityCheck CHECK = new LinearizabilityCheck();

  private static StoreScript register() {
    return new StoreScript(StoreKey.register("k"));
  }

  private static StoreScript counter() {
    return new StoreScript(StoreKey.counter("k"));
  }

  private static void accepted(StoreScript script) {
    assertThat(script.findings(CHECK)).isEmpty();
  }

  private static void refused(StoreScript script, String what) {
    assertThat(script.findings(CHECK)).singleElement().asString().contains(what);
  }

  @Test
  void aReadMayShowEitherSideOfAWriteUnderWay() {
    accepted(
        register()
            .put(0, 1, "a", 1, true)
            .put(2, 9, "b", 2, false)
            .get(3, 4, "a", 1)
            .get(3, 5, "b", 2)
            .get(6, 7, "b", 2));
  }

  @Test
  void whatWasReplacedBeforeTheReadBeganIsNotRead() {
    refused(
        register().put(0, 1, "a", 1, true).put(2, 3, "b", 2, false).get(4, 5, "a", 1),
        "no order explains #2: before it the key was at version 2");
  }

  @Test
  void onceReadANewValueStays() {
    refused(
        register()
            .put(0, 1, "a", 1, true)
            .put(2, 9, "b", 2, false)
            .get(3, 4, "b", 2)
            .get(5, 6, "a", 1),
        "no order explains #3");
  }

  @Test
  void nothingIsReadBeforeItIsSent() {
    refused(register().get(0, 1, "a", 1).put(2, 3, "a", 1, true), "no order explains #0");
  }

  @Test
  void versionsFollowRealTime() {
    refused(register().put(0, 1, "a", 5, true).put(2, 3, "b", 4, false), "no order explains #");
    refused(register().put(0, 1, "a", 5, true).put(2, 3, "b", 5, false), "came twice");
    refused(register().put(0, 1, "a", 5, true).get(2, 3, "b", 5), "with another value");
    refused(register().put(0, 1, "a", 5, true).get(2, 3, "a", 6), "with another version");
  }

  @Test
  void aWriteOfUnknownOutcomeMayComeLateOrNever() {
    StoreScript script =
        register().unknown(StoreKind.PUT, 0, "a").put(1, 2, "b", 1, true).get(3, 4, "b", 1);
    accepted(script);
    accepted(script.get(5, 6, "a", 2).get(7, 8, "a", 2));
    refused(script.get(9, 10, "b", 1), "no order explains #5");
  }

  @Test
  void oneWriteOfUnknownOutcomeHappensOnce() {
    refused(
        register()
            .unknown(StoreKind.PUT, 0, "a")
            .get(1, 2, "a", 1)
            .put(3, 4, "b", 2, false)
            .get(5, 6, "a", 3),
        "one write is read with two versions");
  }

  @Test
  void absenceNeedsADelete() {
    accepted(register().get(0, 1, "", 0));
    refused(register().put(0, 1, "a", 1, true).get(2, 3, "", 0), "no order explains #1");
    accepted(register().put(0, 1, "a", 1, true).delete(2, 9, 2).get(3, 4, "", 0));
    accepted(register().put(0, 1, "a", 1, true).delete(2, 9, 2).get(3, 4, "a", 1));
    StoreScript unknown =
        register()
            .put(0, 1, "a", 1, true)
            .unknown(StoreKind.DELETE, 2, "")
            .get(3, 4, "a", 1)
            .get(5, 6, "", 0);
    accepted(unknown);
    refused(unknown.get(7, 8, "a", 1), "and then deleted or run out");
  }

  @Test
  void oneDeleteOfUnknownOutcomeHappensOnce() {
    StoreScript script =
        register()
            .put(0, 1, "a", 1, true)
            .unknown(StoreKind.DELETE, 2, "")
            .get(3, 4, "", 0)
            .put(5, 6, "b", 3, true);
    accepted(script);
    refused(script.get(7, 8, "", 0), "no order explains #4");
  }

  @Test
  void whetherAKeyIsNewIsPartOfTheAnswer() {
    refused(register().put(0, 1, "a", 1, false), "no order explains #0");
    accepted(register().unknown(StoreKind.PUT, 0, "x").put(0, 1, "a", 1, false));
    refused(register().put(0, 1, "a", 1, true).put(2, 3, "b", 2, true), "no order explains #1");
    refused(register().delete(0, 1, 1), "no order explains #0");
    refused(register().put(0, 1, "a", 1, true).delete(2, 3, 0), "no order explains #1");
  }

  @Test
  void aCompareAndSetReplacesWhatItNames() {
    StoreScript script = register().put(0, 1, "a", 1, true).cas(2, 9, "b", 1, 2, false);
    accepted(script.mismatch(2, 9, "c", 1, 2));
    refused(script.cas(3, 8, "d", 1, 3, false), "no order explains");
    refused(register().put(0, 1, "a", 1, true).mismatch(2, 3, "c", 1, 1), "is the present one");
    refused(register().put(0, 1, "a", 1, true).cas(2, 3, "c", 0, 2, true), "no order explains #1");
  }

  @Test
  void aRefusedWriteIsNotRead() {
    refused(
        register().ended(StoreKind.PUT, 0, "a", StoreOutcome.NOT_APPLIED).get(1, 2, "a", 1),
        "a write is read that was refused");
    refused(register().get(1, 2, "a", 1), "nobody wrote");
  }

  @Test
  void aVersionThatOnlyARefusalShowsIsOneOfUnknownOutcome() {
    StoreScript script = register().put(0, 1, "a", 1, true).mismatch(2, 9, "b", 1, 2);
    refused(script, "no order explains #1");
    accepted(script.unknown(StoreKind.PUT, 3, "x"));
  }

  @Test
  void countsAddUp() {
    accepted(counter().count(0, 5, 1, 1, true).count(0, 5, 2, 2, false).get(6, 7, "2", 2));
    refused(counter().count(0, 1, 1, 1, true).count(2, 3, 1, 2, false), "no order explains #1");
    refused(counter().count(0, 1, 1, 1, true).count(2, 3, 3, 3, false), "no order explains #1");
    StoreScript lost =
        counter()
            .count(0, 1, 1, 1, true)
            .unknown(StoreKind.INCREMENT, 2, "")
            .count(3, 4, 3, 3, false);
    accepted(lost);
    refused(lost.count(5, 6, 5, 4, false), "no order explains #3");
  }

  @Test
  void aCountOfUnknownOutcomeIsSeen() {
    StoreScript script =
        counter()
            .count(0, 1, 1, 1, true)
            .unknown(StoreKind.INCREMENT, 2, "")
            .get(3, 4, "2", 2)
            .count(5, 6, 3, 3, false);
    accepted(script);
    refused(script.get(7, 8, "4", 4), "no order explains #4");
  }

  /**
   * Tiny histories of a right register, half of them with one answer changed: the check and the
   * search through all orders say the same.
   */
  @Test
  void itSaysWhatASearchThroughEveryOrderSays() {
    int refused = 0;
    int accepted = 0;
    for (int seed = 0; seed < 20_000; seed++) {
      var random = new Random(seed);
      StoreKeyHistory history = TinyStore.history(random);
      boolean expected = new EveryOrder(history).hasOne();
      List<StoreViolation> found = CHECK.examine(history).violations();
      assertThat(found.isEmpty())
          .as("seed %d: %s%n%s", seed, found, lines(history))
          .isEqualTo(expected);
      refused += expected ? 0 : 1;
      accepted += expected ? 1 : 0;
    }
    assertThat(accepted).isGreaterThan(10_000);
    assertThat(refused).isGreaterThan(2_000);
  }

  private static String lines(StoreKeyHistory history) {
    var lines = new ArrayList<String>();
    history.operations().forEach(each -> lines.add(each.toString()));
    return String.join("\n", lines);
  }
}
