package io.leasehold.app;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MainTest {

  @Test
  void aCommandThatEndsByAnErrorEndsTheProcess() {
    int code =
        Main.guarded(
            () -> {
              throw new NoClassDefFoundError("a test");
            });

    assertThat(code).isEqualTo(1);
    assertThat(Main.guarded(() -> 7)).isEqualTo(7);
  }
}
