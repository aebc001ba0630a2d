package io.leasehold.domain.kv.redis;

import io.leasehold.domain.kv.Bytes;
import java.util.ArrayList;
import java.util.List;

/**
 * Strings for a reply that may be larger than what there is to reply with: weighed as it grows, so
 * that no more is made of it than may be sent. Confined to its command.
 */
final class PickedStrings {
  private final List<Bytes> strings = new ArrayList<>();
  private final long maxWeight;
  private long weight;

  /**
   * @param maxWeight of all of them, as {@link Reply#weight} has it
   */
  PickedStrings(long maxWeight) {
    this.maxWeight = maxWeight;
  }

  /** Refuses the command if it is too much. */
  void add(Bytes string) {
    weight += Reply.Bulk.OVERHEAD_BYTES + string.size();
    if (weight > maxWeight) {
      throw Refusal.replyTooLarge(maxWeight);
    }
    strings.add(string);
  }

  List<Bytes> all() {
    return strings;
  }
}
