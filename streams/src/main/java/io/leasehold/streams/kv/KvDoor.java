package io.leasehold.streams.kv;

import io.leasehold.actors.kv.KvStore;
import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.access.RateDecision;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What the lock port needs to serve the store. Safe for any thread.
 *
 * @param keyRequired whether a request needs a key that opens what it does; without, every caller
 *     may do everything
 * @param limit how often a caller may ask
 */
public record KvDoor(KvStore store, boolean keyRequired, Limit limit) {

  /** How often a caller may ask. Safe for any thread; never waits. */
  public interface Limit {
    /** As often as they like. */
    Limit NONE = (caller, address) -> null;

    /**
     * Takes one request of a caller.
     *
     * @param caller by its API key; null: by its address
     * @return null = no limit is in force; else completed soon, mostly at once, never failed
     */
    @Nullable CompletionStage<RateDecision> take(ApiKeys.@Nullable Caller caller, String address);
  }
}
