package io.leasehold.app.deploy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigRenderOptions;
import io.leasehold.config.load.SettingsLoader;
import io.leasehold.config.load.Sources;
import io.leasehold.config.value.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** Has the server's own loader read a shipped configuration. */
final class ShippedConfig {
  private static final Pattern SECRET_FILE = Pattern.compile("file:/run/secrets/([^\"\\s]+)");

  private ShippedConfig() {}

  /**
   * What the loader refuses or warns of; nothing is best.
   *
   * @param folder for secrets in the place of those of /run/secrets
   * @param environment variables; those of settings that reference.conf lacks are left out
   */
  static List<String> load(String hocon, Path folder, Map<String, String> environment)
      throws IOException {
    var secrets = folder.resolve("secrets");
    for (var found : SECRET_FILE.matcher(hocon).results().toList()) {
      var file = secrets.resolve(found.group(1));
      Files.createDirectories(file.getParent());
      Files.writeString(file, "0123456789abcdef0123456789abcdef-" + file.getFileName() + "\n");
    }
    Config config =
        ConfigFactory.parseString(hocon.replace("file:/run/secrets", "file:" + secrets));
    var variables = new HashMap<>(environment);
    for (var key : KnownSettings.CLUSTERING) {
      if (!KnownSettings.isInReference(key)) {
        config = config.withoutPath("leasehold." + key);
        variables.remove(KnownSettings.variable(key));
      }
    }
    var file = folder.resolve("leasehold.conf");
    Files.writeString(file, config.root().render(ConfigRenderOptions.concise()));
    try {
      return SettingsLoader.load(new Sources(file, variables, List.of(), null)).warnings();
    } catch (ConfigurationException e) {
      return e.problems();
    }
  }
}
