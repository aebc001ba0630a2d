package io.leasehold.domain.health.alert;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/**
 * The samples of some minutes, as a scraper would have taken them: all series at one moment, then
 * all at the next. Holds at most {@value #MAX_SERIES} series and as many moments as it was made
 * for, 4 MiB with 61; of more series the first ones are kept. Not thread safe.
 */
public final class SampleHistory {
  public static final int MAX_SERIES = 6_000;

  /**
   * One figure of one moment.
   *
   * @param labels without the name
   */
  public record Sample(String name, Map<String, String> labels, double value) {
    public Sample {
      labels = Map.copyOf(labels);
    }
  }

  /** One series, oldest moment first; the arrays have the same length and no gap. */
  public static final class Track {
    private final Map<String, String> labels;
    private final long[] times;
    private final double[] values;

    Track(Map<String, String> labels, long[] times, double[] values) {
      this.labels = labels;
      this.times = times;
      this.values = values;
    }

    Map<String, String> labels() {
      return labels;
    }

    int size() {
      return times.length;
    }

    long nanos(int index) {
      return times[index];
    }

    double value(int index) {
      return values[index];
    }
  }

  /** Values by slot; NaN where the series was not there. */
  private static final class Ring {
    final double[] values;
    long lastMoment;

    Ring(int slots) {
      values = new double[slots];
      Arrays.fill(values, Double.NaN);
    }
  }

  private final long[] times;
  private final Map<String, Map<Map<String, String>, Ring>> rings = new HashMap<>();
  private long moments;
  private int seriesCount;

  /**
   * An empty history.
   *
   * @param slots moments that are kept, 2 or more
   */
  public SampleHistory(int slots) {
    if (slots < 2) {
      throw new IllegalArgumentException("slots = " + slots + ": must be 2 or more");
    }
    this.times = new long[slots];
  }

  /** Series that are kept. */
  public int seriesCount() {
    return seriesCount;
  }

  /**
   * Adds what all series were at one moment, later than the one before. A value that is no number
   * counts as absent.
   */
  public void add(long nanos, List<Sample> samples) {
    int slot = (int) (moments % times.length);
    times[slot] = nanos;
    moments++;
    for (Sample sample : samples) {
      var ofName = rings.computeIfAbsent(sample.name(), name -> new HashMap<>());
      Ring ring = ofName.get(sample.labels());
      if (ring == null && seriesCount < MAX_SERIES) {
        ring = new Ring(times.length);
        ofName.put(sample.labels(), ring);
        seriesCount++;
      }
      if (ring != null) {
        ring.values[slot] = sample.value();
        ring.lastMoment = moments;
      }
    }
    for (Iterator<Map<Map<String, String>, Ring>> names = rings.values().iterator();
        names.hasNext(); ) {
      var ofName = names.next();
      for (Iterator<Ring> each = ofName.values().iterator(); each.hasNext(); ) {
        Ring ring = each.next();
        if (moments - ring.lastMoment >= times.length) {
          each.remove();
          seriesCount--;
        } else if (ring.lastMoment != moments) {
          ring.values[slot] = Double.NaN; // what stood here is of a moment long ago
        }
      }
      if (ofName.isEmpty()) {
        names.remove();
      }
    }
  }

  /** All series of this name with what they were at the last moment; absent ones are left out. */
  List<Point> last(String name) {
    var points = new ArrayList<Point>();
    if (moments > 0) {
      int slot = (int) ((moments - 1) % times.length);
      rings
          .getOrDefault(name, Map.of())
          .forEach(
              (labels, ring) -> {
                if (!Double.isNaN(ring.values[slot])) {
                  points.add(new Point(labels, ring.values[slot]));
                }
              });
    }
    return points;
  }

  /** All series of this name with their samples that are at most this old. */
  List<Track> since(String name, long nowNanos, long ageNanos) {
    var tracks = new ArrayList<Track>();
    rings
        .getOrDefault(name, Map.of())
        .forEach((labels, ring) -> tracks.add(track(labels, ring, nowNanos, ageNanos)));
    return tracks;
  }

  private Track track(Map<String, String> labels, Ring ring, long nowNanos, long ageNanos) {
    long[] at = new long[times.length];
    double[] values = new double[times.length];
    int count = 0;
    for (long i = Math.max(0, moments - times.length); i < moments; i++) {
      int slot = (int) (i % times.length);
      if (nowNanos - times[slot] <= ageNanos && !Double.isNaN(ring.values[slot])) {
        at[count] = times[slot];
        values[count++] = ring.values[slot];
      }
    }
    return new Track(labels, Arrays.copyOf(at, count), Arrays.copyOf(values, count));
  }
}
