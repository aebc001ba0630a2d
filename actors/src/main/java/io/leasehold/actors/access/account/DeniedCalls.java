package io.leasehold.actors.access.account;

import io.leasehold.domain.access.Denials;
import io.leasehold.domain.access.KeyGrant;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Gathers commands that were refused for want of a key or of a right, and writes one line of the
 * audit log a minute for each key or address, with their number. What was gathered since is lost
 * with the process; of more than 10,000 at a time the others are left out. Safe for any thread.
 */
public final class DeniedCalls implements Denials {
  static final Duration EVERY = Duration.ofMinutes(1);
  private static final int MAX_LINES = 10_000;

  /** Whose calls, and of which kind. */
  private record Who(
      @Nullable UUID key,
      @Nullable UUID user,
      @Nullable UUID organization,
      String address,
      String status) {}

  private record Calls(long count, String userAgent, String lastMessage) {
    Calls and(Calls more) {
      return new Calls(count + more.count, more.userAgent, more.lastMessage);
    }
  }

  private final AccountsDatabase database;
  private final Clock clock;
  private final ConcurrentHashMap<Who, Calls> calls = new ConcurrentHashMap<>();

  DeniedCalls(AccountsDatabase database, Clock clock) {
    this.database = database;
    this.clock = clock;
  }

  @Override
  public void unauthenticated(String address, String userAgent, String message) {
    add(new Who(null, null, null, address, "failed"), userAgent, message);
  }

  @Override
  public void forbidden(KeyGrant key, String userAgent, String message) {
    add(new Who(key.id(), key.user(), key.organization(), "", "denied"), userAgent, message);
  }

  private void add(Who who, String userAgent, String message) {
    if (calls.size() < MAX_LINES || calls.containsKey(who)) {
      calls.merge(who, new Calls(1, userAgent, message), Calls::and);
    }
  }

  /** Writes what was gathered; it stays gathered if that fails. Never fails its stage. */
  CompletionStage<Void> write() {
    var taken = new HashMap<Who, Calls>();
    for (Who who : calls.keySet()) {
      Calls counted = calls.remove(who);
      if (counted != null) {
        taken.put(who, counted);
      }
    }
    if (taken.isEmpty()) {
      return CompletableFuture.completedFuture(null);
    }
    Instant now = Instant.ofEpochMilli(clock.wallMillis());
    return database
        .ask(
            handle -> {
              taken.forEach((who, counted) -> line(who, counted, now).insert(handle));
              return taken.size();
            })
        .handle(
            (written, failure) -> {
              if (written == null) {
                taken.forEach((who, counted) -> calls.merge(who, counted, (a, b) -> b.and(a)));
              }
              return null;
            });
  }

  private static AuditRecord line(Who who, Calls counted, Instant now) {
    return new AuditRecord(
        UUID.randomUUID(),
        who.user(),
        who.key(),
        who.organization(),
        "redis.command",
        "redis",
        null,
        Columns.object(Map.of("count", counted.count())),
        who.address(),
        counted.userAgent(),
        who.status(),
        counted.lastMessage(),
        now);
  }
}
