package io.leasehold.config.load;

import java.util.Set;

/** Which settings are never shown. */
final class SecretPaths {
  private static final Set<String> PATHS =
      Set.of("lock.api-keys", "lock.admin-api-keys", "database.password");

  private SecretPaths() {}

  static boolean isSecret(String path) {
    return PATHS.contains(path);
  }
}
