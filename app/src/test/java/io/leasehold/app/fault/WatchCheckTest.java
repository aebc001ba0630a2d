package io.leasehold.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class WatchCheckTest {
  private static StoreScript script() {
    return new StoreScript(StoreKey.register("k"))
        .put(0, 1, "a", 1, true)
        .unknown(StoreKind.PUT, 2, "x")
        .put(3, 4, "b", 4, false)
        .delete(5, 6, 5);
  }

  private static WatchEvent put(long revision, String value) {
    return new WatchEvent(WatchEvent.Kind.PUT, "k", 0, revision, 0, value);
  }

  private static WatchEvent delete(long revision) {
    return new WatchEvent(WatchEvent.Kind.DELETE, "k", 0, revision, 0, "");
  }

  private static WatchEvent gap(long from, long to) {
    return new WatchEvent(WatchEvent.Kind.GAP, "", 0, to, from, "");
  }

  private static List<String> findings(WatchEvent... events) {
    return new WatchCheck(1)
        .examine(List.of(script().history()), List.of(events)).violations().stream()
            .map(StoreViolation::what)
            .toList();
  }

  @Test
  void everyChangeIsToldOnceAndInOrder() {
    assertThat(findings(put(1, "a"), put(4, "b"), delete(5))).isEmpty();
    assertThat(findings(put(1, "a"), put(3, "x"), put(4, "b"), delete(5))).isEmpty();
    assertThat(findings(put(1, "a"), delete(5))).containsExactly("watchers were not told");
    assertThat(findings(put(1, "a"), put(4, "b"), put(4, "b"), delete(5))).hasSize(1);
    assertThat(findings(put(4, "b"), put(1, "a"), delete(5)))
        .singleElement()
        .asString()
        .contains("came after revision 4 of its shard");
  }

  @Test
  void whatIsToldIsWhatWasDone() {
    assertThat(findings(put(1, "a"), put(4, "c"), delete(5)))
        .singleElement()
        .asString()
        .startsWith("watchers were told");
    assertThat(findings(put(1, "a"), put(2, "y"), put(4, "b"), delete(5)))
        .singleElement()
        .asString()
        .startsWith("watchers were told what nobody did");
    assertThat(findings(put(1, "a"), put(2, "x"), put(3, "x"), put(4, "b"), delete(5))).hasSize(1);
  }

  @Test
  void aDeclaredGapExcusesWhatIsMissingAndNothingElse() {
    assertThat(findings(put(1, "a"), gap(1, 4), delete(5))).isEmpty();
    assertThat(findings(put(1, "a"), gap(1, 3), delete(5)))
        .containsExactly("watchers were not told");
    assertThat(findings(put(1, "a"), put(4, "b"), gap(1, 5))).hasSize(1);
  }

  @Test
  void keysOfOthersAreNotTold() {
    var other = new WatchEvent(WatchEvent.Kind.PUT, "other", 0, 6, 0, "o");
    assertThat(findings(put(1, "a"), put(4, "b"), delete(5), other))
        .containsExactly("a key that was not asked for");
  }

  private static WatchEvent expire(long revision) {
    return new WatchEvent(WatchEvent.Kind.EXPIRE, "k", 0, revision, 0, "");
  }

  private static List<String> fleeting(WatchEvent... events) {
    StoreKeyHistory history =
        new StoreScript(StoreKey.fleeting("k", 100))
            .put(0, 1, "a", 1, true)
            .put(300, 301, "b", 4, true)
            .history();
    return new WatchCheck(1)
        .examine(List.of(history), List.of(events)).violations().stream()
            .map(StoreViolation::what)
            .toList();
  }

  @Test
  void theEndOfEveryValueIsToldOnce() {
    assertThat(fleeting(put(1, "a"), expire(3), put(4, "b"))).isEmpty();
    assertThat(fleeting(put(1, "a"), expire(3), put(4, "b"), expire(5))).isEmpty();
    assertThat(fleeting(put(1, "a"), put(4, "b")))
        .singleElement()
        .asString()
        .startsWith("watchers were not told the end before");
    assertThat(fleeting(put(1, "a"), expire(2), expire(3), put(4, "b")))
        .singleElement()
        .asString()
        .startsWith("watchers were told the end of nothing");
    assertThat(fleeting(put(1, "a"), gap(1, 3), put(4, "b"))).isEmpty();
    assertThat(findings(put(1, "a"), put(4, "b"), delete(5), expire(6)))
        .contains("watchers were told what nobody did: " + expire(6));
  }
}
