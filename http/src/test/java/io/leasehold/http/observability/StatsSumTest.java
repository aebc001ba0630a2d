package io.leasehold.http.observability;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.actors.health.EveryNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class StatsSumTest {
  private static String node(int factor, long locksLimit, double reuseRate) {
    return String.format(
        java.util.Locale.ROOT,
        "{\"active_locks\":%1$d,\"total_requests\":%2$d,"
            + "\"pool_stats\":{\"idle\":%1$d,\"active\":%2$d,\"total\":%3$d},"
            + "\"waiters\":%1$d,\"acquire_requests\":%2$d,\"release_requests\":%1$d,"
            + "\"refused\":%2$d,\"errors\":%1$d,"
            + "\"rejected\":{\"max_locks_reached\":%1$d,\"memory_limit_reached\":%2$d},"
            + "\"memory\":{\"used_bytes\":%1$d,\"limit_bytes\":%2$d},\"locks_limit\":%4$d,"
            + "\"connection_reuse_rate\":%5$f,\"uptime_seconds\":%1$d,"
            + "\"timestamp\":\"t\",\"node\":\"n\"}",
        factor,
        10 * factor,
        11 * factor,
        locksLimit,
        reuseRate);
  }

  @Test
  void everythingAddsUpButRatesAndTimes() {
    var gathered =
        new EveryNode.Gathered(
            new TreeMap<>(Map.of("a:1", node(1, 100, 100), "b:1", node(3, 50, 20))),
            List.of("c:1"));

    assertThat(StatsSum.of(gathered).toString())
        .isEqualTo(
            "{\"active_locks\":4,\"total_requests\":40,"
                + "\"pool_stats\":{\"idle\":4,\"active\":40,\"total\":44},"
                + "\"waiters\":4,\"acquire_requests\":40,\"release_requests\":4,"
                + "\"refused\":40,\"errors\":4,"
                + "\"rejected\":{\"max_locks_reached\":4,\"memory_limit_reached\":40},"
                + "\"memory\":{\"used_bytes\":4,\"limit_bytes\":40},\"locks_limit\":150,"
                + "\"connection_reuse_rate\":40.0,\"uptime_seconds\":3,"
                + "\"nodes\":2,\"nodes_missing\":[\"c:1\"]}");
  }

  @Test
  void aNodeWithoutALimitMakesTheSumUnlimited() {
    var gathered =
        new EveryNode.Gathered(
            new TreeMap<>(Map.of("a:1", node(1, 0, 100), "b:1", node(1, 50, 100))), List.of());

    assertThat(StatsSum.of(gathered).path("locks_limit").longValue()).isZero();
  }
}
