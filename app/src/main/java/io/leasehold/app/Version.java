package io.leasehold.app;

import org.jspecify.annotations.Nullable;

/** Which version this is. */
public final class Version {
  private Version() {}

  /** From the manifest of the jar; a class directory has none. */
  public static String text() {
    @Nullable String version = Version.class.getPackage().getImplementationVersion();
    return version == null ? "development" : version;
  }
}
