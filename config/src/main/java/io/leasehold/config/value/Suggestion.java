package io.leasehold.config.value;

import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Optional;

/** Finds what was meant by a name that does not exist. */
public final class Suggestion {
  /** Longer names are cut: the distance costs the product of both lengths. */
  private static final int MAX_NAME = 200;

  private Suggestion() {}

  /**
   * The line about an unknown name, with the known one that has the fewest edits to it; of equally
   * near ones the first.
   *
   * @param prefix stands before both names, {@code access.keys[0].} for example
   * @param known not empty
   */
  public static String unknown(String prefix, String name, Collection<String> known) {
    var nearest = Collections.min(known, Comparator.comparingInt(other -> distance(name, other)));
    var shown = Shown.value(prefix + name);
    return distance(name, nearest) <= reach(name)
        ? shown + ": unknown key; did you mean " + prefix + nearest + "?"
        : shown + ": unknown key; the nearest known key is " + prefix + nearest;
  }

  /** The known name that was probably meant, empty if none is near. */
  public static Optional<String> nearest(String name, Collection<String> known) {
    return known.stream()
        .min(Comparator.comparingInt(other -> distance(name, other)))
        .filter(other -> distance(name, other) <= reach(name));
  }

  private static int reach(String name) {
    return Math.max(2, Math.min(name.length(), MAX_NAME) / 3);
  }

  /**
   * Edits from one name to the other: insertions, deletions, replacements, swaps of neighbours. A
   * name that only lacks its section is as near as one edit.
   */
  static int distance(String name, String known) {
    if (!name.isEmpty() && !name.equals(known) && known.endsWith("." + name)) {
      return 1;
    }
    var a = name.length() > MAX_NAME ? name.substring(0, MAX_NAME) : name;
    int[] beforeLast = new int[known.length() + 1];
    int[] last = new int[known.length() + 1];
    for (int j = 0; j <= known.length(); j++) {
      last[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] row = new int[known.length() + 1];
      row[0] = i;
      for (int j = 1; j <= known.length(); j++) {
        boolean same = a.charAt(i - 1) == known.charAt(j - 1);
        row[j] = Math.min(Math.min(row[j - 1], last[j]) + 1, last[j - 1] + (same ? 0 : 1));
        boolean swapped =
            i > 1
                && j > 1
                && a.charAt(i - 1) == known.charAt(j - 2)
                && a.charAt(i - 2) == known.charAt(j - 1);
        if (swapped) {
          row[j] = Math.min(row[j], beforeLast[j - 2] + 1);
        }
      }
      beforeLast = last;
      last = row;
    }
    return last[known.length()];
  }
}
