package io.leasehold.config.value;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Collects what is wrong with the members of one settings record, so that all of it is told at
 * once. Confined to one constructor.
 */
public final class Checks {
  private static final Pattern HOST = Pattern.compile("[0-9A-Za-z._:%-]{1,253}");

  private final String section;
  private final List<Problem> problems = new ArrayList<>();

  private Checks(String section) {
    this.section = section;
  }

  /** Starts the checks of a section, {@code lock.limits} for example; empty for the root. */
  public static Checks of(String section) {
    return new Checks(section);
  }

  /** Notes {@code section.name = value: bound} unless it holds. */
  public Checks that(boolean holds, String name, Object value, String bound) {
    if (!holds) {
      var path = section.isEmpty() ? name : section + "." + name;
      problems.add(new Problem(path, path + " = " + Shown.value(value) + ": " + bound));
    }
    return this;
  }

  /** Both ends are allowed. */
  public Checks within(String name, int value, int min, int max) {
    return that(value >= min && value <= max, name, value, "must be " + min + ".." + max);
  }

  /** Bytes; both ends are allowed, {@code Long.MAX_VALUE} says that there is no upper one. */
  public Checks within(String name, long bytes, long min, long max) {
    return that(
        bytes >= min && bytes <= max,
        name,
        bytes,
        max == Long.MAX_VALUE
            ? "must be " + min + " bytes or more"
            : "must be " + min + ".." + max + " bytes");
  }

  /** Anything from {@code min} up. */
  public Checks atLeast(String name, int value, int min) {
    return that(value >= min, name, value, "must be " + min + " or more");
  }

  /** Both ends are allowed. */
  public Checks within(String name, Duration value, Duration min, Duration max) {
    return that(
        value.compareTo(min) >= 0 && value.compareTo(max) <= 0,
        name,
        value,
        "must be " + Durations.text(min) + ".." + Durations.text(max));
  }

  /** Above 0, {@code max} is allowed. */
  public Checks positive(String name, Duration value, Duration max) {
    return that(
        value.compareTo(Duration.ZERO) > 0 && value.compareTo(max) <= 0,
        name,
        value,
        "must be above 0 and at most " + Durations.text(max));
  }

  /** A fraction above 0, 1 is allowed. */
  public Checks fraction(String name, double value) {
    return that(value > 0 && value <= 1, name, value, "must be above 0 and at most 1");
  }

  /** An address or a host name; it is not looked up. */
  public Checks host(String name, String value) {
    return that(HOST.matcher(value).matches(), name, value, "must be a host name or an address");
  }

  /**
   * Ends the checks.
   *
   * @throws ConfigurationException with everything noted, if anything was
   */
  public void done() {
    if (!problems.isEmpty()) {
      throw new ConfigurationException(problems);
    }
  }
}
