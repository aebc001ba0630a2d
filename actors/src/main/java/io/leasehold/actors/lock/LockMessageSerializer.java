package io.leasehold.actors.lock;

import io.leasehold.actors.cluster.NodeSerializer;
import io.leasehold.actors.journal.ByteReader;
import io.leasehold.actors.journal.ByteWriter;
import java.util.ArrayList;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * The bytes of what travels between nodes: requests to the actors of keys and partitions, and what
 * they answer. Safe for any thread.
 */
public final class LockMessageSerializer extends NodeSerializer {
  private static final int IDENTIFIER = 76_500_002;

  /** Made by Pekko. */
  public LockMessageSerializer(ExtendedActorSystem system) {
    super(system, IDENTIFIER);
    form("r1", LockReplies.class, LockWire::writeReplies, LockWire::readReplies);
    form("d1", LockActor.Deliver.class, this::writeDeliver, this::readDeliver);
    form(
        "c1",
        LockActor.Cancel.class,
        (out, cancel) -> {
          out.writeString(cancel.key());
          out.writeLong(cancel.target());
          out.writeLong(cancel.sequence());
          writeRef(out, cancel.replyTo());
        },
        in ->
            new LockActor.Cancel(in.readString(), in.readLong(), in.readLong(), this.readRef(in)));
    form(
        "w1",
        LockPartition.Watch.class,
        (out, watch) -> {
          out.writeLong(watch.partition());
          writeRef(out, watch.replyTo());
        },
        in -> new LockPartition.Watch(in.readInt(), this.readRef(in)));
    form("s1", LockPartition.Status.class, LockWire::writeStatus, LockWire::readStatus);
    form(
        "l1",
        LockPartition.ListKeys.class,
        (out, list) -> {
          out.writeLong(list.partition());
          LockWire.writeQuery(out, list.query());
          writeRef(out, list.replyTo());
        },
        in -> new LockPartition.ListKeys(in.readInt(), LockWire.readQuery(in), this.readRef(in)));
    form("p1", LockLister.Listed.class, LockWire::writeListed, LockWire::readListed);
  }

  private void writeDeliver(ByteWriter out, LockActor.Deliver deliver) {
    out.writeString(deliver.key());
    writeRef(out, deliver.replyTo());
    out.writeLong(deliver.requests().size());
    for (LockActor.Request request : deliver.requests()) {
      out.writeLong(request.sequence());
      LockWire.writeOperation(out, request.operation());
    }
  }

  private LockActor.Deliver readDeliver(ByteReader in) {
    String key = in.readString();
    ActorRef<LockReplies> replyTo = readRef(in);
    int count = in.readInt();
    var requests = new ArrayList<LockActor.Request>(Math.min(count, 1_024));
    for (int i = 0; i < count; i++) {
      requests.add(new LockActor.Request(in.readLong(), LockWire.readOperation(in)));
    }
    return new LockActor.Deliver(key, requests, replyTo);
  }
}
