package io.leasehold.actors.socket;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LoopShareTest {
  private static final int[] CORES = {1, 2, 3, 4, 8, 31, 32, 64, 256};

  @Test
  void moreCoresHaveMoreLoopsUpToABound() {
    assertThat(IntStream.of(CORES).map(LoopShare.BYTES::loops))
        .containsExactly(1, 1, 1, 1, 2, 7, 8, 8, 8);
    assertThat(IntStream.of(CORES).map(LoopShare.ROUTES::loops))
        .containsExactly(1, 1, 1, 2, 4, 15, 16, 16, 16);
  }

  @Test
  void thisMachineHasOneAtLeast() {
    for (LoopShare each : LoopShare.values()) {
      assertThat(each.loops()).isPositive();
    }
  }
}
