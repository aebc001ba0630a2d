package io.leasehold.config.telemetry;

import io.leasehold.config.value.Secret;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads the {@code config} of a backend on PostgreSQL. Takes the login out of the connection
 * string, so that nothing later can show it; mistakes never quote the string.
 */
final class PostgresReader {
  /** Hosts are names, addresses or IPv6 in brackets, several with commas between them. */
  private static final Pattern URL =
      Pattern.compile(
          "(?:jdbc:)?postgres(?:ql)?://(?:([^:@/?]*)(?::([^/?]*))?@)?"
              + "([A-Za-z0-9._:,\\[\\]-]+)/([^/?#]+)(?:\\?([^#]*))?");

  private static final Pattern TABLE =
      Pattern.compile(
          "(?:([a-z_][a-z0-9_]{0,62})\\.)?([a-z_][a-z0-9_]{0,"
              + (PostgresSettings.MAX_NAME - 1)
              + "})");

  /** Parameters that the driver calls by another name than libpq does. */
  private static final Map<String, String> NAMES =
      Map.of("application_name", "ApplicationName", "connect_timeout", "connectTimeout");

  private record Login(
      String address, Map<String, Secret> parameters, String user, Secret password) {
    static final Login NONE = new Login("", Map.of(), "", Secret.EMPTY);
  }

  private PostgresReader() {}

  static PostgresSettings read(String type, YamlSection config) {
    Login login = login(config);
    Matcher table = TABLE.matcher(config.text("table", "monitoring_events"));
    boolean named = table.matches();
    if (!named) {
      config.problem(
          "table",
          "must be a name of a-z 0-9 _, at most "
              + PostgresSettings.MAX_NAME
              + " characters, or schema.name");
    }
    String schema = named ? table.group(1) : null;
    var settings =
        new PostgresSettings(
            login.address,
            login.parameters,
            login.user,
            login.password,
            schema == null ? "" : schema,
            named ? table.group(2) : "monitoring_events",
            config.bool("create", true),
            config.integer("retention_days", 0, 0, 36_500),
            config.word("hypertable", "auto", List.of("auto", "off")).equals("auto"),
            type.equals("timescaledb"));
    config.done();
    return settings;
  }

  private static Login login(YamlSection config) {
    String text = config.required("connection_string");
    if (text.isEmpty()) {
      return Login.NONE;
    }
    Matcher url = URL.matcher(text);
    if (!url.matches()) {
      config.problem(
          "connection_string",
          "must be postgresql://user:password@host:port/database?sslmode=... or the same with"
              + " jdbc: in front");
      return Login.NONE;
    }
    try {
      Map<String, Secret> parameters = new HashMap<>();
      String user = decoded(url.group(1));
      String password = decoded(url.group(2));
      String query = url.group(5) == null ? "" : url.group(5);
      for (String each : query.split("&", -1)) {
        int equals = each.indexOf('=');
        if (equals <= 0) {
          continue;
        }
        String name = decoded(each.substring(0, equals));
        String value = decoded(each.substring(equals + 1));
        switch (name) {
          case "user" -> user = value;
          case "password" -> password = value;
          default -> parameters.put(NAMES.getOrDefault(name, name), new Secret(value));
        }
      }
      return new Login(url.group(3) + '/' + url.group(4), parameters, user, new Secret(password));
    } catch (IllegalArgumentException e) {
      config.problem("connection_string", "a % must be followed by two hexadecimal digits");
      return Login.NONE;
    }
  }

  /** Of a URL: unlike in a form, a plus sign is a plus sign. */
  private static String decoded(@Nullable String text) {
    return text == null ? "" : URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }
}
