package io.leasehold.streams.lock;

import io.leasehold.actors.lock.LockActor;
import io.leasehold.actors.lock.LockMessage;
import io.leasehold.actors.lock.LockReplies;
import io.leasehold.domain.lock.LockOperation;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * Collects the requests of one chunk by key, so that each key's actor gets one message. The
 * requests on a key keep their order. Not thread safe.
 */
final class Deliveries {
  /** So many are searched one by one; with more, by a map. */
  private static final int FEW = 8;

  private final ActorRef<LockMessage> region;
  private final ActorRef<LockReplies> replyTo;
  private final ArrayList<LockActor.Deliver> open = new ArrayList<>();
  private final Map<String, LockActor.Deliver> byKey = new HashMap<>();

  Deliveries(ActorRef<LockMessage> region, ActorRef<LockReplies> replyTo) {
    this.region = region;
    this.replyTo = replyTo;
  }

  void add(String key, long sequence, LockOperation operation) {
    requestsOf(key).add(new LockActor.Request(sequence, operation));
  }

  /** Sends at once, behind everything that was added before. */
  void cancel(String key, long target, long sequence) {
    send();
    region.tell(new LockActor.Cancel(key, target, sequence, replyTo));
  }

  void send() {
    for (int i = 0; i < open.size(); i++) {
      region.tell(open.get(i));
    }
    open.clear();
    byKey.clear();
  }

  private List<LockActor.Request> requestsOf(String key) {
    if (open.size() <= FEW) {
      for (int i = open.size() - 1; i >= 0; i--) {
        if (open.get(i).key().equals(key)) {
          return open.get(i).requests();
        }
      }
    } else {
      if (byKey.isEmpty()) {
        open.forEach(each -> byKey.put(each.key(), each));
      }
      var known = byKey.get(key);
      if (known != null) {
        return known.requests();
      }
    }
    var delivery = new LockActor.Deliver(key, new ArrayList<>(2), replyTo);
    open.add(delivery);
    if (!byKey.isEmpty()) {
      byKey.put(key, delivery);
    }
    return delivery.requests();
  }
}
