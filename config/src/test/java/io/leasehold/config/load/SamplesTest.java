package io.leasehold.config.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.config.access.Scope;
import io.leasehold.config.log.LogFormat;
import io.leasehold.config.value.Port;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class SamplesTest {
  @Test
  void leaseholdConf() {
    var loaded = load("leasehold.conf");

    var settings = loaded.settings();
    assertThat(settings.dataDir()).isEqualTo(Path.of("/var/lib/leasehold"));
    assertThat(settings.lock().maxConnections()).isEqualTo(50_000);
    assertThat(settings.lock().maxConnectionsPerAddress()).isEqualTo(500);
    assertThat(settings.lock().idleTimeout()).isEqualTo(Duration.ofMinutes(15));
    assertThat(settings.lock().limits().maxLocks()).isEqualTo(250_000);
    assertThat(settings.log().format()).isEqualTo(LogFormat.JSON);
    assertThat(settings.access().keys()).hasSize(2);
    assertThat(settings.access().keys().get(1).opens(Scope.MONITOR_READ)).isTrue();
    assertThat(settings.access().keys().get(1).opens(Scope.LOCK_USE)).isFalse();
    assertThat(loaded.warnings()).isEmpty();
    assertThat(loaded.infos()).isEmpty();
  }

  @Test
  void flat() {
    var loaded = load("ttlsemlock-flat.json");

    assertThat(loaded.settings().lock().maxConnections()).isEqualTo(1000);
    assertThat(loaded.settings().lock().idleTimeout()).isEqualTo(Duration.ofMinutes(5));
    assertThat(loaded.settings().monitor().debugPort()).isEqualTo(Port.OFF);
    assertThat(loaded.warnings()).isEmpty();
    assertThat(loaded.infos()).isEmpty();
  }

  @Test
  void nested() {
    var loaded = load("ttlsemlock-nested.json");

    assertThat(loaded.settings().lock().limits().maxMemoryMb()).isEqualTo(1024);
    assertThat(loaded.settings().lock().retry().backoffMultiplier()).isEqualTo(1.5);
    assertThat(loaded.warnings()).hasSize(3); // all doors of 0.0.0.0 are open
    assertThat(loaded.infos()).hasSize(4);
  }

  @Test
  void security() {
    var loaded = load("ttlsemlock-security.json");

    assertThat(loaded.settings().lock().authRequired()).isTrue();
    assertThat(loaded.settings().lock().apiKeys()).hasSize(2);
    assertThat(loaded.settings().lock().adminApiKeys()).hasSize(1);
    assertThat(loaded.warnings()).isEmpty();
    assertThat(loaded.infos()).hasSize(2);
  }

  private static Loaded load(String name) {
    return SettingsLoader.load(Sources.ofFile(Path.of("samples").resolve(name)));
  }
}
