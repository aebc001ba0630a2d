package io.leasehold.actors.access.account;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.Ticker;
import io.leasehold.domain.access.KeyDirectory;
import io.leasehold.domain.access.KeyVerdict;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Keys as their rows say, by the hash of their token; up to 10,000 are kept in memory until
 * something about them is changed. A token that was not signed here never reaches the database.
 * Safe for any thread.
 */
final class DatabaseKeyDirectory implements KeyDirectory, AccessChanges.Listener {
  static final Duration MISS = Duration.ofSeconds(5);
  private static final int MAX_KEYS = 10_000;
  private static final KeyVerdict REFUSED = new KeyVerdict.Refused();

  private final AccountsDatabase database;
  private final AccessChanges changes;
  private final Tokens tokens;
  private final KeyUse use;
  private final Clock clock;
  private final AsyncCache<String, Optional<ApiKey>> byHash;
  private final List<Consumer<UUID>> listeners = new CopyOnWriteArrayList<>();

  DatabaseKeyDirectory(
      AccountsDatabase database, AccessChanges changes, Tokens tokens, KeyUse use, Clock clock) {
    this.database = database;
    this.changes = changes;
    this.tokens = tokens;
    this.use = use;
    this.clock = clock;
    Ticker ticker = clock::nanos;
    this.byHash =
        Caffeine.newBuilder()
            .maximumSize(MAX_KEYS)
            .expireAfter(
                Expiry.<String, Optional<ApiKey>>creating(
                    (hash, found) -> found.isPresent() ? Duration.ofDays(365) : MISS))
            .ticker(ticker)
            .buildAsync();
    changes.listen(this);
  }

  @Override
  public CompletionStage<KeyVerdict> check(String token) {
    String hash = Tokens.hash(token);
    CompletableFuture<Optional<ApiKey>> found = byHash.getIfPresent(hash);
    if (found == null && !(tokens.claims(token).orElse(null) instanceof Tokens.OfKey)) {
      return CompletableFuture.completedFuture(REFUSED);
    }
    if (changes.isStale()) {
      return CompletableFuture.completedFuture(
          new KeyVerdict.Unavailable("the database of the keys does not answer"));
    }
    if (found == null) {
      found = byHash.get(hash, (wanted, executor) -> load(wanted));
    }
    return found.handle(
        (row, failure) ->
            row == null
                ? new KeyVerdict.Unavailable("the database of the keys does not answer")
                : verdict(row));
  }

  private CompletableFuture<Optional<ApiKey>> load(String hash) {
    return database.ask(handle -> ApiKey.byHash(handle, hash)).toCompletableFuture();
  }

  private KeyVerdict verdict(Optional<ApiKey> found) {
    return found
        .filter(key -> key.expiresAt().toEpochMilli() > clock.wallMillis())
        .<KeyVerdict>map(key -> new KeyVerdict.Valid(key.grant(), key.expiresAt()))
        .orElse(REFUSED);
  }

  @Override
  public void used(UUID key, String address) {
    use.used(key, address);
  }

  @Override
  public Runnable onChange(Consumer<UUID> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  @Override
  public void changed(AccessChange change) {
    UUID id = change.resource();
    switch (change.kind()) {
      case API_KEY -> {
        forget(key -> key.id().equals(id));
        tell(id);
      }
      case ORGANIZATION -> forget(key -> key.organization().equals(id)).forEach(this::tell);
      case USER -> forget(key -> key.user().equals(id)).forEach(this::tell);
      case INSTANCE -> {}
    }
  }

  @Override
  public void everything() {
    forget(key -> true).forEach(this::tell);
  }

  /** What is being read may be older than the change: whoever asks next reads it again. */
  private List<UUID> forget(Predicate<ApiKey> which) {
    byHash.asMap().values().removeIf(found -> !found.isDone());
    var gone = new ArrayList<UUID>();
    byHash
        .synchronous()
        .asMap()
        .forEach(
            (hash, found) ->
                found
                    .filter(which)
                    .ifPresent(
                        key -> {
                          byHash.synchronous().invalidate(hash);
                          gone.add(key.id());
                        }));
    return gone;
  }

  private void tell(UUID key) {
    listeners.forEach(listener -> listener.accept(key));
  }
}
