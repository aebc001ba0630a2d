package io.leasehold.actors.health;

import io.leasehold.actors.cluster.NodeSerializer;
import org.apache.pekko.actor.ExtendedActorSystem;

/** The bytes of questions between nodes and of their answers. Safe for any thread. */
public final class NodeMessageSerializer extends NodeSerializer {
  private static final int IDENTIFIER = 76_500_006;

  /** Made by Pekko. */
  public NodeMessageSerializer(ExtendedActorSystem system) {
    super(system, IDENTIFIER);
    form(
        "a1",
        NodeAsker.Ask.class,
        (out, ask) -> {
          out.writeString(ask.question().what());
          out.writeString(ask.question().kind());
          out.writeLong(ask.question().limit());
          writeRef(out, ask.replyTo());
        },
        in ->
            new NodeAsker.Ask(
                new EveryNode.Question(in.readString(), in.readString(), in.readInt()),
                this.readRef(in)));
    form(
        "t1",
        NodeAsker.Told.class,
        told -> 64 + told.document().length(),
        (out, told) -> {
          out.writeString(told.node());
          out.writeString(told.document());
        },
        in -> new NodeAsker.Told(in.readString(), in.readString()));
  }
}
