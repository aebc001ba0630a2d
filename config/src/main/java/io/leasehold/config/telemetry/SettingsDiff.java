package io.leasehold.config.telemetry;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** What is different between two configurations, by the paths an operator knows. */
public final class SettingsDiff {
  private SettingsDiff() {}

  /** Paths of everything that differs; empty if the two are the same. */
  public static List<String> changes(TelemetrySettings before, TelemetrySettings after) {
    List<String> changes = new ArrayList<>();
    note(changes, "tcp", before.tcp(), after.tcp());
    note(changes, "buffers", before.maxQueueSize(), after.maxQueueSize());
    note(changes, "memory", before.memoryTotal(), after.memoryTotal());
    note(changes, "limits", before.limits(), after.limits());
    note(changes, "spool", before.spool(), after.spool());
    note(changes, "correlation", before.correlation(), after.correlation());
    entries(changes, "backends.", before.backends(), after.backends());
    entries(changes, "routing.", before.routing(), after.routing());
    note(changes, "global", before.global(), after.global());
    note(changes, "admin", before.admin(), after.admin());
    note(changes, "hot_reload", before.hotReload(), after.hotReload());
    note(changes, "tap", before.tap(), after.tap());
    note(changes, "internal_events", before.internalEvents(), after.internalEvents());
    note(changes, "auth", before.auth(), after.auth());
    return changes;
  }

  /** Paths of what differs and only counts after a restart. */
  public static List<String> needsRestart(TelemetrySettings before, TelemetrySettings after) {
    List<String> paths = new ArrayList<>();
    note(paths, "tcp.host", before.tcp().host(), after.tcp().host());
    note(paths, "tcp.port", before.tcp().port(), after.tcp().port());
    note(paths, "tcp.tls", before.tcp().tls() != null, after.tcp().tls() != null);
    if (!Objects.equals(before.tcp().unixPath(), after.tcp().unixPath())) {
      paths.add("tcp.unix_path");
    }
    note(paths, "limits.sources", before.limits().sources(), after.limits().sources());
    note(paths, "spool.use", before.spool().use(), after.spool().use());
    if (!Objects.equals(before.spool().dir(), after.spool().dir())) {
      paths.add("spool.dir");
    }
    note(paths, "admin", before.admin(), after.admin());
    return paths;
  }

  private static void note(List<String> paths, String path, Object before, Object after) {
    if (!before.equals(after)) {
      paths.add(path);
    }
  }

  private static <T> void entries(
      List<String> paths, String prefix, Map<String, T> before, Map<String, T> after) {
    Set<String> names = new LinkedHashSet<>(before.keySet());
    names.addAll(after.keySet());
    for (String name : names) {
      T one = before.get(name);
      T other = after.get(name);
      if (one == null || !one.equals(other)) {
        paths.add(prefix + name);
      }
    }
  }
}
