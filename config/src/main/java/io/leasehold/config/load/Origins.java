package io.leasehold.config.load;

import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigValue;
import java.nio.file.Path;

/** Where a value comes from, in words for people. */
final class Origins {
  static final String DEFAULT = "default";

  private Origins() {}

  static String of(ConfigValue value) {
    ConfigOrigin origin = value.origin();
    String resource = origin.resource();
    if (resource != null && resource.endsWith("reference.conf")) {
      return DEFAULT;
    }
    String file = origin.filename();
    if (file != null) {
      String name = String.valueOf(Path.of(file).getFileName());
      return origin.lineNumber() > 0 ? name + ": " + origin.lineNumber() : name;
    }
    return origin.description();
  }
}
