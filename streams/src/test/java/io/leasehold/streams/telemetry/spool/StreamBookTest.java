package io.leasehold.streams.telemetry.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class StreamBookTest {
  private static final long DAY = TimeUnit.DAYS.toMillis(1);

  private final StreamBook book = new StreamBook(2);
  private final AtomicInteger replaced = new AtomicInteger();

  private static StreamBook.Key key(String stream) {
    return new StreamBook.Key("a", stream);
  }

  @Test
  void numbersOnlyRise() {
    Runnable owner = () -> {};
    StreamBook.Entry stream = book.claim(key("x"), owner, 0);

    stream.settle(5, 1);
    stream.settle(3, 2);

    assertThat(stream.settled()).isEqualTo(5);
    assertThat(book.claim(new StreamBook.Key("b", "x"), owner, 3).settled()).isZero();
  }

  @Test
  void theNewerConnectionHasIt() {
    Runnable older = replaced::incrementAndGet;
    Runnable newer = () -> {};
    StreamBook.Entry stream = book.claim(key("x"), older, 0);

    StreamBook.Entry same = book.claim(key("x"), newer, 1);
    book.release(stream, older);

    assertThat(same).isSameAs(stream);
    assertThat(replaced).hasValue(1);
    assertThat(stream.isOwnedBy(older)).isFalse();
    assertThat(stream.isOwnedBy(newer)).isTrue();
  }

  @Test
  void behindAGapNothingIsSettledUntilTheClientComesAgain() {
    StreamBook.Entry stream = book.claim(key("x"), () -> {}, 0);
    stream.settle(4, 1);
    stream.freeze();
    stream.settle(6, 2);
    assertThat(stream.settled()).isEqualTo(4);

    book.claim(key("x"), () -> {}, 3);
    stream.settle(7, 4);

    assertThat(stream.settled()).isEqualTo(7);
  }

  @Test
  void theLeastRecentlyUsedIsForgottenButNoneWithAConnection() {
    Runnable owner = () -> {};
    book.claim(key("open"), owner, 0);
    book.release(book.claim(key("old"), owner, 1), owner);

    book.release(book.claim(key("new"), owner, 2), owner);

    assertThat(book.all()).containsOnlyKeys(key("open"), key("new"));
    assertThat(book.takeForgotten()).containsExactly(key("old"));
    assertThat(book.takeForgotten()).isEmpty();
  }

  @Test
  void aDayWithoutUseForgetsIt() {
    Runnable owner = () -> {};
    book.claim(key("open"), owner, 0);
    book.release(book.claim(key("idle"), owner, 0), owner);

    book.forgetOld(DAY);
    assertThat(book.all()).hasSize(2);
    book.forgetOld(DAY + 1);

    assertThat(book.all()).containsOnlyKeys(key("open"));
  }
}
