package io.leasehold.actors.access.account;

import io.leasehold.actors.cluster.NodeSerializer;
import java.util.UUID;
import org.apache.pekko.actor.ExtendedActorSystem;

/** The bytes of what nodes tell each other of changed accounts. Safe for any thread. */
public final class AccessChangeSerializer extends NodeSerializer {
  private static final int IDENTIFIER = 76_500_010;

  /** Made by Pekko. */
  public AccessChangeSerializer(ExtendedActorSystem system) {
    super(system, IDENTIFIER);
    form(
        "a1",
        AccessChange.class,
        (out, change) -> {
          out.writeString(change.id().toString());
          out.writeString(change.kind().name());
          out.writeString(change.resource().toString());
        },
        in ->
            new AccessChange(
                UUID.fromString(in.readString()),
                AccessChange.Kind.valueOf(in.readString()),
                UUID.fromString(in.readString())));
  }
}
