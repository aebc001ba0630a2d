package io.leasehold.config.cluster;

import io.leasehold.config.value.Checks;
import io.leasehold.config.value.Values;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Which cluster a node belongs to, and how it finds it. Immutable.
 *
 * @param name written into the database; a node of another cluster refuses to use it
 * @param contactPoints {@code host:management-port} of nodes, for {@link Discovery#CONFIG}
 * @param requiredContactPoints how many must be seen before a new cluster is formed, 1..100
 * @param kubernetesSelector label of the pods, {@code key=value}
 * @param appVersion of the release; a rolling update keeps shards off older nodes; may be empty
 */
public record ClusterSettings(
    String name,
    Discovery discovery,
    List<ContactPoint> contactPoints,
    int requiredContactPoints,
    String kubernetesSelector,
    String appVersion) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,62}");
  private static final Pattern SELECTOR =
      Pattern.compile("[A-Za-z0-9._/-]{1,253}=[A-Za-z0-9._-]{1,63}");
  private static final Pattern VERSION = Pattern.compile("[0-9A-Za-z.+-]{0,64}");

  /** More than any cluster of this kind has. */
  private static final int MAX_POINTS = 100;

  public ClusterSettings {
    Checks.of("cluster")
        .that(
            NAME.matcher(name).matches(),
            "name",
            name,
            "must be 1 to 63 letters, digits, dashes or underscores, a letter or digit first")
        .within("required-contact-points", requiredContactPoints, 1, MAX_POINTS)
        .that(
            contactPoints.size() <= MAX_POINTS,
            "contact-points",
            contactPoints.size() + " entries",
            "must be at most " + MAX_POINTS)
        .that(
            SELECTOR.matcher(kubernetesSelector).matches(),
            "kubernetes-selector",
            kubernetesSelector,
            "must be a label, key=value")
        .that(
            VERSION.matcher(appVersion).matches(),
            "app-version",
            appVersion,
            "must be at most 64 letters, digits, dots, dashes or plus signs")
        .done();
    contactPoints = List.copyOf(contactPoints);
  }

  /** Whether there may be other nodes. */
  public boolean isShared() {
    return discovery != Discovery.SINGLE;
  }

  /** Reads every key now. */
  public static ClusterSettings from(Values values) {
    return new ClusterSettings(
        values.text("cluster.name"),
        values.choice("cluster.discovery", Discovery.class),
        values.items("cluster.contact-points", "host:port", ContactPoint::parse),
        values.integer("cluster.required-contact-points"),
        values.text("cluster.kubernetes-selector"),
        values.text("cluster.app-version"));
  }
}
