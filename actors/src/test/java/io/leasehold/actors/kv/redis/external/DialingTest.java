package io.leasehold.actors.kv.redis.external;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How long one waits between tries, and why one does not try at all. */
class DialingTest {
  private static Duration pause(int number, double random) {
    return new Dialing(null, 10, Duration.ofSeconds(1), () -> random).pause(number);
  }

  @Test
  void waitsDoubleAndLieBetweenAHalfAndTheWhole() {
    assertThat(pause(1, 0)).isEqualTo(Duration.ofMillis(500));
    assertThat(pause(1, 1)).isEqualTo(Duration.ofSeconds(1));
    assertThat(pause(2, 0)).isEqualTo(Duration.ofSeconds(1));
    assertThat(pause(2, 1)).isEqualTo(Duration.ofSeconds(2));
    assertThat(pause(6, 1)).isEqualTo(Duration.ofSeconds(30)); // never more
    assertThat(pause(9, 0)).isEqualTo(Duration.ofSeconds(15));
  }

  @Test
  void thisMachineHasManyAddresses() throws Exception {
    var networks = new Networks(List.of(), List.of(), false);
    for (String address :
        List.of("127.0.0.1", "127.9.9.9", "0.0.0.0", "::1", "::", "::ffff:7f00:1")) {
      assertThat(networks.whyNot(InetAddress.getByName(address))).as(address).isNotNull();
    }
    assertThat(networks.whyNot(InetAddress.getByName("10.0.0.1"))).isNull();
    assertThat(networks.whyNot(InetAddress.getByName("fd00::1"))).isNull();
  }
}
