package io.leasehold.actors.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.leasehold.actors.access.account.ExternalGate;
import io.leasehold.actors.access.account.InstanceNodes;
import io.leasehold.actors.cluster.PekkoSettings;
import java.io.NotSerializableException;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Join;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two nodes in this JVM that ask each other. */
class EveryNodeTest {
  private static final EveryNode.Question NAMES = new EveryNode.Question("names", "long", 4);

  private final ActorTestKit one = kit();
  private final ActorTestKit other = kit();
  private final EveryNode ofOne = new EveryNode(one.system());
  private final EveryNode ofOther = new EveryNode(other.system());

  private static ActorTestKit kit() {
    return ActorTestKit.create("leasehold", PekkoSettings.of("127.0.0.1", 0, 1));
  }

  private static String name(ActorTestKit kit) {
    return NodeGatherer.selfName(kit.system());
  }

  @BeforeEach
  void join() {
    var first = Cluster.get(one.system()).selfMember().address();
    Cluster.get(one.system()).manager().tell(Join.create(first));
    Cluster.get(other.system()).manager().tell(Join.create(first));
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .until(
            () -> {
              int[] up = {0};
              Cluster.get(one.system())
                  .state()
                  .getMembers()
                  .forEach(member -> up[0] += member.status().toString().equals("Up") ? 1 : 0);
              return up[0] == 2;
            });
  }

  @AfterEach
  void stop() {
    other.shutdownTestKit();
    one.shutdownTestKit();
  }

  private static EveryNode.Gathered gathered(EveryNode by, EveryNode.Question question)
      throws Exception {
    return by.ask(question).toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  @Test
  void allAnswerAndWhoDoesNotIsNamed() throws Exception {
    ofOne.serve("names", question -> question.kind() + question.limit() + " one");
    ofOther.serve("names", question -> question.kind() + question.limit() + " other");
    ofOne.serve("alone", question -> "here");
    ofOne.serve("broken", question -> "whole");
    ofOther.serve(
        "broken",
        question -> {
          throw new IllegalStateException("no figures");
        });

    assertThat(gathered(ofOne, NAMES).documents())
        .isEqualTo(Map.of(name(one), "long4 one", name(other), "long4 other"));
    assertThat(gathered(ofOne, NAMES).missing()).isEmpty();
    assertThat(gathered(ofOther, NAMES)).isEqualTo(gathered(ofOne, NAMES));

    for (String what : new String[] {"alone", "broken"}) {
      var partial = gathered(ofOne, new EveryNode.Question(what, "", 1));
      assertThat(partial.documents()).containsOnlyKeys(name(one));
      assertThat(partial.missing()).containsExactly(name(other));
    }
  }

  /** How each stands with an external instance; whoever does not say so is named. */
  @Test
  void theStateOfAnInstanceIsGathered() throws Exception {
    var id = UUID.randomUUID();
    var state = new ExternalGate.State(3, "half-open");
    InstanceNodes nodes = InstanceNodes.all(ofOne, any -> ExternalGate.State.NONE);
    var alone = nodes.of(id).toCompletableFuture().get(10, TimeUnit.SECONDS);
    assertThat(alone.nodes()).isEqualTo(Map.of(name(one), ExternalGate.State.NONE));
    assertThat(alone.missing()).containsExactly(name(other));

    InstanceNodes.all(ofOther, any -> any.equals(id) ? state : ExternalGate.State.NONE);
    var seen = nodes.of(id).toCompletableFuture().get(10, TimeUnit.SECONDS);
    assertThat(seen.nodes())
        .isEqualTo(Map.of(name(one), ExternalGate.State.NONE, name(other), state));
    assertThat(seen.missing()).isEmpty();
  }

  /**
   * 600,000 characters pass between nodes, in one message; what is longer comes with fewer rows.
   */
  @Test
  void aDocumentThatIsTooLargeIsAskedForWithFewerRows() throws Exception {
    ofOther.serve("rows", question -> "\u00fc".repeat(question.limit() * 600));
    ofOne.serve("rows", question -> "");

    var all = gathered(ofOne, new EveryNode.Question("rows", "", 1_000));
    assertThat(all.missing()).isEmpty();
    assertThat(all.documents().get(name(other))).hasSize(600_000);

    var fewer = gathered(ofOne, new EveryNode.Question("rows", "", 1_001));
    assertThat(fewer.documents().get(name(other))).hasSize(300_000);
  }

  @Test
  void whatANewerVersionSendsIsRefused() {
    var serializer =
        new NodeMessageSerializer((ExtendedActorSystem) Adapter.toClassic(one.system()));
    assertThatThrownBy(() -> serializer.fromBinary(new byte[0], "t2"))
        .isInstanceOf(NotSerializableException.class)
        .hasMessageContaining("t2");
    assertThatThrownBy(() -> serializer.manifest("text"))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
