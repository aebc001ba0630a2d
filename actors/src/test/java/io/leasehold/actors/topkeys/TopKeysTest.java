package io.leasehold.actors.topkeys;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TopKeysTest {
  private final AtomicLong nanos = new AtomicLong();
  private final TopKeys keys =
      new TopKeys(
          new Clock() {
            @Override
            public long nanos() {
              return nanos.get();
            }

            @Override
            public long wallMillis() {
              return nanos.get() / 1_000_000;
            }
          });

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void countsOfASkewedLoadAreRightWithinTheirError() {
    var exact = new HashMap<String, Long>();
    var load = new ArrayList<String>();
    for (int i = 1; i <= 20_000; i++) { // far more keys than there is room for
      String key = "key-" + i;
      exact.put(key, 20_000L / i);
      load.addAll(Collections.nCopies(20_000 / i, key));
    }
    Collections.shuffle(load, new Random(11));
    for (String key : load) {
      keys.seen(key);
      pass(Duration.ofMillis(1)); // slow enough for all to be recorded
    }

    TopKeys.Picture picture = keys.picture(10);

    assertThat(picture.sampling()).isEqualTo(1);
    assertThat(picture.recorded()).isEqualTo(load.size());
    assertThat(picture.keys()).hasSize(10);
    for (TopKeys.Top top : picture.keys()) {
      assertThat(top.error()).isLessThanOrEqualTo(picture.maxError());
      assertThat(top.count())
          .isBetween(exact.get(top.key()) - top.error(), exact.get(top.key()) + top.error());
    }
    assertThat(picture.keys().get(0).key()).isEqualTo("key-1");
  }

  @Test
  void aKeyOfTheStoreCountsByItsText() {
    keys.seen(Bytes.utf8("caf\u00e9"));
    keys.seen("caf\u00e9");
    assertThat(keys.picture(5).keys()).containsExactly(new TopKeys.Top("caf\u00e9", 2, 0, 100.0));
  }

  @Test
  void ofManyRequestsASecondAPartIsRecordedWithItsWeight() {
    for (int i = 0; i < 80_000; i++) {
      keys.seen("k");
    }
    TopKeys.Picture picture = keys.picture(1);
    assertThat(picture.sampling()).isGreaterThan(1);
    assertThat(picture.keys().get(0).count()).isBetween(70_000L, 90_000L);
  }

  @Test
  void whatIsOlderThanTwoWindowsIsForgotten() {
    keys.seen("old");
    pass(Duration.ofMinutes(5));
    keys.seen("new");
    assertThat(keys.picture(5).keys()).extracting(TopKeys.Top::key).contains("old", "new");
    pass(Duration.ofMinutes(5));
    keys.seen("newest");
    assertThat(keys.picture(5).keys())
        .extracting(TopKeys.Top::key)
        .containsExactlyInAnyOrder("new", "newest");
    assertThat(keys.picture(5).windowSeconds()).isEqualTo(300);
  }
}
