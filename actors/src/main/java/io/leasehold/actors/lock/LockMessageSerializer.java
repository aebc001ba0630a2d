package io.leasehold.actors.lock;

import io.leasehold.actors.journal.ByteReader;
import io.leasehold.actors.journal.ByteWriter;
import java.io.NotSerializableException;
import java.util.ArrayList;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/**
 * The bytes of what travels between nodes: requests to the actors of keys and partitions, and what
 * they answer. A manifest names one form of one message; a new form gets a new manifest, so that
 * nodes of two releases can talk. Safe for any thread.
 */
public final class LockMessageSerializer extends SerializerWithStringManifest {
  /** On the wire between nodes: never changes. */
  public static final int IDENTIFIER = 76_500_002;

  private static final String DELIVER = "d1";
  private static final String CANCEL = "c1";
  private static final String REPLIES = "r1";
  private static final String WATCH = "w1";
  private static final String STATUS = "s1";
  private static final String LIST = "l1";
  private static final String PAGE = "p1";

  private final ActorRefResolver refs;

  /** Made by Pekko. */
  public LockMessageSerializer(ExtendedActorSystem system) {
    this.refs = ActorRefResolver.get(Adapter.toTyped(system));
  }

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object message) {
    if (message instanceof LockReplies) {
      return REPLIES;
    } else if (message instanceof LockActor.Deliver) {
      return DELIVER;
    } else if (message instanceof LockActor.Cancel) {
      return CANCEL;
    } else if (message instanceof LockPartition.Watch) {
      return WATCH;
    } else if (message instanceof LockPartition.Status) {
      return STATUS;
    } else if (message instanceof LockPartition.ListKeys) {
      return LIST;
    } else if (message instanceof LockLister.Listed) {
      return PAGE;
    }
    throw new IllegalArgumentException(message.getClass().getName() + ": stays on its node");
  }

  @Override
  public byte[] toBinary(Object message) {
    var out = new ByteWriter(256);
    if (message instanceof LockReplies replies) {
      LockWire.writeReplies(out, replies);
    } else if (message instanceof LockActor.Deliver deliver) {
      out.writeString(deliver.key());
      writeRef(out, deliver.replyTo());
      out.writeLong(deliver.requests().size());
      for (LockActor.Request request : deliver.requests()) {
        out.writeLong(request.sequence());
        LockWire.writeOperation(out, request.operation());
      }
    } else if (message instanceof LockActor.Cancel cancel) {
      out.writeString(cancel.key());
      out.writeLong(cancel.target());
      out.writeLong(cancel.sequence());
      writeRef(out, cancel.replyTo());
    } else if (message instanceof LockPartition.Watch watch) {
      out.writeLong(watch.partition());
      writeRef(out, watch.replyTo());
    } else if (message instanceof LockPartition.Status status) {
      LockWire.writeStatus(out, status);
    } else if (message instanceof LockPartition.ListKeys list) {
      out.writeLong(list.partition());
      LockWire.writeQuery(out, list.query());
      writeRef(out, list.replyTo());
    } else if (message instanceof LockLister.Listed listed) {
      LockWire.writeListed(out, listed);
    } else {
      throw new IllegalArgumentException(message.getClass().getName() + ": stays on its node");
    }
    return out.toByteArray();
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
    var in = new ByteReader(bytes);
    return switch (manifest) {
      case REPLIES -> LockWire.readReplies(in);
      case DELIVER -> readDeliver(in);
      case CANCEL ->
          new LockActor.Cancel(in.readString(), in.readLong(), in.readLong(), this.readRef(in));
      case WATCH -> new LockPartition.Watch(in.readInt(), this.readRef(in));
      case STATUS -> LockWire.readStatus(in);
      case LIST ->
          new LockPartition.ListKeys(in.readInt(), LockWire.readQuery(in), this.readRef(in));
      case PAGE -> LockWire.readListed(in);
      default ->
          throw new NotSerializableException(
              "manifest " + manifest + ": unknown to this version, it is of a newer one");
    };
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

  private void writeRef(ByteWriter out, ActorRef<?> ref) {
    out.writeString(refs.toSerializationFormat(ref));
  }

  private <T> ActorRef<T> readRef(ByteReader in) {
    return refs.resolveActorRef(in.readString());
  }
}
