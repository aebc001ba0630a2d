package io.leasehold.actors.access.account;

import io.leasehold.domain.access.KeyGrant;
import io.leasehold.domain.access.Scope;
import io.leasehold.domain.kv.Bytes;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.SqlStatement;
import org.jspecify.annotations.Nullable;

/** An API key as its row says. Immutable; knows its token's hash no more than its token. */
public record ApiKey(
    UUID id,
    String prefix,
    UUID user,
    UUID organization,
    Rules rules,
    @Nullable Instant lastUsedAt,
    @Nullable String lastUsedIp,
    boolean active,
    Instant expiresAt,
    Instant createdAt) {

  /**
   * What it opens, as it was asked for.
   *
   * @param scopes words as in {@link Scope#word}, at least one
   * @param allow in lower case
   * @param deny in lower case
   * @param rps null = the default
   * @param burst null = as {@code rps}
   */
  public record Rules(
      String name,
      List<String> scopes,
      List<String> allow,
      List<String> deny,
      List<String> prefixes,
      List<UUID> instances,
      @Nullable Integer rps,
      @Nullable Integer burst) {
    public Rules {
      scopes = List.copyOf(scopes);
      allow = List.copyOf(allow);
      deny = List.copyOf(deny);
      prefixes = List.copyOf(prefixes);
      instances = List.copyOf(instances);
    }
  }

  /** {@code rg_} and the first eight characters of its id. */
  static String prefixOf(UUID id) {
    return "rg_" + id.toString().substring(0, 8);
  }

  static ApiKey of(ResultSet row) throws SQLException {
    return new ApiKey(
        Columns.id(row, "id"),
        row.getString("key_prefix"),
        Columns.id(row, "user_id"),
        Columns.id(row, "organization_id"),
        new Rules(
            row.getString("name"),
            Columns.list(row, "scopes"),
            Columns.list(row, "commands_allow"),
            Columns.list(row, "commands_deny"),
            Columns.list(row, "keyspace_prefixes"),
            Columns.list(row, "instances").stream().map(UUID::fromString).toList(),
            Columns.integerIfAny(row, "rate_limit_rps"),
            Columns.integerIfAny(row, "rate_limit_burst")),
        Columns.timeIfAny(row, "last_used_at"),
        row.getString("last_used_ip"),
        row.getBoolean("is_active"),
        Columns.time(row, "expires_at"),
        Columns.time(row, "created_at"));
  }

  /** Only one that opens something: active, of an active user and a live organization. */
  static Optional<ApiKey> byHash(Handle handle, String hash) {
    return handle
        .createQuery(
            "SELECT k.* FROM api_keys k JOIN users u ON u.id = k.user_id"
                + " JOIN organizations o ON o.id = k.organization_id WHERE k.key_hash = :hash"
                + " AND k.is_active AND u.is_active AND o.deleted_at IS NULL")
        .bind("hash", hash)
        .map((row, context) -> of(row))
        .findOne();
  }

  /** One that is active. */
  static Optional<ApiKey> byId(Handle handle, UUID organization, UUID id) {
    return handle
        .createQuery(
            "SELECT * FROM api_keys WHERE id = :id AND organization_id = :organization"
                + " AND is_active")
        .bind("id", id.toString())
        .bind("organization", organization.toString())
        .map((row, context) -> of(row))
        .findOne();
  }

  static Page<ApiKey> of(Handle handle, UUID organization, Page.Wanted wanted) {
    return Page.read(
        handle,
        wanted,
        "",
        " FROM api_keys WHERE organization_id = :organization AND is_active",
        Map.of("organization", organization.toString()),
        ApiKey::of);
  }

  void insert(Handle handle, String hash) {
    var statement =
        handle
            .createUpdate(
                "INSERT INTO api_keys (id, name, key_hash, key_prefix, user_id, organization_id,"
                    + " scopes, commands_allow, commands_deny, keyspace_prefixes, instances,"
                    + " rate_limit_rps, rate_limit_burst, is_active, expires_at, created_at,"
                    + " updated_at) VALUES (:id, :name, :hash, :prefix, :user, :organization,"
                    + " :scopes, :allow, :deny, :prefixes, :instances, :rps, :burst, TRUE,"
                    + " :expires, :now, :now)")
            .bind("hash", hash)
            .bind("prefix", prefix)
            .bind("user", user.toString())
            .bind("organization", organization.toString());
    bindRules(statement, rules, expiresAt, createdAt).execute();
  }

  void update(Handle handle, Rules next, Instant expires, Instant now) {
    var statement =
        handle.createUpdate(
            "UPDATE api_keys SET name = :name, scopes = :scopes, commands_allow = :allow,"
                + " commands_deny = :deny, keyspace_prefixes = :prefixes, instances = :instances,"
                + " rate_limit_rps = :rps, rate_limit_burst = :burst, expires_at = :expires,"
                + " updated_at = :now WHERE id = :id");
    bindRules(statement, next, expires, now).execute();
  }

  private <S extends SqlStatement<S>> S bindRules(
      S statement, Rules given, Instant expires, Instant now) {
    return statement
        .bind("id", id.toString())
        .bind("name", given.name())
        .bind("scopes", Columns.list(given.scopes()))
        .bind("allow", Columns.list(given.allow()))
        .bind("deny", Columns.list(given.deny()))
        .bind("prefixes", Columns.list(given.prefixes()))
        .bind("instances", Columns.list(given.instances()))
        .bind("rps", given.rps())
        .bind("burst", given.burst())
        .bind("expires", Columns.time(expires))
        .bind("now", Columns.time(now));
  }

  void revoke(Handle handle, Instant now) {
    handle
        .createUpdate(
            "UPDATE api_keys SET is_active = FALSE, revoked_at = :now, updated_at = :now"
                + " WHERE id = :id")
        .bind("id", id.toString())
        .bind("now", Columns.time(now))
        .execute();
  }

  /** Of all active ones of an organization: it may have a thousand at most. */
  static List<UUID> idsOf(Handle handle, UUID organization) {
    return handle
        .createQuery("SELECT id FROM api_keys WHERE organization_id = :organization AND is_active")
        .bind("organization", organization.toString())
        .mapTo(String.class)
        .map(UUID::fromString)
        .list();
  }

  static void revokeAll(Handle handle, UUID organization, Instant now) {
    handle
        .createUpdate(
            "UPDATE api_keys SET is_active = FALSE, revoked_at = :now, updated_at = :now"
                + " WHERE organization_id = :organization AND is_active")
        .bind("organization", organization.toString())
        .bind("now", Columns.time(now))
        .execute();
  }

  /** What it may do, for those who are asked by it. */
  public KeyGrant grant() {
    var scopes = EnumSet.noneOf(Scope.class);
    rules.scopes().forEach(word -> Scope.of(word).ifPresent(scopes::add));
    return new KeyGrant(
        id,
        user,
        organization,
        scopes,
        Set.copyOf(rules.allow()),
        Set.copyOf(rules.deny()),
        rules.prefixes().stream().map(Bytes::utf8).toList(),
        new HashSet<>(rules.instances()),
        number(rules.rps()),
        number(rules.burst()));
  }

  private static OptionalInt number(@Nullable Integer number) {
    return number == null ? OptionalInt.empty() : OptionalInt.of(number);
  }
}
