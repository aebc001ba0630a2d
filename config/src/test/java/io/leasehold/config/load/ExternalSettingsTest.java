package io.leasehold.config.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Settings of external instances, by the names that other gateways made known too. */
class ExternalSettingsTest {
  private static final String KEY =
      Base64.getEncoder().encodeToString("0123456789abcdef0123456789abcdef".getBytes());

  @Test
  void theEnvironmentOfOtherGatewaysIsRead() {
    var environment =
        Map.of(
            "MAX_RETRY_ATTEMPTS",
            "5",
            "RETRY_DELAY_MS",
            "250",
            "HEALTH_CHECK_INTERVAL",
            "45",
            "GATEWAY_ENCRYPTION_KEY",
            "a:" + KEY);

    var external =
        SettingsLoader.load(new Sources(null, environment, List.of(), null))
            .settings()
            .gateway()
            .external();

    assertThat(external.maxRetryAttempts()).isEqualTo(5);
    assertThat(external.retryDelay()).isEqualTo(Duration.ofMillis(250));
    assertThat(external.healthCheckInterval()).isEqualTo(Duration.ofSeconds(45));
    assertThat(external.encryptionKeys()).hasSize(1);
    assertThat(external.toString()).doesNotContain(KEY);
    var withUnit = Map.of("HEALTH_CHECK_INTERVAL", "30s");
    assertThat(
            SettingsLoader.load(new Sources(null, withUnit, List.of(), null))
                .settings()
                .gateway()
                .external()
                .healthCheckInterval())
        .isEqualTo(Duration.ofSeconds(30));
  }

  @Test
  void whatIsWrongIsSaidAndNoKeyShown() {
    assertThat(Problems.ofSets("gateway.encryption-keys=[\"a:hidden\"]"))
        .hasSize(1)
        .first()
        .asString()
        .startsWith("gateway.encryption-keys = ")
        .contains("the base64 of 32 bytes")
        .doesNotContain("hidden");
    assertThat(Problems.ofSets("gateway.encryption-keys=[\"a:" + KEY + "\", \"a:" + KEY + "\"]"))
        .hasSize(1)
        .first()
        .asString()
        .contains("each must have an id of its own")
        .doesNotContain(KEY);
    assertThat(Problems.ofSets("gateway.external.deny-networks=[\"localhost\"]"))
        .hasSize(1)
        .first()
        .asString()
        .contains("must be a network such as 10.0.0.0/8");
    assertThat(Problems.ofSets("gateway.external.connections=1"))
        .hasSize(1)
        .first()
        .asString()
        .contains("must be 2..1000");
  }
}
