package io.leasehold.actors.access.account;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import org.jdbi.v3.core.Handle;

/**
 * One page of a list, newest first.
 *
 * @param total items of all pages
 * @param page from 1
 * @param limit items of a full page
 */
public record Page<T>(List<T> items, long total, int page, int limit) {
  public Page {
    items = List.copyOf(items);
  }

  /**
   * Reads one.
   *
   * @param table what stands before the names of its columns, {@code o.} or nothing
   * @param mine which rows, from FROM on
   * @param values of the names in {@code mine}
   */
  static <T> Page<T> read(
      Handle handle,
      Wanted wanted,
      String table,
      String mine,
      Map<String, String> values,
      Row<T> row) {
    List<T> items =
        handle
            .createQuery(
                ("SELECT " + table + "*" + mine)
                    + (" ORDER BY " + table + "created_at DESC, " + table + "id")
                    + " LIMIT :limit OFFSET :offset")
            .bindMap(values)
            .bind("limit", wanted.limit())
            .bind("offset", wanted.offset())
            .map((found, context) -> row.read(found))
            .list();
    long total =
        handle.createQuery("SELECT count(*)" + mine).bindMap(values).mapTo(Long.class).one();
    return new Page<>(items, total, wanted.page(), wanted.limit());
  }

  /** Makes an item of a row. */
  interface Row<T> {
    T read(ResultSet row) throws SQLException;
  }

  /** Which page is wanted. */
  public record Wanted(int page, int limit) {
    long offset() {
      return (page - 1L) * limit;
    }
  }

  public long pages() {
    return (total + limit - 1) / limit;
  }
}
