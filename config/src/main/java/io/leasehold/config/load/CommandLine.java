package io.leasehold.config.load;

import com.typesafe.config.ConfigValueFactory;
import io.leasehold.config.value.Shown;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads {@code --port N} and {@code --set KEY=VALUE}. */
final class CommandLine {
  private static final String SET = "--set";
  private static final Pattern KEY = Pattern.compile("[A-Za-z0-9_.-]*");

  private CommandLine() {}

  /** Lays over first the port, then the settings in their order; a later one wins. */
  static void read(@Nullable Integer port, List<String> sets, Overlay overlay) {
    if (port != null) {
      overlay.put("lock.port", ConfigValueFactory.fromAnyRef(port), "--port");
    }
    for (var set : sets) {
      read(set, overlay);
    }
  }

  private static void read(String set, Overlay overlay) {
    int equals = set.indexOf('=');
    var name = (equals < 0 ? keyAtStartOf(set) : set.substring(0, equals)).strip();
    if (equals < 0 || name.isEmpty()) {
      overlay.problem(name, Shown.value(name) + ": must be KEY=VALUE", SET);
      return;
    }
    var prefix = Reference.ROOT + ".";
    var path = name.startsWith(prefix) ? name.substring(prefix.length()) : name;
    var key = overlay.reference().key(path);
    if (key != null) {
      overlay.putText(key, set.substring(equals + 1), SET);
    } else if (overlay.reference().isSection(path)) {
      overlay.problem(path, path + ": is a section, set one of its keys", SET);
    } else {
      overlay.unknown(path, SET);
    }
  }

  /** What follows the key may be a secret that was meant as the value. */
  private static String keyAtStartOf(String set) {
    var key = KEY.matcher(set);
    return key.lookingAt() ? key.group() : "";
  }
}
