package io.leasehold.app.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.config.load.SettingsLoader;
import io.leasehold.config.load.Sources;
import io.leasehold.domain.access.ApiKeys;
import io.leasehold.http.telemetry.TelemetryRoutes;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KeyRingTest {
  private static final String LOCKS = "l".repeat(32);
  private static final String ALL = "a".repeat(32);

  @Test
  void telemetryIsAdministeredByKeysForEverythingAlone() {
    var sets =
        List.of(
            "access.required=true",
            "access.keys=[{id = locks, key = "
                + LOCKS
                + ", scopes = [\"lock:admin\", \"lock:use\", \"monitor:read\", \"kv:admin\"]},"
                + " {id = all, key = "
                + ALL
                + ", scopes = [\"*\"]}]");
    var loaded = SettingsLoader.load(new Sources(null, Map.of(), sets, null));

    ApiKeys keys = KeyRing.of(loaded.settings());

    assertThat(keys.callerOf(LOCKS, ApiKeys.Right.ADMINISTER_LOCKS)).isNotNull();
    assertThat(keys.callerOf(LOCKS, TelemetryRoutes.ADMINISTER)).isNull();
    assertThat(keys.callerOf(ALL, TelemetryRoutes.ADMINISTER)).isNotNull();
    assertThat(keys.callerOf(ALL))
        .isNotNull()
        .extracting(ApiKeys.Caller::rights)
        .isEqualTo(ApiKeys.allRights());
  }
}
