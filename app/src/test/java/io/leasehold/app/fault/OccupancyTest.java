package io.leasehold.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class OccupancyTest {
  private final Occupancy occupancy =
      new Occupancy(
          List.of(
              new Occupancy.Stretch(10, 20, 1),
              new Occupancy.Stretch(15, 30, 2),
              new Occupancy.Stretch(30, 40, 1),
              new Occupancy.Stretch(50, 50, 9)));

  @Test
  void theHighestLevelCountsBothEnds() {
    assertThat(occupancy.highest(0, 9)).isZero();
    assertThat(occupancy.highest(0, 10)).isEqualTo(1);
    assertThat(occupancy.highest(12, 15)).isEqualTo(3);
    assertThat(occupancy.highest(20, 29)).isEqualTo(2);
    assertThat(occupancy.highest(25, 35)).isEqualTo(2);
    assertThat(occupancy.highest(40, 60)).isZero();
  }

  @Test
  void aHandOverLeavesNoGap() {
    assertThat(occupancy.notAbove(0))
        .containsExactly(
            new Occupancy.Stretch(0, 10, 0), new Occupancy.Stretch(40, Long.MAX_VALUE, 0));
  }

  @Test
  void stretchesGoOnWhereTheLevelStaysBelow() {
    assertThat(occupancy.notAbove(1))
        .containsExactly(
            new Occupancy.Stretch(0, 15, 1), new Occupancy.Stretch(30, Long.MAX_VALUE, 1));
  }
}
