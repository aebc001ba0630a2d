package io.leasehold.actors.kv.redis;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvOperation;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/**
 * Says as of when keys of embedded instances are, for transactions that must find them so. Safe for
 * any thread; nothing blocks, and no stage fails.
 */
public interface KeyVersions {
  /**
   * The keys as they are now, fit for {@link KvOperation.Commands#watched}. Such a version may be
   * forgotten, by a move of the shard for one: the key counts as touched then.
   *
   * @return in their order; empty if nobody answered in time
   */
  CompletionStage<Optional<List<KvOperation.Commands.Watched>>> look(
      UUID instance, List<Bytes> keys, Duration patience);
}
