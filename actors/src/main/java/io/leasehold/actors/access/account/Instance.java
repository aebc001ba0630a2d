package io.leasehold.actors.access.account;

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
 * A live embedded instance as its row says. Immutable.
 *
 * @param maxMemory bytes
 * @param currentMemory bytes when it was checked last
 * @param maxConnections null = not limited
 * @param checkedAt null = never
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
    Instant updatedAt) {
  public static final String RUNNING = "running";
  public static final String FAILED = "failed";
  private static final int MAX_ERROR = 500;

  /** What its owner may change. */
  public record Content(String name, long maxMemory, @Nullable Integer maxConnections) {}

  static Instance of(ResultSet row) throws SQLException {
    return new Instance(
        Columns.id(row, "id"),
        row.getString("name"),
        row.getString("slug"),
        Columns.id(row, "organization_id"),
        row.getLong("max_memory"),
        row.getLong("current_memory"),
        Columns.integerIfAny(row, "max_connections"),
        row.getString("status"),
        row.getString("health_status"),
        Columns.timeIfAny(row, "last_health_check_at"),
        row.getString("last_error"),
        Columns.time(row, "created_at"),
        Columns.time(row, "updated_at"));
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
                + " max_memory, max_connections, status, health_status, created_at, updated_at)"
                + " VALUES (:id, :name, :slug, :slug, :organization, 'embedded', :memory,"
                + " :connections, :status, :health, :now, :now)")
        .bind("id", id.toString())
        .bind("name", name)
        .bind("slug", slug)
        .bind("organization", organization.toString())
        .bind("memory", maxMemory)
        .bind("connections", maxConnections)
        .bind("status", status)
        .bind("health", health)
        .bind("now", Columns.time(createdAt))
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

  /** Its slug is free again. */
  void delete(Handle handle, Instant now) {
    handle
        .createUpdate(
            "UPDATE redis_instances SET live_slug = NULL, deleted_at = :now, updated_at = :now"
                + " WHERE id = :id")
        .bind("id", id.toString())
        .bind("now", Columns.time(now))
        .execute();
  }

  void checked(Handle handle, InstanceCheck.Found found, Instant now) {
    String error = found.error();
    handle
        .createUpdate(
            "UPDATE redis_instances SET status = :status, health_status = :health,"
                + " current_memory = :memory, last_error = :error, last_health_check_at = :now"
                + " WHERE id = :id")
        .bind("id", id.toString())
        .bind("status", error == null ? RUNNING : FAILED)
        .bind("health", error == null ? "healthy" : "unhealthy")
        .bind("memory", found.usedBytes())
        .bind(
            "error", error == null ? null : error.substring(0, Math.min(error.length(), MAX_ERROR)))
        .bind("now", Columns.time(now))
        .execute();
  }
}
