package io.leasehold.app.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.util.ContextInitializer;
import io.leasehold.config.log.LogFormat;
import io.leasehold.config.log.LogLevel;
import io.leasehold.config.log.LogSettings;
import io.leasehold.config.log.LoggedRequests;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

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
}
