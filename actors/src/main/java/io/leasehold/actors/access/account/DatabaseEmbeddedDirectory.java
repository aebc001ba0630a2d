package io.leasehold.actors.access.account;

import io.leasehold.domain.access.EmbeddedDirectory;
import io.leasehold.domain.access.InstanceDirectory.Found;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import org.jdbi.v3.core.Handle;

/** Embedded instances as their rows say; each question goes to the database. */
final class DatabaseEmbeddedDirectory implements EmbeddedDirectory {
  private final AccountsDatabase database;

  DatabaseEmbeddedDirectory(AccountsDatabase database) {
    this.database = database;
  }

  @Override
  public CompletionStage<Optional<List<Found.Embedded>>> embeddedOf(UUID organization, int max) {
    return database
        .ask(handle -> rows(handle, organization, max))
        .handle((rows, failure) -> Optional.ofNullable(rows));
  }

  private static List<Found.Embedded> rows(Handle handle, UUID organization, int max) {
    return handle
        .createQuery(
            "SELECT i.id, i.max_memory FROM redis_instances i"
                + " JOIN organizations o ON o.id = i.organization_id"
                + " WHERE i.organization_id = :organization AND i.type = 'embedded'"
                + " AND i.deleted_at IS NULL AND o.deleted_at IS NULL"
                + " ORDER BY i.created_at, i.id LIMIT :max")
        .bind("organization", organization.toString())
        .bind("max", max)
        .map(
            (row, context) ->
                new Found.Embedded(Columns.id(row, "id"), organization, row.getLong("max_memory")))
        .list();
  }
}
