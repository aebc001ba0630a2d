package io.leasehold.actors.kv;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvEntry;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** How entries of a shard go into a backup and come out of one. */
final class KvTransfer {
  /** Accounted bytes of entries in one message, but for one that is a single larger entry. */
  static final long PART_BYTES = 1L << 20;

  private KvTransfer() {}

  /**
   * Asks for live entries as they were at one instant, by key.
   *
   * @param id names the instant: that of the question with {@code from} 0
   * @param from entries of that instant that have been given already
   */
  record Draw(int shard, long id, Bytes prefix, int from, ActorRef<Page> replyTo)
      implements PartRequest {}

  /**
   * The answer to {@link Draw}.
   *
   * @param more whether there are entries behind these
   * @param failure why there are none; null if these are they
   */
  record Page(List<KvEntry> entries, boolean more, @Nullable String failure) implements PartAnswer {
    Page {
      entries = List.copyOf(entries);
    }

    static Page failed(String why) {
      return new Page(List.of(), false, why);
    }
  }

  /**
   * Take these entries, with their times and deadlines.
   *
   * @param entries of this shard, at least one
   * @param overwrite whether keys that exist are written too
   */
  record Import(int shard, List<KvEntry> entries, boolean overwrite, ActorRef<Taken> replyTo)
      implements PartRequest {
    Import {
      entries = List.copyOf(entries);
    }
  }

  /**
   * Remove entries; with the last of them begins an epoch.
   *
   * @param epoch random, not 0
   */
  record Clear(int shard, long epoch, ActorRef<Taken> replyTo) implements PartRequest {}

  /**
   * The answer to {@link Import} and {@link Clear}: what is committed.
   *
   * @param again there is more to remove
   * @param failure why not everything was done; null if it was
   */
  record Taken(int restored, int skipped, int expired, boolean again, @Nullable String failure)
      implements PartAnswer {
    static Taken failed(String why) {
      return new Taken(0, 0, 0, false, why);
    }
  }
}
