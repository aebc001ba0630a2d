package io.leasehold.config.cluster;

import io.leasehold.config.value.Checks;
import io.leasehold.config.value.Values;
import java.util.regex.Pattern;

/**
 * Which cluster a node belongs to. Immutable.
 *
 * @param name written into the database; a node of another cluster refuses to use it
 */
public record ClusterSettings(String name) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,62}");

  public ClusterSettings {
    Checks.of("cluster")
        .that(
            NAME.matcher(name).matches(),
            "name",
            name,
            "must be 1 to 63 letters, digits, dashes or underscores, a letter or digit first")
        .done();
  }

  /** Reads every key now. */
  public static ClusterSettings from(Values values) {
    return new ClusterSettings(values.text("cluster.name"));
  }
}
