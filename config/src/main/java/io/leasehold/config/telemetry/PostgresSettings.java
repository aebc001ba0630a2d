package io.leasehold.config.telemetry;

import io.leasehold.config.value.Secret;
import java.util.Map;

/**
 * The {@code config} of a backend that fills a table of PostgreSQL. Its text shows no secret.
 *
 * @param address of the database without anything about the login: {@code host:port/db}
 * @param parameters of the connection, under the names the driver has for them
 * @param user empty = the driver's own choice
 * @param schema of the table; empty = the first of the search path
 * @param table lower case, at most {@value #MAX_NAME} characters: names of partitions are derived
 * @param create whether table, indexes and partitions are made when they are missing
 * @param retentionDays older days are dropped; 0 = kept
 * @param hypertable whether a new table becomes a hypertable where TimescaleDB is installed
 * @param expectsExtension that TimescaleDB is missing is worth a warning
 */
public record PostgresSettings(
    String address,
    Map<String, Secret> parameters,
    String user,
    Secret password,
    String schema,
    String table,
    boolean create,
    int retentionDays,
    boolean hypertable,
    boolean expectsExtension)
    implements BackendConfig {
  /** Characters of a table's name. */
  public static final int MAX_NAME = 50;

  public PostgresSettings {
    parameters = Map.copyOf(parameters);
  }
}
