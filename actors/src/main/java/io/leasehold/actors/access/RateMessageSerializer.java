package io.leasehold.actors.access;

import io.leasehold.actors.journal.ByteReader;
import io.leasehold.actors.journal.ByteWriter;
import java.io.NotSerializableException;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/** The bytes of what limiters tell each other. Safe for any thread. */
public final class RateMessageSerializer extends SerializerWithStringManifest {
  /** On the wire between nodes: never changes. */
  public static final int IDENTIFIER = 76_500_004;

  private static final String LEASE = "l1";
  private static final String GIVE_BACK = "b1";
  private static final String GRANTED = "g1";

  private final ActorRefResolver refs;

  /** Made by Pekko. */
  public RateMessageSerializer(ExtendedActorSystem system) {
    this.refs = ActorRefResolver.get(Adapter.toTyped(system));
  }

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object message) {
    if (message instanceof RateOwner.Lease) {
      return LEASE;
    } else if (message instanceof RateOwner.GiveBack) {
      return GIVE_BACK;
    } else if (message instanceof RateOwner.Granted) {
      return GRANTED;
    }
    throw new IllegalArgumentException(message.getClass().getName() + ": stays on its node");
  }

  @Override
  public byte[] toBinary(Object message) {
    var out = new ByteWriter(128);
    if (message instanceof RateOwner.Lease lease) {
      out.writeString(lease.bucket());
      out.writeLong(lease.rate());
      out.writeLong(lease.burst());
      out.writeLong(lease.want());
      out.writeLong(lease.need());
      out.writeLong(lease.known());
      out.writeString(refs.toSerializationFormat(lease.replyTo()));
    } else if (message instanceof RateOwner.GiveBack back) {
      out.writeString(back.bucket());
      out.writeLong(back.tokens());
    } else if (message instanceof RateOwner.Granted granted) {
      out.writeString(granted.bucket());
      out.writeLong(granted.tokens());
      out.writeLong(granted.left());
      out.writeLong(granted.retryInNanos());
    } else {
      throw new IllegalArgumentException(message.getClass().getName() + ": stays on its node");
    }
    return out.toByteArray();
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
    var in = new ByteReader(bytes);
    return switch (manifest) {
      case LEASE ->
          new RateOwner.Lease(
              in.readString(),
              in.readInt(),
              in.readInt(),
              in.readLong(),
              in.readLong(),
              in.readLong(),
              refs.resolveActorRef(in.readString()));
      case GIVE_BACK -> new RateOwner.GiveBack(in.readString(), in.readLong());
      case GRANTED ->
          new RateOwner.Granted(in.readString(), in.readLong(), in.readLong(), in.readLong());
      default ->
          throw new NotSerializableException(
              "manifest " + manifest + ": unknown to this version, it is of a newer one");
    };
  }
}
