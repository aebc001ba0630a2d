package io.leasehold.config;

import io.leasehold.config.access.AccessSettings;
import io.leasehold.config.access.AccountSettings;
import io.leasehold.config.access.GatewaySettings;
import io.leasehold.config.cluster.ClusterSettings;
import io.leasehold.config.cluster.ManagementSettings;
import io.leasehold.config.cluster.RemotingSettings;
import io.leasehold.config.database.DatabaseSettings;
import io.leasehold.config.health.HealthSettings;
import io.leasehold.config.http.DashboardSettings;
import io.leasehold.config.http.HttpSettings;
import io.leasehold.config.kv.KvSettings;
import io.leasehold.config.kv.RespSettings;
import io.leasehold.config.lock.LockSettings;
import io.leasehold.config.log.LogSettings;
import io.leasehold.config.monitor.MetricsSettings;
import io.leasehold.config.monitor.MonitorSettings;
import io.leasehold.config.telemetry.SidecarSettings;
import io.leasehold.config.value.Checks;
import io.leasehold.config.value.Values;
import java.nio.file.Path;

/**
 * Everything a node is configured with. Immutable; prints no secret.
 *
 * @param dataDir absolute
 * @param partitions lock partitions, 1..{@value #MAX_PARTITIONS}
 */
public record Settings(
    Path dataDir,
    Durability durability,
    int partitions,
    LockSettings lock,
    MonitorSettings monitor,
    MetricsSettings metrics,
    HealthSettings health,
    LogSettings log,
    DatabaseSettings database,
    RemotingSettings remoting,
    ClusterSettings cluster,
    ManagementSettings management,
    AccessSettings access,
    HttpSettings http,
    KvSettings kv,
    GatewaySettings gateway,
    AccountSettings accounts,
    RespSettings resp,
    DashboardSettings dashboard,
    SidecarSettings telemetry) {
  /** More partitions make smaller groups per commit; beyond this no cluster gains anything. */
  public static final int MAX_PARTITIONS = 256;

  public Settings {
    Checks.of("")
        .that(dataDir.isAbsolute(), "data-dir", dataDir, "must be absolute here")
        .within("partitions", partitions, 1, MAX_PARTITIONS)
        .done();
  }

  /** Reads every key now; mistakes are noted in {@code values}, not thrown. */
  public static Settings from(Values values) {
    var lock = values.section(LockSettings::from);
    var monitor = values.section(MonitorSettings::from);
    var metrics = values.section(MetricsSettings::from);
    var health = values.section(HealthSettings::from);
    var log = values.section(LogSettings::from);
    var database = values.section(DatabaseSettings::from);
    var remoting = values.section(RemotingSettings::from);
    var cluster = values.section(ClusterSettings::from);
    var management = values.section(ManagementSettings::from);
    var access = values.section(AccessSettings::from);
    var http = values.section(HttpSettings::from);
    var kv = values.section(KvSettings::from);
    var gateway = values.section(GatewaySettings::from);
    var accounts = values.section(AccountSettings::from);
    var resp = values.section(RespSettings::from);
    var dashboard = values.section(DashboardSettings::from);
    var telemetry = values.section(SidecarSettings::from);
    return values.section(
        root ->
            new Settings(
                root.path("data-dir"),
                root.choice("durability", Durability.class),
                root.integer("partitions"),
                lock,
                monitor,
                metrics,
                health,
                log,
                database,
                remoting,
                cluster,
                management,
                access,
                http,
                kv,
                gateway,
                accounts,
                resp,
                dashboard,
                telemetry));
  }
}
