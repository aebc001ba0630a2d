package io.leasehold.app.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.ContextInitializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.leasehold.config.log.LogFormat;
import io.leasehold.config.log.LogLevel;
import io.leasehold.config.log.LogSettings;
import io.leasehold.config.log.LoggedRequests;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import org.slf4j.event.KeyValuePair;

class LoggingTest {
  private final LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();

  @AfterEach
  void asItWas() throws Exception {
    context.reset();
    new ContextInitializer(context).autoConfig();
  }

  @Test
  void loggersThatShowSecretsAreSilentAtAnyLevel() {
    Logging.configureOnStandardError(
        new LogSettings(
            LogLevel.TRACE,
            LogFormat.JSON,
            null,
            LoggedRequests.values()[0],
            Duration.ofSeconds(1)),
        "n1");

    for (String each :
        List.of(
            "org.apache.hc.client5.http.wire",
            "org.apache.hc.client5.http.headers",
            "software.amazon.awssdk.request",
            "software.amazon.awssdk.auth.signer.Aws4Signer",
            "slick.jdbc.JdbcBackend.statement")) {
      assertThat(context.getLogger(each).getEffectiveLevel()).as(each).isEqualTo(Level.WARN);
    }
    assertThat(context.getLogger("leasehold.telemetry").getEffectiveLevel()).isEqualTo(Level.TRACE);
  }

  @Test
  void aFractionStaysOneInJson() throws Exception {
    var event = new LoggingEvent();
    event.setLoggerName("leasehold.alerts");
    event.setThreadName("t");
    event.setLevel(Level.WARN);
    event.setMessage("alert: x");
    event.setKeyValuePairs(
        List.of(
            new KeyValuePair("value", 0.85),
            new KeyValuePair("count", 3),
            new KeyValuePair("limit", Double.POSITIVE_INFINITY)));

    var line = new ObjectMapper().readTree(new LineEncoder(true, "n1").encode(event));

    assertThat(line.get("value").doubleValue()).isEqualTo(0.85);
    assertThat(line.get("count").isIntegralNumber()).isTrue();
    assertThat(line.get("limit").asText()).isEqualTo("Infinity");
  }

  @Test
  void aLineNamesTheNodeByTheAddressItHasGot() throws Exception {
    var encoder = new LineEncoder(true, "127.0.0.1:auto");
    var logger = context.getLogger("leasehold.server");
    var before = new LoggingEvent("", logger, Level.INFO, "x", null, null);
    assertThat(new ObjectMapper().readTree(encoder.encode(before)).get("node").asText())
        .isEqualTo("127.0.0.1:auto");

    Logging.runsAs("127.0.0.1:25520");

    var after = new LoggingEvent("", logger, Level.INFO, "x", null, null);
    assertThat(new ObjectMapper().readTree(encoder.encode(after)).get("node").asText())
        .isEqualTo("127.0.0.1:25520");
  }

  @Test
  void fullFilesOfOneDayAreFourteenAtMost(@TempDir Path dir) throws Exception {
    String today = LocalDate.now(ZoneId.systemDefault()).toString();
    for (int i = 0; i < 20; i++) {
      try (var full =
          new RandomAccessFile(dir.resolve("a.log." + today + '.' + i).toFile(), "rw")) {
        full.setLength(100L << 20); // takes no room
      }
    }

    Logging.configure(
        new LogSettings(
            LogLevel.INFO,
            LogFormat.TEXT,
            dir.resolve("a.log"),
            LoggedRequests.values()[0],
            Duration.ofSeconds(1)),
        "n1");

    Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .untilAsserted(
            () -> {
              try (Stream<Path> all = Files.list(dir)) {
                assertThat(all.filter(each -> each.toString().contains(today))).hasSize(14);
              }
            });
  }
}
