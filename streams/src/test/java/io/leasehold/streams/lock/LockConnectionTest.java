package io.leasehold.streams.lock;

import static io.leasehold.streams.lock.ConnectionBench.LONG;
import static io.leasehold.streams.lock.ConnectionBench.rules;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.streams.lock.ConnectionBench.Peer;
import java.nio.file.Path;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a connection does with peers that are slow, silent, or do not read. */
class LockConnectionTest {
  private static final Duration SHORT = Duration.ofMillis(200);
  private static final String PING = "{\"action\":\"ping\"}\n";
  private static final String PONG =
      "{\"success\":true,\"version\":\"1.0.0\",\"protocol\":1,\"node\":\"here:1\","
          + "\"durability\":\"memory\"}";
  private static final String LINE_TIMEOUT =
      "{\"success\":false,\"error\":\"line_timeout: line not completed within %d s\","
          + "\"code\":\"line_timeout\"}";

  @TempDir static Path dir;
  private static ConnectionBench bench;

  @BeforeAll
  static void start() throws Exception {
    bench = new ConnectionBench(dir);
  }

  @AfterAll
  static void stop() {
    bench.close();
  }

  private static String acquire(String key, String more) {
    return "{\"action\":\"acquire\",\"key\":\"" + key + "\",\"ttl\":3600" + more + "}\n";
  }

  @Test
  void halfALineAndThenSilenceIsToldAndClosedAndSilenceAloneIsNot() {
    Peer silent = bench.connect(rules(LONG, SHORT, LONG));
    Peer half = bench.connect(rules(LONG, SHORT, LONG));
    half.send(PING + "{\"action\":");

    assertThat(half.line()).isEqualTo(PONG);
    assertThat(half.line()).isEqualTo(String.format(LINE_TIMEOUT, 0));
    half.reads().expectComplete();
    half.sends().expectCancellation();
    silent.send(PING);
    assertThat(silent.line()).isEqualTo(PONG);
  }

  @Test
  void aLineThatComesInDropsIsTimedFromItsFirstByte() {
    Peer holder = bench.connect(rules(LONG, LONG, LONG));
    holder.send(acquire("drops", ""));
    assertThat(holder.line()).contains("\"success\":true");
    Peer drops = bench.connect(rules(Duration.ofSeconds(1), LONG, LONG));
    // the timer of the wait will look at the line too
    drops.send(acquire("drops", ",\"wait_ms\":500,\"id\":1") + PING + "{");
    assertThat(drops.line()).isEqualTo(PONG); // all of that has been taken
    bench.clock.advance(LONG.minusSeconds(1));
    drops.send("\"action\":");

    bench.clock.advance(Duration.ofSeconds(1));

    assertThat(drops.line()).contains("\"success\":false");
    assertThat(drops.line()).isEqualTo(String.format(LINE_TIMEOUT, 60));
    drops.reads().expectComplete();
  }

  @Test
  void halfAnHttpRequestIsToldAndClosed() {
    Peer half = bench.connect(rules(LONG, SHORT, LONG));
    half.send("POST / HTTP/1.1\r\nContent-Length: 10\r\n\r\n{");

    assertThat(half.line()).isEqualTo("HTTP/1.1 408 Request Timeout\r");
    while (!half.line().contains("line_timeout")) {
      // headers
    }
    half.reads().expectComplete();
  }

  @Test
  void aLineIsTimedThoughALongerTimerRuns() {
    Peer patient = bench.connect(rules(Duration.ofHours(1), SHORT, LONG));
    patient.send(acquire("longer", ""));
    assertThat(patient.line()).contains("\"success\":true"); // its timer runs on

    patient.send("{");

    assertThat(patient.line()).contains("line_timeout");
    patient.reads().expectComplete();
  }

  @Test
  void aPeerThatReadsNothingIsCutOff() {
    Peer deaf = bench.connect(rules(LONG, LONG, SHORT));
    deaf.reads().request(1);
    deaf.send(PING);
    deaf.reads().expectNext();

    deaf.send(PING); // nobody asks for its answer

    Throwable cause = deaf.reads().expectError();
    assertThat(cause).hasMessageContaining("bytes of answers were not read");
    deaf.sends().expectCancellation();
  }

