package io.leasehold.actors.access.account;

import io.leasehold.domain.access.ExternalRedis;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * A live instance as its row says. Immutable.
 *
 * @param maxMemory bytes; of an external one as it says itself, 0 = not known or no bound
 * @param currentMemory bytes when it was checked last
 * @param maxConnections null = not limited
 * @param checkedAt null = never
 * @param external where it is; null = it is embedded
 * @param version of the Redis; null = not known
 */
public record Instance(
    UUID id,
    String name,
    String slug,
    UUID organization,
    long maxMemory,
    long currentMemory,
    @Nullable Integer maxConnections,
    String status,
    String health,
    @Nullable Instant checkedAt,
    @Nullable String lastError,
    Instant createdAt,
    Instant updatedAt,
    @Nullable ExternalRedis external,
    @Nullable String version) {
  public static final String PENDING = "pending";
  public static final String RUNNING = "running";
  public static final String FAILED = "failed";
  private static final int MAX_ERROR = 500;

  /**
   * What its owner may change.
   *
   * @param login of an external instance, in clear; null = it stays where it is
   */
  public record Content(
      String name, long maxMemory, @Nullable Integer maxConnections, @Nullable Login login) {
    public Content(String name, long maxMemory, @Nullable Integer maxConnections) {
      this(name, maxMemory, maxConnections, null);
    }
  }

  /**
   * Where an external instance is to be, and how to log in. Prints no password.
   *
   * @param password in clear, null = no login
   */
  public record Login(
      String host,
      int port,
      int database,
      boolean tls,
      @Nullable String username,
      @Nullable String password) {
    /** With the password sealed, or without any if there is none. */
    ExternalRedis at(UUID id, int maxConnections, int generation, @Nullable String sealed) {
      return new ExternalRedis(
          id, host, port, database, tls, username, sealed, maxConnections, generation);
    }

    @Override
    public String toString() {
      return host + ":" + port + "/" + database;
    }
  }

  static Instance of(ResultSet row) throws SQLException {
    Integer connections = Columns.integerIfAny(row, "max_connections");
    ExternalRedis external =
        "external".equals(row.getString("type"))
            ? new ExternalRedis(
                Columns.id(row, "id"),
                row.getString("host"),
                row.getInt("port"),
                row.getInt("database_no"),
                row.getBoolean("tls"),
                row.getString("username"),
                row.getString("password_enc"),
                connections == null ? 0 : connections,
                row.getInt("generation"))
            : null;
    return new Instance(
        Columns.id(row, "id"),
        row.getString("name"),
        row.getString("slug"),
        Columns.id(row, "organization_id"),
        row.getLong("max_memory"),
        row.getLong("current_memory"),
        connections,
        row.getString("status"),
        row.getString("health_status"),
        Columns.timeIfAny(row, "last_health_check_at"),
        row.getString("last_error"),
        Columns.time(row, "created_at"),
        Columns.time(row, "updated_at"),
        external,
        row.getString("redis_version"));
  }

  /** In a live organization. */
  static Optional<Instance> byId(Handle handle, UUID id) {
    return handle
        .createQuery(
            "SELECT i.* FROM redis_instances i JOIN organizations o ON o.id = i.organization_id"
                + " WHERE i.id = :id AND i.deleted_at IS NULL AND o.deleted_at IS NULL")
        .bind("id", id.toString())
        .map((row, context) -> of(row))
        .findOne();
  }

  static Page<Instance> of(Handle handle, UUID organization, Page.Wanted wanted) {
    return Page.read(
        handle,
        wanted,
        "",
        " FROM redis_instances WHERE organization_id = :organization AND deleted_at IS NULL",
        Map.of("organization", organization.toString()),
        Instance::of);
  }

  /** Of all live instances of an organization: it may have a thousand at most. */
  static Set<String> slugs(Handle handle, UUID organization) {
    return new HashSet<>(
        handle
            .createQuery(
                "SELECT live_slug FROM redis_instances"
                    + " WHERE organization_id = :organization AND live_slug IS NOT NULL")
            .bind("organization", organization.toString())
            .mapTo(String.class)
            .list());
  }

  /** How many of these ids are instances of the organization. */
  static long countOf(Handle handle, UUID organization, List<UUID> ids) {
    if (ids.isEmpty()) {
      return 0;
    }
    return handle
        .createQuery(
            "SELECT count(*) FROM redis_instances WHERE organization_id = :organization"
                + " AND deleted_at IS NULL AND id IN (<ids>)")
        .bind("organization", organization.toString())
        .bindList("ids", ids.stream().map(UUID::toString).toList())
        .mapTo(Long.class)
        .one();
  }

  void insert(Handle handle) {
    handle
        .createUpdate(
            "INSERT INTO redis_instances (id, name, slug, live_slug, organization_id, type,"
                + " max_memory, current_memory, max_connections, redis_version, status,"
                + " health_status, last_health_check_at, created_at, updated_at)"
                + " VALUES (:id, :name, :slug, :slug, :organization, :type, :memory, :used,"
                + " :connections, :version, :status, :health, :checked, :now, :now)")
        .bind("id", id.toString())
        .bind("name", name)
        .bind("slug", slug)
        .bind("organization", organization.toString())
        .bind("type", external == null ? "embedded" : "external")
        .bind("memory", maxMemory)
        .bind("used", currentMemory)
        .bind("connections", maxConnections)
        .bind("version", version)
        .bind("status", status)
        .bind("health", health)
        .bind("checked", Columns.time(checkedAt))
        .bind("now", Columns.time(createdAt))
        .execute();
    if (external != null) {
      moveTo(handle, external);
    }
  }

  /** From now on it is there. */
  static void moveTo(Handle handle, ExternalRedis where) {
    handle
        .createUpdate(
            "UPDATE redis_instances SET host = :host, port = :port, database_no = :database,"
                + " tls = :tls, username = :username, password_enc = :password,"
                + " generation = :generation WHERE id = :id")
        .bind("id", where.instance().toString())
        .bind("host", where.host())
        .bind("port", where.port())
        .bind("database", where.database())
        .bind("tls", where.tls())
        .bind("username", where.username())
        .bind("password", where.sealedPassword())
        .bind("generation", where.generation())
        .execute();
  }

  void update(Handle handle, Content content, Instant now) {
    handle
        .createUpdate(
            "UPDATE redis_instances SET name = :name, max_memory = :memory,"
                + " max_connections = :connections, updated_at = :now WHERE id = :id")
        .bind("id", id.toString())
        .bind("name", content.name())
        .bind("memory", content.maxMemory())
        .bind("connections", content.maxConnections())
        .bind("now", Columns.time(now))
        .execute();
  }

  /** Its slug is free again, and its password forgotten. */
  void delete(Handle handle, Instant now) {
    handle
        .createUpdate(
            "UPDATE redis_instances SET live_slug = NULL, password_enc = NULL, deleted_at = :now,"
                + " updated_at = :now"
                + " WHERE id = :id")
        .bind("id", id.toString())
        .bind("now", Columns.time(now))
        .execute();
  }

  /**
   * Keeps what a check found, unless it has moved meanwhile: then it was another that was asked.
   */
  void checked(Handle handle, InstanceCheck.Found found, Instant now) {
    String error = found.error();
    InstanceCheck.Remote remote = found.remote();
    var update =
        handle
            .createUpdate(
                "UPDATE redis_instances SET status = :status, health_status = :health,"
                    + " current_memory = :memory, last_error = :error, last_health_check_at = :now"
                    + (remote == null ? "" : ", redis_version = :version, max_memory = :max")
                    + " WHERE id = :id AND generation = :generation")
            .bind("id", id.toString())
            .bind("generation", external == null ? 0 : external.generation())
            .bind("status", error == null ? RUNNING : FAILED)
            .bind("health", error == null ? "healthy" : "unhealthy")
            .bind("memory", error == null || external == null ? found.usedBytes() : currentMemory)
            .bind("error", error == null ? null : cut(error))
            .bind("now", Columns.time(now));
    if (remote != null) {
      update.bind("version", remote.version()).bind("max", remote.maxMemory());
    }
    update.execute();
  }

  private static String cut(String error) {
    return error.substring(0, Math.min(error.length(), MAX_ERROR));
  }
}
