package io.leasehold.app.cli;

import io.leasehold.app.client.BackupLines;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.Locale;

/**
 * Says on the error output, every few seconds and at the end, how far a backup or a restore has
 * come. Not thread safe.
 */
final class Progress {
  private static final Duration EVERY = Duration.ofSeconds(3);
  private static final double MB = 1 << 20;

  private final BackupLines lines;
  private final Clock clock;
  private final boolean quiet;
  private final long startedNanos;
  private long shownNanos;

  Progress(BackupLines lines, Clock clock, boolean quiet) {
    this.lines = lines;
    this.clock = clock;
    this.quiet = quiet;
    this.startedNanos = clock.nanos();
    this.shownNanos = startedNanos;
  }

  /** Shows something if it is time to. */
  void moved() {
    long now = clock.nanos();
    if (!quiet && now - shownNanos >= EVERY.toNanos()) {
      shownNanos = now;
      System.err.println(text(now));
    }
  }

  /** Shows what it came to. */
  void ended(String what) {
    if (!quiet) {
      System.err.println(what + ": " + text(clock.nanos()));
    }
  }

  private String text(long now) {
    double seconds = Math.max(1e-3, (now - startedNanos) / 1e9);
    double megabytes = lines.bytes() / MB;
    return String.format(
        Locale.ROOT,
        "%d entries, %.1f MB in %.1f s, %.0f entries/s, %.1f MB/s",
        lines.entries(),
        megabytes,
        seconds,
        lines.entries() / seconds,
        megabytes / seconds);
  }
}
