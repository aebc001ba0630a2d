package io.leasehold.http.cluster;

import io.leasehold.actors.cluster.FoundingGate;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.management.cluster.bootstrap.ClusterBootstrapSettings;
import org.apache.pekko.management.cluster.bootstrap.JoinDecision;
import org.apache.pekko.management.cluster.bootstrap.JoinSelf$;
import org.apache.pekko.management.cluster.bootstrap.KeepProbing$;
import org.apache.pekko.management.cluster.bootstrap.LowestAddressJoinDecider;
import org.apache.pekko.management.cluster.bootstrap.SeedNodesInformation;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.concurrent.Future;
import scala.jdk.javaapi.FutureConverters;

/**
 * Which node founds the cluster: the one with the lowest address among those that found each other,
 * if no cluster uses the database yet. The second half is what keeps nodes that start together, and
 * do not all find each other at first, from founding two. Made by Pekko Management, by name.
 */
public final class FoundingDecider extends LowestAddressJoinDecider {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.server");

  /** The bootstrap asks about once a second. */
  private static final int WARN_EVERY = 10;

  private final FoundingGate gate;

  /** Decisions are asked for one after the other. */
  private int refusals;

  /** As Pekko Management makes it. */
  public FoundingDecider(ActorSystem system, ClusterBootstrapSettings settings) {
    super(system, settings);
    this.gate = FoundingGate.of(system);
  }

  @Override
  public Future<JoinDecision> decide(SeedNodesInformation info) {
    CompletionStage<JoinDecision> usual = FutureConverters.asJava(super.decide(info));
    return FutureConverters.asScala(
        usual.thenCompose(
            decision ->
                decision == JoinSelf$.MODULE$
                    ? gate.mayFound().thenApply(this::selfOrNobody)
                    : CompletableFuture.completedFuture(decision)));
  }

  private JoinDecision selfOrNobody(boolean may) {
    if (may) {
      return JoinSelf$.MODULE$;
    }
    if (refusals++ % WARN_EVERY == 0) {
      LOG.warn(
          "a cluster uses this database already, and none of its nodes is found: looking on,"
              + " no other cluster is founded (cluster.contact-points, or whatever is between)");
    }
    return KeepProbing$.MODULE$;
  }
}
