package io.leasehold.config.load;

import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.Locale;

/**
 * A key that a configuration may hold. Immutable.
 *
 * @param path without the leading {@code leasehold.}
 * @param standard the default, with everything resolved
 * @param standardText the default as reference.conf writes it, or the path of the key it follows
 * @param meaning the comment above it
 */
record KnownKey(String path, ConfigValue standard, String standardText, String meaning) {
  private static final String VARIABLE_PREFIX = "LEASEHOLD_";

  boolean isList() {
    return standard.valueType() == ConfigValueType.LIST;
  }

  /** The environment variable that sets it: {@code LEASEHOLD_LOCK_PORT}. */
  String variable() {
    return VARIABLE_PREFIX + path.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }
}
