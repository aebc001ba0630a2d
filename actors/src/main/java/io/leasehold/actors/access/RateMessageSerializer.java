package io.leasehold.actors.access;

import io.leasehold.actors.cluster.NodeSerializer;
import org.apache.pekko.actor.ExtendedActorSystem;

/** The bytes of what limiters tell each other. Safe for any thread. */
public final class RateMessageSerializer extends NodeSerializer {
  private static final int IDENTIFIER = 76_500_004;

  /** Made by Pekko. */
  public RateMessageSerializer(ExtendedActorSystem system) {
    super(system, IDENTIFIER);
    form(
        "l1",
        RateOwner.Lease.class,
        (out, lease) -> {
          out.writeString(lease.bucket());
          out.writeLong(lease.rate());
          out.writeLong(lease.burst());
          out.writeLong(lease.want());
          out.writeLong(lease.need());
          out.writeLong(lease.known());
          writeRef(out, lease.replyTo());
        },
        in ->
            new RateOwner.Lease(
                in.readString(),
                in.readInt(),
                in.readInt(),
                in.readLong(),
                in.readLong(),
                in.readLong(),
                this.readRef(in)));
    form(
        "b1",
        RateOwner.GiveBack.class,
        (out, back) -> {
          out.writeString(back.bucket());
          out.writeLong(back.tokens());
        },
        in -> new RateOwner.GiveBack(in.readString(), in.readLong()));
    form(
        "g1",
        RateOwner.Granted.class,
        (out, granted) -> {
          out.writeString(granted.bucket());
          out.writeLong(granted.tokens());
          out.writeLong(granted.left());
          out.writeLong(granted.retryInNanos());
        },
        in -> new RateOwner.Granted(in.readString(), in.readLong(), in.readLong(), in.readLong()));
  }
}
