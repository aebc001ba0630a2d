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
import io.leasehold.domain.telemetry.MessageReader;
import io.leasehold.domain.telemetry.OwnEvents;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.ArrayList;
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
    context.putProperty("a", "b"); // until one is put, events keep those from before the reset
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

  @Test
  void locksAndTheStoreAreToldToTelemetryAndTelemetryIsNot() throws Exception {
    List<String> lines = new ArrayList<>();
    List<Boolean> asked = new ArrayList<>();
    var events =
        new OwnEvents() {
          @Override
          public boolean wants(boolean warning) {
            asked.add(warning);
            return warning;
          }

          @Override
          public void offer(byte[] line) {
            lines.add(new String(line, StandardCharsets.UTF_8));
          }
        };
    context.getLogger("leasehold").setLevel(Level.INFO);
    context.putProperty(Logging.NODE, "127.0.0.1:25520");
    Runnable hush = Logging.tell(events);

    var lock = LoggerFactory.getLogger("leasehold.lock");
    lock.atWarn().addKeyValue("count", 9).log("low\n\"{}\"", "x".repeat(3_000));
    lock.info("not a warning");
    LoggerFactory.getLogger("io.leasehold.actors.kv.KvShard")
        .error("half \ud83d", new IllegalStateException("why"));
    LoggerFactory.getLogger("leasehold.telemetry").warn("line dropped");
    LoggerFactory.getLogger("leasehold.alerts").warn("LeaseholdTelemetryDropping");
    LoggerFactory.getLogger("io.leasehold.streams.telemetry.backend.FileBackend").warn("x");
    hush.run();
    lock.warn("after the end");

    assertThat(asked).containsExactly(true, false, true);
    var mapper = new ObjectMapper();
    var first = mapper.readTree(lines.get(0));
    assertThat(first.get("src").asText()).isEqualTo("leasehold");
    assertThat(first.at("/data/level").asText()).isEqualTo("warn");
    assertThat(first.at("/data/msg").asText()).startsWith("low\n\"x").hasSize(2_003);
    assertThat(first.at("/data/ctx").toString())
        .isEqualTo("{\"logger\":\"leasehold.lock\",\"node\":\"127.0.0.1:25520\",\"count\":\"9\"}");
    var second = mapper.readTree(lines.get(1));
    assertThat(second.at("/data/msg").asText()).isEqualTo("half ?");
    assertThat(second.at("/data/ctx/error").asText())
        .isEqualTo("java.lang.IllegalStateException: why");
    for (String each : lines) {
      byte[] line = each.getBytes(StandardCharsets.UTF_8);
      long now = mapper.readTree(each).get("ts").longValue();
      assertThat(
              new MessageReader()
                  .read(line, 0, line.length, false, now, new MessageReader.Window(0, 0)))
          .isNull();
    }
  }
}
