package io.leasehold.actors.access.account;

import io.leasehold.domain.access.account.Quota;
import io.leasehold.domain.access.account.Role;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** A live organization as its row says. Immutable. */
public record Organization(
    UUID id,
    String name,
    String slug,
    @Nullable String description,
    UUID ownerId,
    String plan,
    int maxInstances,
    int maxMemoryGb,
    int maxKeys,
    Instant createdAt,
    Instant updatedAt) {
  private static final String MINE =
      " FROM organizations o JOIN organization_memberships m ON m.organization_id = o.id"
          + " WHERE m.user_id = :user AND o.deleted_at IS NULL";

  /** What its owner may say of it. */
  public record Content(String name, String slug, @Nullable String description) {}

  static Organization of(ResultSet row) throws SQLException {
    return new Organization(
        Columns.id(row, "id"),
        row.getString("name"),
        row.getString("slug"),
        row.getString("description"),
        Columns.id(row, "owner_id"),
        row.getString("plan"),
        row.getInt("max_redis_instances"),
        row.getInt("max_memory_gb"),
        row.getInt("max_api_keys"),
        Columns.time(row, "created_at"),
        Columns.time(row, "updated_at"));
  }

  static Optional<Organization> byId(Handle handle, UUID id) {
    return one(handle, id, "");
  }

  /** The same; whoever else wants it so waits for the end of this transaction. */
  static Optional<Organization> locked(Handle handle, UUID id) {
    return one(handle, id, " FOR UPDATE");
  }

  private static Optional<Organization> one(Handle handle, UUID id, String how) {
    return handle
        .createQuery("SELECT * FROM organizations WHERE id = :id AND deleted_at IS NULL" + how)
        .bind("id", id.toString())
        .map((row, context) -> of(row))
        .findOne();
  }

  static Page<Organization> ofMember(Handle handle, UUID user, Page.Wanted wanted) {
    return Page.read(handle, wanted, "o.", MINE, Map.of("user", user.toString()), Organization::of);
  }

  /** Empty for whoever is no member. */
  static Optional<Role> roleOf(Handle handle, UUID user, UUID organization) {
    return handle
        .createQuery(
            "SELECT role FROM organization_memberships"
                + " WHERE user_id = :user AND organization_id = :organization")
        .bind("user", user.toString())
        .bind("organization", organization.toString())
        .mapTo(String.class)
        .findOne()
        .map(word -> Role.valueOf(word.toUpperCase(Locale.ROOT)));
  }

  static boolean isSlugTaken(Handle handle, String slug, UUID except) {
    return handle
            .createQuery(
                "SELECT count(*) FROM organizations WHERE live_slug = :slug AND id <> :except")
            .bind("slug", slug)
            .bind("except", except.toString())
            .mapTo(Long.class)
            .one()
        > 0;
  }

  void insert(Handle handle) {
    handle
        .createUpdate(
            "INSERT INTO organizations (id, name, slug, live_slug, description, owner_id, plan,"
                + " max_redis_instances, max_memory_gb, max_api_keys, created_at, updated_at)"
                + " VALUES (:id, :name, :slug, :slug, :description, :owner, :plan, :instances,"
                + " :memory, :keys, :now, :now)")
        .bind("id", id.toString())
        .bind("name", name)
        .bind("slug", slug)
        .bind("description", description)
        .bind("owner", ownerId.toString())
        .bind("plan", plan)
        .bind("instances", maxInstances)
        .bind("memory", maxMemoryGb)
        .bind("keys", maxKeys)
        .bind("now", Columns.time(createdAt))
        .execute();
  }

  static void addMember(Handle handle, UUID user, UUID organization, Role role, Instant now) {
    handle
        .createUpdate(
            "INSERT INTO organization_memberships (id, user_id, organization_id, role, created_at,"
                + " updated_at) VALUES (:id, :user, :organization, :role, :now, :now)")
        .bind("id", UUID.randomUUID().toString())
        .bind("user", user.toString())
        .bind("organization", organization.toString())
        .bind("role", role.word())
        .bind("now", Columns.time(now))
        .execute();
  }

  void update(Handle handle, Content content, Instant now) {
    handle
        .createUpdate(
            "UPDATE organizations SET name = :name, slug = :slug, live_slug = :slug,"
                + " description = :description, updated_at = :now WHERE id = :id")
        .bind("id", id.toString())
        .bind("name", content.name())
        .bind("slug", content.slug())
        .bind("description", content.description())
        .bind("now", Columns.time(now))
        .execute();
  }

  void updateQuota(Handle handle, int instances, int memoryGb, int keys, Instant now) {
    handle
        .createUpdate(
            "UPDATE organizations SET max_redis_instances = :instances, max_memory_gb = :memory,"
                + " max_api_keys = :keys, updated_at = :now WHERE id = :id")
        .bind("id", id.toString())
        .bind("instances", instances)
        .bind("memory", memoryGb)
        .bind("keys", keys)
        .bind("now", Columns.time(now))
        .execute();
  }

  /** Its slug is free again. */
  void delete(Handle handle, Instant now) {
    handle
        .createUpdate(
            "UPDATE organizations SET live_slug = NULL, deleted_at = :now, updated_at = :now"
                + " WHERE id = :id")
        .bind("id", id.toString())
        .bind("now", Columns.time(now))
        .execute();
  }

  /** As it stands now. */
  Quota quota(Handle handle) {
    return handle
        .createQuery(
            "SELECT (SELECT count(*) FROM redis_instances WHERE organization_id = :id"
                + " AND deleted_at IS NULL) AS instances,"
                + " (SELECT coalesce(sum(max_memory), 0) FROM redis_instances"
                + " WHERE organization_id = :id AND deleted_at IS NULL AND type = 'embedded')"
                + " AS memory,"
                + " (SELECT count(*) FROM api_keys WHERE organization_id = :id AND is_active)"
                + " AS keys_in_use")
        .bind("id", id.toString())
        .map(
            (row, context) ->
                new Quota(
                    maxInstances,
                    row.getInt("instances"),
                    maxMemoryGb,
                    row.getLong("memory"),
                    maxKeys,
                    row.getInt("keys_in_use")))
        .one();
  }
}
