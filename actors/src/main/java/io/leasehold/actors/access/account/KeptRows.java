package io.leasehold.actors.access.account;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.Ticker;
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
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Rows that stay in memory until something about them is changed, and what is not there for 5 s; up
 * to 10,000 of both. Those who want to hear of changes are told by the ids of the rows. Safe for
 * any thread.
 */
final class KeptRows<K, V> {
  /** As long as a miss is kept. */
  static final Duration MISS = Duration.ofSeconds(5);

  private static final int MAX_ROWS = 10_000;

  private final Function<K, CompletionStage<Optional<V>>> load;
  private final Function<V, UUID> idOf;
  private final AsyncCache<K, Optional<V>> rows;
  private final List<Consumer<UUID>> listeners = new CopyOnWriteArrayList<>();

  /**
   * @param load reads a row
   */
  KeptRows(Function<K, CompletionStage<Optional<V>>> load, Function<V, UUID> idOf, Clock clock) {
    this.load = load;
    this.idOf = idOf;
    Ticker ticker = clock::nanos;
    this.rows =
        Caffeine.newBuilder()
            .maximumSize(MAX_ROWS)
            .expireAfter(
                Expiry.<K, Optional<V>>creating(
                    (key, found) -> found.isPresent() ? Duration.ofDays(365) : MISS))
            .ticker(ticker)
            .executor(Runnable::run) // a little upkeep now and then is less than to wake a thread
            .buildAsync();
  }

  /** What is kept, or is being read; null = nothing. */
  @Nullable CompletableFuture<Optional<V>> ifKept(K key) {
    return rows.getIfPresent(key);
  }

  /** What is kept, else what is read now; fails as the reading does, which is not kept. */
  CompletableFuture<Optional<V>> get(K key) {
    return rows.get(key, (wanted, executor) -> load.apply(wanted).toCompletableFuture());
  }

  /** The row of this key is not what it was. */
  void drop(K key) {
    rows.synchronous().invalidate(key);
  }

  /**
   * Drops rows. What is being read may be older than the change that made them go: whoever asks
   * next reads it again.
   *
   * @return ids of those that were kept
   */
  List<UUID> forget(Predicate<V> which) {
    rows.asMap().values().removeIf(found -> !found.isDone());
    var gone = new ArrayList<UUID>();
    rows.synchronous()
        .asMap()
        .forEach(
            (key, found) ->
                found
                    .filter(which)
                    .ifPresent(
                        row -> {
                          drop(key);
                          gone.add(idOf.apply(row));
                        }));
    return gone;
  }

  /** Tells each id that changes until the result is run. */
  Runnable onChange(Consumer<UUID> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  void tell(UUID id) {
    listeners.forEach(listener -> listener.accept(id));
  }
}
