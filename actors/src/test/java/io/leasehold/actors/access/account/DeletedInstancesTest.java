package io.leasehold.actors.access.account;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.actors.metrics.JournalMeter;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DeletedInstancesTest {
  private static final Instant NOW = Instant.ofEpochMilli(Clock.system().wallMillis());
  private static final UUID OWNER = UUID.randomUUID();

  private final AccountsDatabase database =
      new AccountsDatabase(
          "jdbc:h2:mem:deleted-"
              + UUID.randomUUID()
              + ";MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DB_CLOSE_DELAY=-1",
          "sa",
          "",
          Duration.ofSeconds(3),
          new JournalMeter(false).statements());
  private final List<UUID> asked = new ArrayList<>();
  private final Set<UUID> away = new HashSet<>();
  private final DeletedInstances deleted =
      new DeletedInstances(database, this::drop, Clock.system());

  private CompletionStage<Boolean> drop(UUID id) {
    asked.add(id);
    return CompletableFuture.completedFuture(!away.contains(id));
  }

  @BeforeEach
  void migrate() throws Exception {
    database.migrate(true);
    await(
        database.ask(
            handle -> {
              handle.execute(
                  "INSERT INTO users (id, email, username, password_hash, is_active, is_verified,"
                      + " created_at, updated_at) VALUES (?, 'a', 'a', 'x', TRUE, FALSE, ?, ?)",
                  OWNER.toString(),
                  Columns.time(NOW),
                  Columns.time(NOW));
              return handle.execute(
                  "INSERT INTO organizations (id, name, slug, owner_id, plan,"
                      + " max_redis_instances, max_memory_gb, max_api_keys, created_at, updated_at)"
                      + " VALUES (?, 'a', 'a', ?, 'free', 1, 1, 1, ?, ?)",
                  OWNER.toString(),
                  OWNER.toString(),
                  Columns.time(NOW),
                  Columns.time(NOW));
            }));
  }

  @AfterEach
  void close() {
    database.close();
  }

  private static <T> T await(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  private UUID instance(String type, Duration deletedSince) throws Exception {
    UUID id = UUID.randomUUID();
    await(
        database.ask(
            handle ->
                handle.execute(
                    "INSERT INTO redis_instances (id, name, slug, organization_id, type,"
                        + " max_memory, status, health_status, deleted_at, created_at, updated_at)"
                        + " VALUES (?, 'i', ?, ?, ?, 1, 'running', 'unknown', ?, ?, ?)",
                    id.toString(),
                    id.toString(),
                    OWNER.toString(),
                    type,
                    deletedSince == null ? null : Columns.time(NOW.minus(deletedSince)),
                    Columns.time(NOW),
                    Columns.time(NOW))));
    return id;
  }

  @Test
  void whatWasDeletedLongEnoughAgoIsRemovedOnce() throws Exception {
    UUID second = instance("embedded", Duration.ofMinutes(5));
    UUID first = instance("embedded", Duration.ofMinutes(6));
    instance("embedded", Duration.ofSeconds(30));
    instance("embedded", null);
    instance("external", Duration.ofMinutes(5));

    await(deleted.drop());
    await(deleted.drop());

    assertThat(asked).containsExactly(first, second);
  }

  @Test
  void whatCouldNotBeRemovedIsTriedAgain() throws Exception {
    UUID id = instance("embedded", Duration.ofMinutes(5));
    away.add(id);
    await(deleted.drop());
    away.clear();
    await(deleted.drop());
    await(deleted.drop());

    assertThat(asked).containsExactly(id, id);
  }
}
