package io.leasehold.config.value;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class PortTest {
  @Test
  void offAutoAndFixed() {
    assertThat(Port.OFF.isOff()).isTrue();
    assertThat(Port.AUTO.isAuto()).isTrue();
    assertThat(Port.AUTO.bindNumber()).isZero();
    assertThat(Port.AUTO).hasToString("auto");
    assertThat(new Port(65_535).bindNumber()).isEqualTo(65_535);
    assertThat(new Port(1).isFixed()).isTrue();
    assertThat(new Port(1)).hasToString("1");
  }

  @Test
  void aDoorThatIsOffIsNeverBound() {
    assertThatThrownBy(Port.OFF::bindNumber)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("port = 0: the door is off, there is nothing to bind");
  }

  @Test
  void otherNumbersAreRefused() {
    assertThatThrownBy(() -> new Port(65_536))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("port = 65536: must be 0 (off), auto or 1..65535");
  }
}
