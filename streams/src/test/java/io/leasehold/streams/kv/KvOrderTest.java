package io.leasehold.streams.kv;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.streams.kv.KvOrder.Kind;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class KvOrderTest {
  private static final Bytes A = Bytes.utf8("a");
  private static final Bytes B = Bytes.utf8("b");
  private final KvOrder order = new KvOrder();
  private final List<String> started = new ArrayList<>();

  private void write(Bytes key, String name) {
    order.submit(key, Kind.WRITE, () -> started.add(name));
  }

  private void read(Bytes key, String name) {
    order.submit(key, Kind.READ, () -> started.add(name));
  }

  @Test
  void neighboursOfOneKindGoTogetherAndTheOtherKindWaitsForAllOfThem() {
    write(A, "w1");
    write(A, "w2");
    read(A, "r3");
    read(A, "r4");
    write(A, "w5");
    assertThat(started).containsExactly("w1", "w2");

    order.finished(A);
    assertThat(started).containsExactly("w1", "w2");
    order.finished(A);
    assertThat(started).containsExactly("w1", "w2", "r3", "r4");
    read(A, "r6"); // not past the write that waits
    order.finished(A);
    order.finished(A);
    assertThat(started).containsExactly("w1", "w2", "r3", "r4", "w5");
    order.finished(A);
    order.finished(A);

    assertThat(started).containsExactly("w1", "w2", "r3", "r4", "w5", "r6");
    assertThat(order.size()).isZero();
  }

  @Test
  void whatGoesAloneWaitsForAllBeforeItAndIsWaitedForByAllBehindIt() {
    write(A, "w1");
    order.submit(A, Kind.ALONE, () -> started.add("a2"));
    order.submit(A, Kind.ALONE, () -> started.add("a3"));
    write(A, "w4");
    write(A, "w5");
    assertThat(started).containsExactly("w1");

    order.finished(A);
    assertThat(started).containsExactly("w1", "a2");
    order.finished(A);
    assertThat(started).containsExactly("w1", "a2", "a3");
    order.finished(A);
    assertThat(started).containsExactly("w1", "a2", "a3", "w4", "w5");
  }

  @Test
  void keysDoNotWaitForEachOther() {
    write(A, "a");
    read(B, "b");

    assertThat(started).containsExactly("a", "b");
    assertThat(order.size()).isEqualTo(2);
  }

  @Test
  void whatIsNotWantedAnyMoreIsPassedOver() {
    write(A, "w1");
    for (int i = 0; i < 10_000; i++) {
      order.submit(A, i % 2 == 0 ? Kind.READ : Kind.WRITE, () -> false);
    }
    read(A, "last");

    order.finished(A);

    assertThat(started).containsExactly("w1", "last");
    order.finished(A);
    order.submit(A, Kind.READ, () -> false);
    assertThat(order.size()).isZero();
  }
}
