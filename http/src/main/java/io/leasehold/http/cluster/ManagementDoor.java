package io.leasehold.http.cluster;

import java.util.concurrent.CompletionStage;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.management.cluster.bootstrap.ClusterBootstrap;
import org.apache.pekko.management.javadsl.PekkoManagement;

/**
 * The port of Pekko Management: {@code /ready}, {@code /alive}, {@code /startup}, members and
 * shards, and the contact point by which nodes find each other. It only tells; it changes nothing.
 */
public final class ManagementDoor {
  private final ActorSystem<?> system;

  /** Opens nothing yet. */
  public ManagementDoor(ActorSystem<?> system) {
    this.system = system;
  }

  /** Opens the port; completed with the number it got. */
  public CompletionStage<Integer> open() {
    return PekkoManagement.get(system).start().thenApply(uri -> uri.port());
  }

  /** Looks for the other nodes, and joins them or forms a cluster with them. */
  public void findOthers() {
    ClusterBootstrap.get(system).start();
  }

  /** Closes the port. */
  public CompletionStage<Done> close() {
    return PekkoManagement.get(system).stop();
  }
}
