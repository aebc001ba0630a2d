package io.leasehold.config.load;

import com.typesafe.config.Config;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** The keys there are, and which of them somebody may have meant. */
final class KnownKeys {
  private final Set<String> paths = new TreeSet<>();

  KnownKeys(Config defaults) {
    for (Map.Entry<String, ?> entry : defaults.entrySet()) {
      paths.add(entry.getKey());
    }
  }

  Set<String> paths() {
    return paths;
  }

  boolean contains(String path) {
    return paths.contains(path);
  }

  /** {@code path: unknown key}, and the nearest one there is. */
  String unknown(String path, String where) {
    return unknown(path, where, paths);
  }

  static String unknown(String path, String where, Collection<String> known) {
    String line = Values.shown(path) + " (" + where + "): unknown key";
    return nearest(path, known).map(key -> line + "; did you mean " + key + "?").orElse(line);
  }

  /** The nearest key, if it is near enough to be meant. */
  static Optional<String> nearest(String path, Collection<String> known) {
    String best = null;
    int least = Math.max(3, path.length() / 3) + 1;
    for (String each : known) {
      int distance = Math.min(distance(path, each), 1 + distance(last(path), last(each)));
      if (distance < least) {
        least = distance;
        best = each;
      }
    }
    return Optional.ofNullable(best);
  }

  private static String last(String path) {
    return path.substring(path.lastIndexOf('.') + 1);
  }

  /** Edits between two texts (Levenshtein 1965), in two rows. */
  private static int distance(String one, String other) {
    int[] row = new int[other.length() + 1];
    for (int j = 0; j <= other.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= one.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= other.length(); j++) {
        int above = row[j];
        int change = one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1;
        row[j] = Math.min(diagonal + change, Math.min(above, row[j - 1]) + 1);
        diagonal = above;
      }
    }
    return row[other.length()];
  }
}
