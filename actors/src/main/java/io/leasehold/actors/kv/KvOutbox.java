package io.leasehold.actors.kv;

import io.leasehold.actors.journal.ByteWriter;
import io.leasehold.actors.kv.redis.ReplyCodec;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvEntry;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.kv.redis.Reply;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * Collects what is answered together, for each desk one message in parts of at most {@value
 * #PART_BYTES} bytes of values; that of the same node gets it whole, and at once. Confined to the
 * actor of the shard.
 */
final class KvOutbox {
  /** A message holds more only if one entry is larger; the frame between nodes has room for it. */
  static final long PART_BYTES = 1L << 20;

  private final AnswerDesk own;
  private final Map<ActorRef<KvAnswer>, List<KvAnswer.Result>> collected = new LinkedHashMap<>();

  /**
   * @param own that of the node
   */
  KvOutbox(AnswerDesk own) {
    this.own = own;
  }

  /**
   * @param result null = it was not looked at, the shard moves
   */
  void add(ActorRef<KvAnswer> replyTo, long number, @Nullable KvResult result) {
    var results = collected.computeIfAbsent(replyTo, none -> new ArrayList<>());
    if (result instanceof KvResult.Applied applied && weight(result) > PART_BYTES) {
      addInParts(results, number, applied);
    } else if (result instanceof KvResult.Replies replies
        && weight(result) > PART_BYTES
        && !replyTo.path().address().hasLocalScope()) {
      addInPieces(results, number, replies); // on its own node nothing needs be written
    } else {
      results.add(new KvAnswer.Result(number, result, false));
    }
  }

  private static void addInParts(
      List<KvAnswer.Result> results, long number, KvResult.Applied applied) {
    var part = new ArrayList<KvResult>();
    long bytes = 0;
    for (KvResult each : applied.results()) {
      if (!part.isEmpty() && bytes + weight(each) > PART_BYTES) {
        results.add(new KvAnswer.Result(number, new KvResult.Applied(part, 0), true));
        part.clear();
        bytes = 0;
      }
      part.add(each);
      bytes += weight(each);
    }
    results.add(new KvAnswer.Result(number, new KvResult.Applied(part, applied.version()), false));
  }

  /** A single reply may be larger than any message, so that the cut is made in the bytes. */
  private static void addInPieces(
      List<KvAnswer.Result> results, long number, KvResult.Replies replies) {
    var out = new ByteWriter((int) Math.min(weight(replies), 64L << 20));
    ReplyCodec.writeAll(out, replies.replies());
    byte[] bytes = out.toByteArray();
    for (int from = 0; from < bytes.length; from += (int) PART_BYTES) {
      int to = (int) Math.min(bytes.length, from + PART_BYTES);
      var piece = new KvResult.ReplyBytes(Bytes.of(Arrays.copyOfRange(bytes, from, to)));
      results.add(new KvAnswer.Result(number, piece, to < bytes.length));
    }
  }

  /** Sends what was collected. */
  void flush() {
    if (collected.isEmpty()) {
      return;
    }
    collected.forEach(
        (replyTo, results) -> {
          if (replyTo.equals(own.ref())) {
            own.answered(new KvAnswer.Results(results));
          } else {
            send(replyTo, results);
          }
        });
    collected.clear();
  }

  private static void send(ActorRef<KvAnswer> replyTo, List<KvAnswer.Result> results) {
    var part = new ArrayList<KvAnswer.Result>();
    long bytes = 0;
    for (KvAnswer.Result each : results) {
      long weight = each.result() == null ? 0 : weight(each.result());
      if (!part.isEmpty() && bytes + weight > PART_BYTES) {
        replyTo.tell(new KvAnswer.Results(part));
        part.clear();
        bytes = 0;
      }
      part.add(each);
      bytes += weight;
    }
    replyTo.tell(new KvAnswer.Results(part));
  }

  /** Bytes of the entries or replies in a result. */
  static long weight(KvResult result) {
    if (result instanceof KvResult.Found found) {
      return found.entry().accountedBytes();
    }
    if (result instanceof KvResult.Applied applied) {
      long weight = 0;
      for (KvResult each : applied.results()) {
        weight += weight(each);
      }
      return weight;
    }
    if (result instanceof KvResult.Replies replies) {
      long weight = 0;
      for (Reply each : replies.replies()) {
        weight += each.weight();
      }
      return weight;
    }
    if (result instanceof KvResult.ReplyBytes piece) {
      return piece.bytes().size();
    }
    return KvEntry.OVERHEAD_BYTES;
  }
}
