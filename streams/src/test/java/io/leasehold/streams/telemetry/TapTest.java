package io.leasehold.streams.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.config.telemetry.TelemetrySettings;
import io.leasehold.domain.telemetry.MessageReader;
import io.leasehold.domain.telemetry.TapFilter;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TapTest {
  private static final TapFilter ALL = new TapFilter("", Set.of(), null, "");

  private final HandClock clock = new HandClock();
  private final Tap tap = new Tap(settings(2, 3), clock);

  private static TelemetrySettings.Tap settings(int clients, int rate) {
    return new TelemetrySettings.Tap(List.of("secret"), clients, rate);
  }

  private void accept(String src, String ctx) {
    byte[] line =
        ("{\"v\":1, \"src\":\""
                + src
                + "\",\"ts\":1000,\"type\":\"event\",\"data\":{\"level\":\"info\",\"msg\":\"m\",\"ctx\":"
                + ctx
                + "}}")
            .getBytes(UTF_8);
    var reader = new MessageReader();
    assertThat(reader.read(line, 0, line.length, true, 1_000, new MessageReader.Window(0, 0)))
        .isNull();
    tap.sessions().forEach(each -> each.seen(src, reader, line, 0, line.length));
  }

  @Test
  void messagesAreShownWithoutTheirSecrets() {
    var feed = tap.open(ALL, Long.MAX_VALUE);

    accept("a", "{\"secret\":\"s\",\"x\":1}");

    assertThat(feed.take().messages())
        .containsExactly(
            "{\"v\":1,\"src\":\"a\",\"ts\":1000,\"type\":\"event\",\"data\":{\"level\":\"info\","
                + "\"msg\":\"m\",\"ctx\":{\"secret\":\"***\",\"x\":1}}}");
    assertThat(feed.take().messages()).isEmpty();
  }

  @Test
  void whatIsOverTheRateIsSkippedAndCountedUntilTheNextSecond() {
    var feed = tap.open(ALL, Long.MAX_VALUE);
    for (int i = 0; i < 5; i++) {
      accept("a", "{}");
    }

    var seen = feed.take();

    assertThat(seen.messages()).hasSize(3);
    assertThat(seen.skipped()).isEqualTo(2);
    assertThat(feed.take().skipped()).isZero();
    assertThat(tap.skippedMessages()).isEqualTo(2);
    clock.advance(Duration.ofSeconds(1));
    accept("a", "{}");
    assertThat(feed.take().messages()).hasSize(1);
  }

  @Test
  void whoeverDoesNotReadHoldsAMebibyteAtMost() {
    tap.settings(settings(2, 1_000_000));
    var feed = tap.open(ALL, Long.MAX_VALUE);
    String ctx = "{\"x\":\"" + "y".repeat(50_000) + "\"}";
    for (int i = 0; i < 100; i++) {
      accept("a", ctx);
    }

    var seen = feed.take();

    assertThat(seen.messages()).hasSize(TapSession.MAX_BYTES / 50_092);
    assertThat(seen.skipped()).isEqualTo(100 - seen.messages().size());
    accept("a", ctx);
    assertThat(feed.take().messages()).as("there is room again").hasSize(1);
  }

  @Test
  void placesAreCountedAndComeBack() {
    var one = tap.open(ALL, Long.MAX_VALUE);
    var other = tap.open(new TapFilter("b", Set.of(), null, ""), Long.MAX_VALUE);

    assertThat(tap.hasPlace()).isFalse();
    assertThat(tap.open(ALL, 1)).isNull();
    accept("a", "{}");
    assertThat(one.take().messages()).hasSize(1);
    assertThat(other.take().messages()).isEmpty();
    assertThat(other.take().skipped()).isZero();

    one.close();
    one.close();

    assertThat(tap.sessions()).containsExactly(other);
    assertThat(tap.hasPlace()).isTrue();
  }

  @Test
  void aLimitEndsItAndNothingIsSkippedForIt() {
    var feed = tap.open(ALL, 2);
    for (int i = 0; i < 4; i++) {
      accept("a", "{}");
    }

    var seen = feed.take();

    assertThat(seen.messages()).hasSize(2);
    assertThat(seen.skipped()).isZero();
    assertThat(seen.last()).isTrue();
  }

  @Test
  void otherSettingsCountForWhoWatchesAlready() {
    var feed = tap.open(ALL, Long.MAX_VALUE);

    tap.settings(new TelemetrySettings.Tap(List.of("x"), 1, 1));
    accept("a", "{\"secret\":\"s\",\"x\":1}");
    accept("a", "{}");

    var seen = feed.take();
    assertThat(seen.messages()).hasSize(1);
    assertThat(seen.messages().get(0)).contains("\"secret\":\"s\",\"x\":\"***\"");
    assertThat(seen.skipped()).isEqualTo(1);
  }
}
