package io.leasehold.domain.access.account;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a {@code redis://} URL says. Immutable; prints no password.
 *
 * @param host name or address, without brackets
 * @param username null = none given
 * @param password null = none given
 */
public record RedisUrl(
    String host,
    int port,
    int database,
    boolean tls,
    @Nullable String username,
    @Nullable String password) {
  public static final int DEFAULT_PORT = 6379;
  public static final int MAX_DATABASE = 1_000_000;
  private static final int MAX_HOST = 255;
  public static final int MAX_USERNAME = 255;
  public static final int MAX_PASSWORD = 1_024;
  private static final int MAX_PORT = 65_535;
  private static final Pattern HOST =
      Pattern.compile("[A-Za-z0-9._-]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*");
  private static final Pattern DATABASE = Pattern.compile("/[0-9]{1,7}");

  /** A URL that cannot be used; its message says why, and holds nothing of the URL's login. */
  public static final class Unusable extends Exception {
    private static final long serialVersionUID = 1;
    private final boolean notBuilt;

    private Unusable(String message, boolean notBuilt) {
      super(message, null, false, false);
      this.notBuilt = notBuilt;
    }

    /** Whether it is well formed, but names something that the gateway does not do. */
    public boolean isNotBuilt() {
      return notBuilt;
    }

    public String text() {
      return String.valueOf(getMessage());
    }
  }

  /**
   * Reads {@code redis://} or {@code rediss://[user[:password]@]host[:port][/db]}.
   *
   * @throws Unusable if it is none
   */
  public static RedisUrl parse(String text) throws Unusable {
    URI uri;
    try {
      uri = new URI(text);
    } catch (URISyntaxException e) {
      throw wrong("is no URL"); // what is wrong with it may be the password
    }
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    switch (scheme) {
      case "redis", "rediss" -> {}
      case "redis-sentinel", "redis+cluster", "unix", "redis-socket" ->
          throw new Unusable("scheme " + scheme + " is not built, only redis and rediss", true);
      default -> throw wrong("must begin with redis:// or rediss://");
    }
    if (uri.getRawQuery() != null || uri.getRawFragment() != null) {
      throw wrong("must have no query and no fragment");
    }
    String host = uri.getHost();
    String authority = uri.getRawAuthority();
    int port = uri.getPort();
    String login = uri.getRawUserInfo();
    if (host == null && authority != null) { // names with _ are none to the JDK
      int at = authority.lastIndexOf('@');
      login = at < 0 ? null : authority.substring(0, at);
      String[] parts = authority.substring(at + 1).split(":", -1);
      host = parts[0];
      port = parts.length == 1 ? -1 : number(parts.length == 2 ? parts[1] : "");
    }
    if (host == null || host.isEmpty()) {
      throw wrong("must name a host");
    }
    if (host.startsWith("[") && host.endsWith("]")) {
      host = host.substring(1, host.length() - 1);
    }
    if (host.length() > MAX_HOST || !HOST.matcher(host).matches()) {
      throw wrong("its host must be a name or an address of at most " + MAX_HOST + " characters");
    }
    if (port == 0 || port > MAX_PORT) {
      throw wrong("its port is " + port + ": must be 1.." + MAX_PORT);
    }
    String path = uri.getRawPath();
    int database = 0;
    if (path != null && !path.isEmpty() && !path.equals("/")) {
      if (!DATABASE.matcher(path).matches() || Integer.parseInt(path.substring(1)) > MAX_DATABASE) {
        throw wrong("its path must be the number of a database, /0../" + MAX_DATABASE);
      }
      database = Integer.parseInt(path.substring(1));
    }
    int colon = login == null ? -1 : login.indexOf(':');
    String user =
        login == null ? null : part(colon < 0 ? login : login.substring(0, colon), MAX_USERNAME);
    String password =
        login == null || colon < 0 ? null : part(login.substring(colon + 1), MAX_PASSWORD);
    return new RedisUrl(
        host, port < 0 ? DEFAULT_PORT : port, database, scheme.equals("rediss"), user, password);
  }

  private static int number(String text) throws Unusable {
    if (!text.matches("[0-9]{1,5}")) {
      throw wrong("its port must be 1.." + MAX_PORT);
    }
    return Integer.parseInt(text);
  }

  /** Null for an empty one. */
  private static @Nullable String part(String raw, int max) throws Unusable {
    String text;
    try {
      text = URLDecoder.decode(raw.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw wrong("its login is not percent-encoded");
    }
    if (text.length() > max) {
      throw wrong("user or password are longer than " + max + " characters");
    }
    return text.isEmpty() ? null : text;
  }

  private static Unusable wrong(String message) {
    return new Unusable(message, false);
  }

  @Override
  public String toString() {
    return host + ":" + port + "/" + database;
  }
}
