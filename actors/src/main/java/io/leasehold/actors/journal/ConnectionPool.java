package io.leasehold.actors.journal;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;

/** Opens pools of connections to the one database there is. No state. */
public final class ConnectionPool {
  private ConnectionPool() {}

  /**
   * A pool that connects when it is first used: a database that is away stops no start.
   *
   * @param name in logs and of its threads
   * @param connections at most
   * @param connectionTimeout how long a caller waits for one, 250 ms or more
   */
  public static HikariDataSource open(
      String name,
      String url,
      String user,
      String password,
      int connections,
      Duration connectionTimeout) {
    var config = new HikariConfig();
    config.setPoolName(name);
    config.setJdbcUrl(url);
    config.setUsername(user);
    config.setPassword(password);
    config.setMaximumPoolSize(connections);
    config.setMinimumIdle(1);
    config.setConnectionTimeout(connectionTimeout.toMillis());
    config.setInitializationFailTimeout(-1);
    return new HikariDataSource(config);
  }
}
