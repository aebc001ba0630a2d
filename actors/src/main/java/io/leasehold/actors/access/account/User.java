package io.leasehold.actors.access.account;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * A user as its row says. Immutable; prints no hash.
 *
 * @param email in lower case
 */
public record User(
    UUID id,
    String email,
    String username,
    String passwordHash,
    @Nullable String firstName,
    @Nullable String lastName,
    boolean active,
    boolean verified,
    Instant createdAt) {

  static User of(ResultSet row) throws SQLException {
    return new User(
        Columns.id(row, "id"),
        row.getString("email"),
        row.getString("username"),
        row.getString("password_hash"),
        row.getString("first_name"),
        row.getString("last_name"),
        row.getBoolean("is_active"),
        row.getBoolean("is_verified"),
        Columns.time(row, "created_at"));
  }

  static Optional<User> byId(Handle handle, UUID id) {
    return handle
        .createQuery("SELECT * FROM users WHERE id = :id")
        .bind("id", id.toString())
        .map((row, context) -> of(row))
        .findOne();
  }

  static Optional<User> byEmail(Handle handle, String email) {
    return handle
        .createQuery("SELECT * FROM users WHERE email = :email")
        .bind("email", email)
        .map((row, context) -> of(row))
        .findOne();
  }

  static boolean isTaken(Handle handle, String column, String value) {
    return handle
            .createQuery("SELECT count(*) FROM users WHERE " + column + " = :value")
            .bind("value", value)
            .mapTo(Long.class)
            .one()
        > 0;
  }

  void insert(Handle handle) {
    handle
        .createUpdate(
            "INSERT INTO users (id, email, username, password_hash, first_name, last_name,"
                + " is_active, is_verified, created_at, updated_at) VALUES (:id, :email, :username,"
                + " :hash, :first, :last, :active, :verified, :now, :now)")
        .bind("id", id.toString())
        .bind("email", email)
        .bind("username", username)
        .bind("hash", passwordHash)
        .bind("first", firstName)
        .bind("last", lastName)
        .bind("active", active)
        .bind("verified", verified)
        .bind("now", Columns.time(createdAt))
        .execute();
  }

  @Override
  public String toString() {
    return "User[" + id + "]";
  }
}
