package io.leasehold.config.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.leasehold.config.value.Shown;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.nodes.Node;

/** Reads who may send, and by which ways. No state. */
final class AccessReader {
  private static final int MAX_TOKENS = 1_000;

  /** What the address of a Unix socket has room for, with the zero behind it. */
  private static final int MAX_SOCKET_PATH = 107;

  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  private AccessReader() {}

  static TelemetrySettings.Auth auth(YamlSection auth) {
    boolean required = auth.bool("required", false);
    List<TelemetrySettings.Token> tokens = new ArrayList<>();
    Set<String> names = new HashSet<>();
    Set<String> hashes = new HashSet<>();
    for (Node each : auth.list("tokens")) {
      String path = auth.path() + ".tokens[" + tokens.size() + ']';
      var section = new YamlSection(auth.context(), path, each);
      TelemetrySettings.Token token = token(section);
      if (!names.add(token.name())) {
        section.problem("name", Shown.value(token.name()) + ": another token is called so");
      }
      if (!hashes.add(token.sha256())) {
        section.problem("sha256", "is that of another token");
      }
      tokens.add(token);
    }
    if (tokens.size() > MAX_TOKENS) {
      auth.problem("tokens", tokens.size() + " tokens: at most " + MAX_TOKENS);
    }
    if (required && tokens.isEmpty()) {
      auth.problem("required", "true: there are no tokens, so nobody could send");
    }
    auth.done();
    return new TelemetrySettings.Auth(required, tokens);
  }

  private static TelemetrySettings.Token token(YamlSection section) {
    String name = section.required("name");
    String hash = section.required("sha256").toLowerCase(Locale.ROOT);
    if (!hash.isEmpty() && !SHA256.matcher(hash).matches()) {
      // not shown: it may be the token itself
      section.problem("sha256", "must be 64 hexadecimal digits, as sha256sum prints them");
    }
    var token = new TelemetrySettings.Token(name, hash, section.texts("sources", List.of("*")));
    section.done();
    return token;
  }

  static TelemetrySettings.@Nullable Tls tls(YamlSection tcp) {
    if (!tcp.has("tls")) {
      return null;
    }
    var tls = tcp.section("tls");
    Path cert = path(tls, "cert", tls.required("cert"));
    Path key = path(tls, "key", tls.required("key"));
    String authorities = tls.text("client_ca", "");
    boolean required = tls.bool("require_client_cert", false);
    if (required && authorities.isEmpty()) {
      tls.problem("require_client_cert", "true: needs client_ca, or nobody could be believed");
    }
    tls.done();
    return new TelemetrySettings.Tls(
        cert, key, authorities.isEmpty() ? null : path(tls, "client_ca", authorities), required);
  }

  static @Nullable Path unixPath(YamlSection tcp) {
    String text = tcp.text("unix_path", "");
    if (text.isEmpty()) {
      return null;
    }
    Path path = path(tcp, "unix_path", text);
    int length = path.toString().getBytes(UTF_8).length;
    if (length > MAX_SOCKET_PATH) {
      tcp.problem("unix_path", "has " + length + " bytes: a socket has at most " + MAX_SOCKET_PATH);
    }
    return path;
  }

  private static Path path(YamlSection section, String key, String text) {
    try {
      return Path.of(text).toAbsolutePath().normalize();
    } catch (InvalidPathException e) {
      section.problem(key, Shown.value(text) + ": is no path");
      return Path.of("").toAbsolutePath();
    }
  }
}
