package io.leasehold.actors.dashboard;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.typed.ActorRef;

/** What {@link NodeParts} is told. */
public sealed interface PartMessage {

  /** Tell {@code replyTo} what this node adds. From any node. */
  record Ask(ActorRef<NodePart> replyTo) implements PartMessage {}

  /** Gather what all members add. From this node. */
  record Gather(CompletableFuture<Parts> result)
      implements PartMessage, NoSerializationVerificationNeeded {}

  /**
   * A picture of the cluster.
   *
   * @param missing members that did not answer in time, {@code host:port}
   */
  record Parts(List<NodePart> parts, List<String> missing) {
    public Parts {
      parts = List.copyOf(parts);
      missing = List.copyOf(missing);
    }
  }
}
