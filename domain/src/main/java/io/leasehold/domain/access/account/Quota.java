package io.leasehold.domain.access.account;

import java.util.ArrayList;
import java.util.List;

/**
 * How much an organization may have, and has. Immutable.
 *
 * @param maxMemoryGb of all embedded instances together, in units of 1024 MiB
 * @param memoryBytes what its live embedded instances may hold
 */
public record Quota(
    int maxInstances, int instances, int maxMemoryGb, long memoryBytes, int maxKeys, int keys) {
  private static final long MIB = 1L << 20;
  private static final long GIB = 1L << 30;
  private static final int WARN_PERCENT = 90;

  /** Megabytes in use, rounded up. */
  public long memoryMb() {
    return (memoryBytes + MIB - 1) / MIB;
  }

  /** Megabytes that are left. */
  public long availableMb() {
    return Math.max(0, maxMemoryGb * 1024L - memoryMb());
  }

  public double instancesPercent() {
    return percent(instances, maxInstances);
  }

  public double memoryPercent() {
    return percent(memoryBytes, maxMemoryGb * GIB);
  }

  /** Whether one more instance fits, leaving memory aside. */
  public boolean hasRoomForInstance() {
    return instances < maxInstances;
  }

  /** Whether embedded instances may hold so much more. */
  public boolean hasRoomFor(long moreBytes) {
    return memoryBytes + moreBytes <= maxMemoryGb * GIB;
  }

  public boolean hasRoomForKey() {
    return keys < maxKeys;
  }

  /** What is used by 90 % or more, in words. */
  public List<String> warnings() {
    var warnings = new ArrayList<String>();
    warn(warnings, "instances", instances, maxInstances, instancesPercent());
    warn(warnings, "memory in MB", memoryMb(), maxMemoryGb * 1024L, memoryPercent());
    warn(warnings, "API keys", keys, maxKeys, percent(keys, maxKeys));
    return warnings;
  }

  private static void warn(
      List<String> warnings, String what, long used, long max, double percent) {
    if (percent >= WARN_PERCENT) {
      warnings.add(what + ": " + used + " of " + max + " are in use");
    }
  }

  private static double percent(long used, long max) {
    return max == 0 ? 0 : Math.round(used * 1000.0 / max) / 10.0;
  }
}
