package io.leasehold.domain.access;

import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Where a Redis is that a user registered, and how to log in. Immutable; its password is sealed,
 * and not even so printed.
 *
 * @param instance the id it is registered under
 * @param host name or address, without brackets
 * @param port 1..65535
 * @param database number, 0 or more
 * @param tls whether the connection is encrypted, and the certificate checked
 * @param username null = the default user
 * @param sealedPassword null = no login
 * @param maxConnections of one node, 0 = as the settings say
 * @param generation rises with each change of any of these; of two the higher counts
 */
public record ExternalRedis(
    UUID instance,
    String host,
    int port,
    int database,
    boolean tls,
    @Nullable String username,
    @Nullable String sealedPassword,
    int maxConnections,
    int generation) {

  /** As it is shown: {@code redis://user:***@host:port/0}. */
  public String url() {
    String login = username == null ? "" : username;
    if (sealedPassword != null) {
      login += ":***";
    }
    String name = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    return (tls ? "rediss://" : "redis://")
        + (login.isEmpty() ? "" : login + "@")
        + name
        + ":"
        + port
        + "/"
        + database;
  }

  /** The same, to be connected to anew. */
  public ExternalRedis next() {
    return new ExternalRedis(
        instance,
        host,
        port,
        database,
        tls,
        username,
        sealedPassword,
        maxConnections,
        generation + 1);
  }

  @Override
  public String toString() {
    return instance + " at " + url();
  }
}
