package io.leasehold.actors.access.account;

import java.util.List;
import java.util.UUID;
import org.jdbi.v3.core.Handle;

/**
 * What there is in the tables of the accounts, for whoever looks at the whole of it. Immutable.
 *
 * @param newest live instances, newest first, at most {@value #MAX_INSTANCES}
 */
public record Overview(Users.Counts counts, List<Listed> newest) {
  public static final int MAX_INSTANCES = 50;

  /** Before anything was read. */
  static final Overview EMPTY = new Overview(new Users.Counts(0, 0, 0, 0), List.of());

  /** One instance, by no more than what it is called and how it is. */
  public record Listed(UUID id, String name, String type, String status) {}

  public Overview {
    newest = List.copyOf(newest);
  }

  static Overview read(Handle handle) {
    List<Listed> newest =
        handle
            .createQuery(
                "SELECT id, name, type, status FROM redis_instances WHERE deleted_at IS NULL"
                    + " ORDER BY created_at DESC, id LIMIT "
                    + MAX_INSTANCES)
            .map(
                (row, context) ->
                    new Listed(
                        Columns.id(row, "id"),
                        row.getString("name"),
                        row.getString("type"),
                        row.getString("status")))
            .list();
    return new Overview(Users.counts(handle), newest);
  }
}
