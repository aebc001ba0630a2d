package io.leasehold.actors.access.account;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Map;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * A line of the audit log. Immutable.
 *
 * @param details a JSON object; never a password or a token
 * @param status {@code success}, {@code denied} or {@code failed}
 */
public record AuditRecord(
    UUID id,
    @Nullable UUID user,
    @Nullable UUID apiKey,
    @Nullable UUID organization,
    String action,
    String resourceType,
    @Nullable UUID resourceId,
    String details,
    String address,
    String userAgent,
    String status,
    @Nullable String error,
    Instant createdAt) {
  private static final int MAX_ADDRESS = 64;
  private static final int MAX_USER_AGENT = 200;
  private static final int MAX_ERROR = 500;

  static AuditRecord of(ResultSet row) throws SQLException {
    return new AuditRecord(
        Columns.id(row, "id"),
        Columns.idIfAny(row, "user_id"),
        Columns.idIfAny(row, "api_key_id"),
        Columns.idIfAny(row, "organization_id"),
        row.getString("action"),
        row.getString("resource_type"),
        Columns.idIfAny(row, "resource_id"),
        row.getString("details"),
        row.getString("ip_address"),
        row.getString("user_agent"),
        row.getString("status"),
        row.getString("error_message"),
        Columns.time(row, "created_at"));
  }

  void insert(Handle handle) {
    handle
        .createUpdate(
            "INSERT INTO audit_logs (id, user_id, api_key_id, organization_id, action,"
                + " resource_type, resource_id, details, ip_address, user_agent, status,"
                + " error_message, created_at) VALUES (:id, :user, :key, :organization, :action,"
                + " :type, :resource, :details, :address, :agent, :status, :error, :now)")
        .bind("id", id.toString())
        .bind("user", text(user))
        .bind("key", text(apiKey))
        .bind("organization", text(organization))
        .bind("action", action)
        .bind("type", resourceType)
        .bind("resource", text(resourceId))
        .bind("details", details)
        .bind("address", cut(address, MAX_ADDRESS))
        .bind("agent", cut(userAgent, MAX_USER_AGENT))
        .bind("status", status)
        .bind("error", error == null ? null : cut(error, MAX_ERROR))
        .bind("now", Columns.time(createdAt))
        .execute();
  }

  private static @Nullable String text(@Nullable UUID id) {
    return id == null ? null : id.toString();
  }

  /** PostgreSQL refuses NUL in texts. */
  private static String cut(String text, int max) {
    String plain = text.replace('\0', '?');
    return plain.length() > max ? plain.substring(0, max) : plain;
  }

  /**
   * Newest first.
   *
   * @param action only these; null = all
   */
  static Page<AuditRecord> of(
      Handle handle, UUID organization, @Nullable String action, Page.Wanted wanted) {
    String mine = " FROM audit_logs WHERE organization_id = :organization";
    String id = organization.toString();
    return action == null
        ? Page.read(handle, wanted, "", mine, Map.of("organization", id), AuditRecord::of)
        : Page.read(
            handle,
            wanted,
            "",
            mine + " AND action = :action",
            Map.of("organization", id, "action", action),
            AuditRecord::of);
  }

  static void deleteOlder(Handle handle, Instant than) {
    handle
        .createUpdate("DELETE FROM audit_logs WHERE created_at < :than")
        .bind("than", Columns.time(than))
        .execute();
  }
}