  /** A connection may rest for hours: its peer is not to be cut off at the first full buffer. */
  @Test
  void aPeerThatRestedAndThenReadsSlowlyIsNotCutOff() {
    Peer rested = bench.connect(rules(LONG, LONG, LONG));
    rested.reads().request(2);
    rested.send(PING);
    rested.reads().expectNext();
    bench.clock.advance(LONG.multipliedBy(10));

    rested.send(PING); // leaves at once
    rested.reads().expectNext();
    rested.send(PING); // stays
    Peer cutOff = bench.connect(rules(LONG, LONG, SHORT));
    cutOff.reads().request(1);
    cutOff.send(PING);
    cutOff.reads().expectNext();
    cutOff.send(PING);
    cutOff.reads().expectError(); // by now every timer that was due has fired

    assertThat(rested.line()).isEqualTo(PONG);
    rested.sends().sendComplete();
    rested.reads().expectComplete();
  }

  @Test
  void aConnectionIsNotReadWhileAThousandRequestsAreUnanswered() {
    Peer holder = bench.connect(rules(LONG, LONG, LONG));
    holder.send(acquire("many", ""));
    assertThat(holder.line()).contains("\"success\":true");
    Peer many = bench.connect(rules(LONG, LONG, LONG));

    // without an id they are answered in order, so they count
    many.send(acquire("many", ",\"wait_ms\":60000").repeat(2_000));

    Awaitility.await()
        .untilAsserted(
            () -> {
              holder.send("{\"action\":\"inspect\",\"key\":\"many\"}\n");
              assertThat(holder.line()).endsWith("\"waiters_total\":1024}");
            });
    assertThat(chunksTakenOf(many)).isLessThanOrEqualTo(2);
    many.reads().cancel();
  }

  @Test
  void anHttpClientThatSendsOnWhileItsRequestWaitsIsNotReadWithoutBound() {
    Peer holder = bench.connect(rules(LONG, LONG, LONG));
    holder.send(acquire("http", ""));
    assertThat(holder.line()).contains("\"success\":true");
    Peer eager = bench.connect(rules(LONG, LONG, LONG));
    String body = acquire("http", ",\"wait_ms\":60000");

    eager.send("POST / HTTP/1.1\r\nContent-Length: " + body.length() + "\r\n\r\n" + body);

    assertThat(chunksTakenOf(eager)).isBetween(1, 4);
    holder.send("{\"action\":\"release\",\"key\":\"http\"}\n");
    assertThat(holder.line()).isEqualTo("{\"success\":true}");
    assertThat(eager.line()).isEqualTo("HTTP/1.1 200 OK\r");
  }

  /** How many chunks of 64 KiB are taken before nobody asks for more, at most 100. */
  private static int chunksTakenOf(Peer peer) {
    String chunk = "x".repeat(64 * 1_024);
    for (int taken = 0; taken < 100; taken++) {
      try {
        peer.send(chunk);
      } catch (AssertionError e) {
        return taken;
      }
    }
    return 100;
  }

  @Test
  void pagesThatNobodyReadsAreFew() {
    Peer holder = bench.connect(rules(LONG, LONG, LONG));
    for (int i = 0; i < 300; i++) {
      holder.send(acquire("page" + i + "x".repeat(1_900), ""));
      assertThat(holder.line()).contains("\"success\":true");
    }
    Peer deaf = bench.connect(rules(LONG, LONG, LONG));
    deaf.reads().request(1);
    String list = "{\"action\":\"list\",\"prefix\":\"page\",\"limit\":1000}\n";

    deaf.send(list.repeat(500));

    int page = deaf.reads().expectNext().size();
    assertThat(page).isGreaterThan(500_000);
    assertThat(chunksTakenOf(deaf)).isLessThanOrEqualTo(2);
    // what has been answered meanwhile leaves as one chunk
    deaf.reads().request(1);
    assertThat(deaf.reads().expectNext().size()).isLessThanOrEqualTo(8 * page);
    deaf.reads().cancel();
  }
}
