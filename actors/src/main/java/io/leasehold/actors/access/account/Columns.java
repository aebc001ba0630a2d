package io.leasehold.actors.access.account;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jdbi.v3.core.argument.Argument;
import org.jspecify.annotations.Nullable;

/** How values stand in the tables, the same for both databases. No state. */
final class Columns {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Columns() {}

  static UUID id(ResultSet row, String column) throws SQLException {
    return UUID.fromString(row.getString(column));
  }

  static @Nullable UUID idIfAny(ResultSet row, String column) throws SQLException {
    String text = row.getString(column);
    return text == null ? null : UUID.fromString(text);
  }

  static Instant time(ResultSet row, String column) throws SQLException {
    return row.getObject(column, OffsetDateTime.class).toInstant();
  }

  static @Nullable Instant timeIfAny(ResultSet row, String column) throws SQLException {
    OffsetDateTime time = row.getObject(column, OffsetDateTime.class);
    return time == null ? null : time.toInstant();
  }

  static @Nullable Integer integerIfAny(ResultSet row, String column) throws SQLException {
    int number = row.getInt(column);
    return row.wasNull() ? null : number;
  }

  /** Both databases keep microseconds. */
  static Argument time(@Nullable Instant time) {
    return (position, statement, context) -> {
      if (time == null) {
        statement.setNull(position, Types.TIMESTAMP_WITH_TIMEZONE);
      } else {
        statement.setObject(position, time.truncatedTo(ChronoUnit.MICROS).atOffset(ZoneOffset.UTC));
      }
    };
  }

  static String list(Iterable<?> texts) {
    return json(texts);
  }

  static List<String> list(ResultSet row, String column) throws SQLException {
    try {
      return JSON.readValue(row.getString(column), new TypeReference<List<String>>() {});
    } catch (JsonProcessingException e) {
      throw new SQLException(column + " holds no list of texts", e);
    }
  }

  static String object(Map<String, ?> members) {
    return json(members);
  }

  private static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("texts and numbers can be written", e);
    }
  }
}
