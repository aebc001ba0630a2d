package io.leasehold.actors.health;

import io.leasehold.actors.journal.ByteReader;
import io.leasehold.actors.journal.ByteWriter;
import java.io.NotSerializableException;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/**
 * The bytes of questions between nodes and of their answers. A new form gets a new manifest. Safe
 * for any thread.
 */
public final class NodeMessageSerializer extends SerializerWithStringManifest {
  /** On the wire between nodes: never changes. */
  public static final int IDENTIFIER = 76_500_006;

  private static final String ASK = "a1";
  private static final String TOLD = "t1";

  private final ActorRefResolver refs;

  /** Made by Pekko. */
  public NodeMessageSerializer(ExtendedActorSystem system) {
    this.refs = ActorRefResolver.get(Adapter.toTyped(system));
  }

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object message) {
    if (message instanceof NodeAsker.Ask) {
      return ASK;
    } else if (message instanceof NodeAsker.Told) {
      return TOLD;
    }
    throw new IllegalArgumentException(message.getClass().getName() + ": stays on its node");
  }

  @Override
  public byte[] toBinary(Object message) {
    var out = new ByteWriter(256);
    if (message instanceof NodeAsker.Ask ask) {
      out.writeString(ask.question().what());
      out.writeString(ask.question().kind());
      out.writeLong(ask.question().limit());
      out.writeString(refs.toSerializationFormat(ask.replyTo()));
    } else if (message instanceof NodeAsker.Told told) {
      out.writeString(told.node());
      out.writeString(told.document());
    } else {
      throw new IllegalArgumentException(message.getClass().getName() + ": stays on its node");
    }
    return out.toByteArray();
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
    var in = new ByteReader(bytes);
    return switch (manifest) {
      case ASK ->
          new NodeAsker.Ask(
              new EveryNode.Question(in.readString(), in.readString(), in.readInt()),
              refs.resolveActorRef(in.readString()));
      case TOLD -> new NodeAsker.Told(in.readString(), in.readString());
      default ->
          throw new NotSerializableException(
              "manifest " + manifest + ": unknown to this version, it is of a newer one");
    };
  }
}
