package io.leasehold.streams.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.leasehold.domain.telemetry.DropReason;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.LoggerFactory;

class RejectionLogTest {
  private final Logger logger = (Logger) LoggerFactory.getLogger("leasehold.telemetry");
  private final ListAppender<ILoggingEvent> lines = new ListAppender<>();
  private final HandClock clock = new HandClock();
  private final RejectionLog log = new RejectionLog(clock);

  @BeforeEach
  void listen() {
    lines.start();
    logger.addAppender(lines);
  }

  @AfterEach
  void stop() {
    logger.detachAppender(lines);
  }

  private void reject(DropReason reason, String line) {
    reject(reason, false, line);
  }

  private void reject(DropReason reason, boolean greets, String line) {
    byte[] bytes = line.getBytes(UTF_8);
    log.rejected(reason, greets, bytes, 0, bytes.length);
  }

  private List<String> warnings() {
    return lines.list.stream()
        .filter(each -> each.getLevel().toString().equals("WARN"))
        .map(ILoggingEvent::getFormattedMessage)
        .toList();
  }

  @Test
  void oneLineASecondSaysHowManyThereWere() {
    reject(DropReason.BAD_JSON, "x".repeat(300));
    reject(DropReason.BAD_JSON, "2");
    clock.advance(Duration.ofSeconds(1));
    reject(DropReason.NOT_OBJECT, "3");

    assertThat(warnings())
        .containsExactly(
            "line dropped: bad_json, 1 since the last of these lines: " + "x".repeat(100),
            "line dropped: not_object, 2 since the last of these lines: 3");
  }

  @Test
  void whatAHelloHoldsIsNotShown() {
    reject(
        DropReason.UNEXPECTED_HELLO,
        true,
        "{\"type\":\"hello\",\"data\":{\"t\\u006fken\":\"hunter2\"}}");

    assertThat(lines.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .singleElement()
        .asString()
        .contains("unexpected_hello")
        .doesNotContain("hunter2");
  }

  @ParameterizedTest
  @EnumSource(
      value = DropReason.class,
      names = {"BAD_JSON", "BAD_UTF8", "UNKNOWN_KEY", "MISSING_FIELD", "NOT_OBJECT"})
  void aLineThatNamesATokenIsNotShownWhateverItsFault(DropReason reason) {
    reject(
        reason, "{\"v\":1,\"data\":{\"pass\":\"hunter2\",\"Token\":\"hunter2\"" + " ".repeat(200));
    clock.advance(Duration.ofSeconds(1));
    reject(reason, "{\"type\":\"hello\",\"token\":\"hunter2");

    assertThat(lines.list)
        .hasSize(2)
        .extracting(ILoggingEvent::getFormattedMessage)
        .allSatisfy(each -> assertThat(each).contains(reason.wire()).doesNotContain("hunter2"));
  }
}
