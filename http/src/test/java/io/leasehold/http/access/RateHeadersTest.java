package io.leasehold.http.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.access.RateDecision;
import io.leasehold.domain.access.RatePolicy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is kept of one answer for the next must not stand where it is not true any more. */
class RateHeadersTest {
  private final HandClock clock = new HandClock(1_790_000_000_000L);
  private final RateHeaders headers = new RateHeaders("key", clock);

  private List<String> lines(RateDecision decision) {
    var lines = new ArrayList<String>();
    headers.of(decision).forEach(header -> lines.add(header.name() + ": " + header.value()));
    return lines;
  }

  @Test
  void everyAnswerHasTheFiguresOfItsOwnDecision() {
    long now = clock.wallMillis() / 1_000;
    var small = new RatePolicy(10, 25);
    var large = new RatePolicy(100, 100);

    assertThat(lines(RateDecision.admitted(small, 5)))
        .containsExactly(
            "RateLimit-Policy: \"key\";q=25;w=3",
            "RateLimit: \"key\";r=5;t=2",
            "X-RateLimit-Limit: 25",
            "X-RateLimit-Remaining: 5",
            "X-RateLimit-Reset: " + (now + 2));
    assertThat(lines(RateDecision.admitted(large, 0)))
        .containsExactly(
            "RateLimit-Policy: \"key\";q=100;w=1",
            "RateLimit: \"key\";r=0;t=1",
            "X-RateLimit-Limit: 100",
            "X-RateLimit-Remaining: 0",
            "X-RateLimit-Reset: " + (now + 1));
    clock.advance(Duration.ofSeconds(7));
    assertThat(lines(RateDecision.admitted(small, 5)))
        .containsExactly(
            "RateLimit-Policy: \"key\";q=25;w=3",
            "RateLimit: \"key\";r=5;t=2",
            "X-RateLimit-Limit: 25",
            "X-RateLimit-Remaining: 5",
            "X-RateLimit-Reset: " + (now + 9));
  }

  @Test
  void aHeaderIsFoundByItsNameInAnyCase() {
    var header = headers.of(RateDecision.admitted(new RatePolicy(1, 1), 1)).get(0);

    assertThat(header.name()).isEqualTo("RateLimit-Policy");
    assertThat(header.is("ratelimit-policy")).isTrue();
    assertThat(header.renderInResponses()).isTrue();
    assertThat(header.renderInRequests()).isFalse();
  }
}
