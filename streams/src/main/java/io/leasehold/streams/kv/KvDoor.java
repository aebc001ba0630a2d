package io.leasehold.streams.kv;

import io.leasehold.actors.kv.KvStore;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * What the lock port needs to serve the store. Safe for any thread.
 *
 * @param keySeen is told of every key that is asked for; must cost nothing to speak of
 * @param measured is told of every operation how long it took, in nanoseconds
 */
public record KvDoor(KvStore store, Consumer<String> keySeen, LongConsumer measured) {}
