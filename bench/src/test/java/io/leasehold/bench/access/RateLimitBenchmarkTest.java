package io.leasehold.bench.access;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RateLimitBenchmarkTest {
  @Test
  void whatIsMeasuredIsAdmittedAtOnce() {
    var benchmark = new RateLimitBenchmark();
    var node = new RateLimitBenchmark.Node();
    try {
      node.fill();
      var turn = new RateLimitBenchmark.Turn();
      for (int i = 0; i < 5_000; i++) {
        assertThat(benchmark.take(node, turn).toCompletableFuture().join().admitted()).isTrue();
      }
    } finally {
      node.stop();
    }
  }
}
