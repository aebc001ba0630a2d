package io.leasehold.actors.access.account;

import io.leasehold.domain.access.KeyDirectory;
import io.leasehold.domain.access.KeyVerdict;
import io.leasehold.domain.async.AtOnce;
import io.leasehold.domain.time.Clock;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Keys as their rows say, by the hash of their token. A token that was not signed here never
 * reaches the database. Safe for any thread.
 */
final class DatabaseKeyDirectory implements KeyDirectory, AccessChanges.Listener {
  private static final KeyVerdict REFUSED = new KeyVerdict.Refused();

  /**
   * A row, and what is said of it while it has not expired: made once, as it is asked for often.
   */
  private record Kept(ApiKey key, KeyVerdict verdict) {
    static Kept of(ApiKey key) {
      return new Kept(key, new KeyVerdict.Valid(key.grant(), key.expiresAt()));
    }
  }

  private final AccessChanges changes;
  private final Tokens tokens;
  private final KeyUse use;
  private final Clock clock;
  private final KeptRows<String, Kept> byHash;

  DatabaseKeyDirectory(
      AccountsDatabase database, AccessChanges changes, Tokens tokens, KeyUse use, Clock clock) {
    this.changes = changes;
    this.tokens = tokens;
    this.use = use;
    this.clock = clock;
    this.byHash =
        new KeptRows<>(
            hash -> database.ask(handle -> ApiKey.byHash(handle, hash).map(Kept::of)),
            kept -> kept.key().id(),
            clock);
    changes.listen(this);
  }

  @Override
  public CompletionStage<KeyVerdict> check(String token) {
    String hash = Tokens.hash(token);
    CompletableFuture<Optional<Kept>> found = byHash.ifKept(hash);
    if (found == null && !(tokens.claims(token).orElse(null) instanceof Tokens.OfKey)) {
      return CompletableFuture.completedFuture(REFUSED);
    }
    if (changes.isStale()) {
      return CompletableFuture.completedFuture(
          new KeyVerdict.Unavailable("the database of the keys does not answer"));
    }
    if (found == null) {
      found = byHash.get(hash);
    }
    if (AtOnce.isThere(found)) {
      return AtOnce.map(found, this::verdict);
    }
    return found.handle(
        (row, failure) ->
            row == null
                ? new KeyVerdict.Unavailable("the database of the keys does not answer")
                : verdict(row));
  }

  private KeyVerdict verdict(Optional<Kept> found) {
    return found
        .filter(kept -> kept.key().expiresAt().toEpochMilli() > clock.wallMillis())
        .map(Kept::verdict)
        .orElse(REFUSED);
  }

  @Override
  public void used(UUID key, String address) {
    use.used(key, address);
  }

  @Override
  public Runnable onChange(Consumer<UUID> listener) {
    return byHash.onChange(listener);
  }

  @Override
  public void changed(AccessChange change) {
    UUID id = change.resource();
    switch (change.kind()) {
      case API_KEY -> {
        byHash.forget(kept -> kept.key().id().equals(id));
        byHash.tell(id);
      }
      case ORGANIZATION -> forget(key -> key.organization().equals(id));
      case USER -> forget(key -> key.user().equals(id));
      case INSTANCE -> {}
    }
  }

  @Override
  public void everything() {
    forget(key -> true);
  }

  private void forget(Predicate<ApiKey> which) {
    byHash.forget(kept -> which.test(kept.key())).forEach(byHash::tell);
  }
}
