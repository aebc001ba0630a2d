package io.leasehold.config.health;

import io.leasehold.config.value.Checks;
import io.leasehold.config.value.Entry;
import io.leasehold.config.value.Shown;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A service that this node's users depend on, checked by GET. Immutable.
 *
 * @param path where it stands, for error texts
 * @param name of the component, {@code dependency:<name>}
 * @param url http or https
 * @param timeout of one check, above 0 up to 1 min
 * @param critical whether the node is unhealthy without it
 */
public record DependencySettings(
    String path, String name, String url, Duration timeout, boolean critical) {
  /** Used where an entry has no timeout of its own. */
  public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(2);

  static final List<String> FIELDS = List.of("name", "url", "timeout", "critical");

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  public DependencySettings {
    Checks.of(path)
        .that(
            NAME.matcher(name).matches(),
            "name",
            name,
            "must be 1 to 64 letters, digits, dots, dashes or underscores")
        .that(isHttp(url), "url", url, "must be an http or https URL with a host")
        .positive("timeout", timeout, Duration.ofMinutes(1))
        .done();
  }

  /** The URL, ready for a client. */
  public URI uri() {
    return URI.create(url);
  }

  /** Leaves out a password that stands in the URL. */
  @Override
  public String toString() {
    return "DependencySettings[name=" + name + ", url=" + Shown.whole(url) + "]";
  }

  static DependencySettings from(Entry entry) {
    return new DependencySettings(
        entry.path(),
        entry.text("name"),
        entry.text("url"),
        entry.duration("timeout", DEFAULT_TIMEOUT),
        entry.flag("critical", false));
  }

  private static boolean isHttp(String url) {
    try {
      var uri = new URI(url);
      return isHttpScheme(uri.getScheme()) && uri.getHost() != null;
    } catch (URISyntaxException e) {
      return false;
    }
  }

  private static boolean isHttpScheme(@Nullable String scheme) {
    return "http".equalsIgnoreCase(scheme) || "https".equalsIgnoreCase(scheme);
  }
}
