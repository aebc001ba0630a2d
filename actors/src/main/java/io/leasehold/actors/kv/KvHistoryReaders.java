package io.leasehold.actors.kv;

import io.leasehold.domain.kv.KvChange;
import io.leasehold.domain.kv.KvImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * Those who read the history of one shard: one for each node with watchers. Confined to the actor
 * of the shard, which waits for none of them: a question is answered once, and who does not ask is
 * told nothing.
 */
final class KvHistoryReaders implements ShardPart {
  /** Accounted bytes of a message; above it is the frame limit of 2 MiB. */
  static final long PART_BYTES = 1L << 20;

  /** Questions that may wait: more nodes than a cluster has. */
  private static final int MAX_WAITING = 256;

  /** One question of each kind may wait. */
  private record Asker(ActorRef<KvHistoryRead.Part> hub, boolean waits) {}

  private final ShardAccess shard;
  private final Map<Asker, KvHistoryRead.Ask> waiting = new HashMap<>();
  private long incarnation;

  KvHistoryReaders(ShardAccess shard) {
    this.shard = shard;
  }

  @Override
  public boolean onMessage(KvMessage message) {
    if (message instanceof KvHistoryRead.Ask ask) {
      ask(ask);
      return true;
    }
    return false;
  }

  /** What the journal held may be less than the history that went with the image before. */
  @Override
  public void onImage() {
    incarnation = shard.node().ids().get().getMostSignificantBits();
    var asked = List.copyOf(waiting.values());
    waiting.clear();
    asked.forEach(this::ask);
  }

  /** Answers, or keeps the question until there is something to answer. */
  private void ask(KvHistoryRead.Ask ask) {
    KvImage image = shard.image();
    if (image == null || isNothing(ask, image)) {
      var asker = new Asker(ask.replyTo(), ask.waits());
      // the question of a node that has left for ever would stay otherwise
      if (waiting.size() >= MAX_WAITING && !waiting.containsKey(asker)) {
        waiting.clear();
      }
      waiting.put(asker, ask);
      return;
    }
    answerFromHistory(ask, image);
  }

  @Override
  public void onCommitted(List<KvChange> changes) {
    KvImage image = shard.image();
    if (waiting.isEmpty() || image == null) {
      return;
    }
    List<KvChange> seen = changes.stream().filter(change -> change.revision() != 0).toList();
    boolean replaced = changes.stream().anyMatch(KvChange.EpochBegun.class::isInstance);
    if (seen.isEmpty() && !replaced) {
      return;
    }
    // the history may have room for a part of this only: whoever waits gets all of it
    long before = replaced ? KvHistoryRead.NOW : seen.get(0).revision() - 1;
    for (Iterator<KvHistoryRead.Ask> i = waiting.values().iterator(); i.hasNext(); ) {
      KvHistoryRead.Ask ask = i.next();
      i.remove();
      if (ask.behind() == before) {
        send(ask, image, before, seen);
      } else {
        answerFromHistory(ask, image);
      }
    }
  }

  private static boolean isNothing(KvHistoryRead.Ask ask, KvImage image) {
    return ask.waits() && ask.behind() == image.revision() && ask.epoch() == image.epoch();
  }

  private void answerFromHistory(KvHistoryRead.Ask ask, KvImage image) {
    long last = image.revision();
    if (ask.behind() == KvHistoryRead.NOW || ask.behind() >= last) {
      send(ask, image, last, List.of());
      return;
    }
    long behind = Math.max(ask.behind(), image.history().trimmedTo());
    send(ask, image, behind, image.history().behind(behind, Integer.MAX_VALUE));
  }

  private void send(KvHistoryRead.Ask ask, KvImage image, long first, List<KvChange> changes) {
    long behind = first;
    var part = new ArrayList<KvChange>();
    long bytes = 0;
    for (KvChange change : changes) {
      if (!part.isEmpty() && bytes + change.weight() > PART_BYTES) {
        behind = send(ask, image.epoch(), behind, true, part);
        part = new ArrayList<>();
        bytes = 0;
      }
      part.add(change);
      bytes += change.weight();
    }
    send(ask, image.epoch(), behind, false, part);
  }

  private long send(
      KvHistoryRead.Ask ask, long epoch, long behind, boolean more, List<KvChange> changes) {
    long upTo = behind + changes.size();
    ask.replyTo()
        .tell(
            new KvHistoryRead.Part(
                ask.shard(), ask.question(), incarnation, epoch, behind, upTo, more, changes));
    return upTo;
  }

  @Override
  public void onTick() {}

  @Override
  public void onEnd() {
    waiting.clear(); // they ask again, wherever the shard is then
  }
}
