package io.leasehold.actors.lock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.leasehold.actors.cluster.PekkoSettings;
import io.leasehold.domain.lock.JournalView;
import io.leasehold.domain.lock.LockAnswer;
import io.leasehold.domain.lock.LockCapacity;
import io.leasehold.domain.lock.LockMonitor;
import io.leasehold.domain.lock.LockOperation;
import io.leasehold.domain.lock.LockView;
import io.leasehold.domain.lock.Mode;
import io.leasehold.domain.lock.Refusal;
import java.io.NotSerializableException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Everything that leaves a node arrives at another as it was. */
class LockMessageSerializerTest {
  private static final ActorTestKit KIT =
      ActorTestKit.create("leasehold", PekkoSettings.of("127.0.0.1", 0, 1));
  private static final long LARGE = (1L << 53) - 1;
  private static final LockOperation.Acquire ACQUIRE =
      new LockOperation.Acquire("wörker", 86_400_000, 5, 1 << 20, 7, Mode.SHARED, true, "m", "id");

  private static final List<LockOperation> OPERATIONS =
      List.of(
          ACQUIRE,
          new LockOperation.Acquire("@", 100, 0, 1, 1, Mode.EXCLUSIVE, false, null, null),
          new LockOperation.Confirm(ACQUIRE, 1_234),
          new LockOperation.Release(null, 0, null),
          new LockOperation.Release("o", LARGE, "i"),
          new LockOperation.Extend("o", 0, 100),
          new LockOperation.GiveBack(LARGE),
          LockOperation.Exists.INSTANCE,
          new LockOperation.Verify(LARGE),
          new LockOperation.ForceRelease(LARGE),
          new LockOperation.Inspect(1_000, 100));

  private static final LockView VIEW =
      new LockView(
          "k\uD83D\uDD12",
          Mode.SHARED,
          3,
          List.of(
              new LockView.Holder("o", null, LARGE, 1, 2, Mode.SHARED, 5, 6, "meta"),
              new LockView.Holder("p", "9f2c41aa", 1, 1, 1, Mode.EXCLUSIVE, 0, 0, null)),
          List.of(new LockView.Waiter("w", 2, Mode.EXCLUSIVE, 1, 40, 60)),
          2,
          1,
          255);

  private static final List<LockAnswer> ANSWERS =
      List.of(
          new LockAnswer.Granted(LARGE, 1, LockAnswer.NO_WAIT, 255),
          new LockAnswer.Granted(1, 2, 0, 1),
          new LockAnswer.Extended(LARGE, 5, 2),
          LockAnswer.Released.FREED,
          new LockAnswer.Released(254),
          LockAnswer.Exists.INSTANCE,
          new LockAnswer.Verified("o", 7),
          new LockAnswer.Inspected(VIEW),
          LockAnswer.WaitCancelled.INSTANCE,
          new LockAnswer.Refused(Refusal.HELD, 299_120),
          LockAnswer.IdConflict.INSTANCE,
          LockAnswer.AnonymousReentry.INSTANCE,
          new LockAnswer.LimitReached(LockCapacity.Limit.LOCKS, 5, 5),
          new LockAnswer.LimitReached(LockCapacity.Limit.MEMORY, 513, 512),
          new LockAnswer.Unavailable("why", true),
          LockAnswer.Moved.INSTANCE,
          new LockAnswer.ForceReleased(List.of(new LockAnswer.ForceReleased.Lost("w", LARGE))));

  private final LockMessageSerializer serializer =
      new LockMessageSerializer((ExtendedActorSystem) Adapter.toClassic(KIT.system()));

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  private static List<Object> messages() {
    var requests = new ArrayList<LockActor.Request>();
    OPERATIONS.forEach(each -> requests.add(new LockActor.Request((3L << 20) + 5, each)));
    var connection = KIT.createTestProbe(LockReplies.class).getRef();
    var status = KIT.createTestProbe(LockPartition.Status.class).getRef();
    var listed = KIT.createTestProbe(LockLister.Listed.class).getRef();
    var query = new LockLister.Query("p", "a", LockMonitor.KeyState.WAITING, 1_000, 1, 2);
    var journal = new JournalView("lock-3", true, 1, 2, 3, 4, 5, "full", LARGE, LARGE);
    return List.of(
        new LockActor.Deliver("key", requests, connection),
        new LockActor.Cancel("key", 7, LockActor.Cancel.GONE, connection),
        new LockActor.Cancel("key", 7, 8, connection),
        new LockPartition.Watch(3, status),
        new LockPartition.Status(3, true, "10.0.0.1:25520", journal),
        new LockPartition.ListKeys(3, query, listed),
        new LockLister.Listed(3, new LockMonitor.Page(List.of(VIEW), true), null),
        LockLister.Listed.failed(3, "2 keys did not answer"));
  }

  private Object there(Object message) throws NotSerializableException {
    return serializer.fromBinary(serializer.toBinary(message), serializer.manifest(message));
  }

  @Test
  void everyMessageBetweenNodesArrivesAsItWas() throws Exception {
    for (Object message : messages()) {
      assertThat(there(message)).isEqualTo(message);
    }
  }

  @Test
  void everyAnswerArrivesAsItWasWithTheNodeThatGaveIt() throws Exception {
    var replies = new LockReplies("10.0.0.1:8765");
    ANSWERS.forEach(answer -> replies.add(9, answer));

    var arrived = (LockReplies) there(replies);

    assertThat(arrived.node()).isEqualTo("10.0.0.1:8765");
    for (int i = 0; i < ANSWERS.size(); i++) {
      assertThat(arrived.sequence(i)).isEqualTo(9);
      assertThat(arrived.answer(i)).isEqualTo(ANSWERS.get(i));
    }
    assertThat(((LockReplies) there(LockReplies.of(1, ANSWERS.get(0)))).node()).isNull();
  }

  @Test
  void everyReasonOfARefusalArrives() throws Exception {
    for (Refusal reason : Refusal.values()) {
      var refused = new LockAnswer.Refused(reason, 1);
      assertThat(((LockReplies) there(LockReplies.of(1, refused))).answer(0)).isEqualTo(refused);
    }
  }

  /** A new operation, answer or message has to be added above. */
  @Test
  void nothingThatMayLeaveANodeIsMissingHere() {
    assertThat(kindsOf(OPERATIONS))
        .containsExactlyInAnyOrder(LockOperation.class.getPermittedSubclasses());
    assertThat(kindsOf(ANSWERS))
        .containsExactlyInAnyOrder(LockAnswer.class.getPermittedSubclasses());
    var commands = new ArrayList<Class<?>>();
    commands.addAll(Arrays.asList(LockActor.Command.class.getPermittedSubclasses()));
    commands.addAll(Arrays.asList(LockPartition.Command.class.getPermittedSubclasses()));
    commands.removeIf(NoSerializationVerificationNeeded.class::isAssignableFrom);
    assertThat(kindsOf(messages())).containsAll(commands);
  }

  private static Set<Class<?>> kindsOf(List<?> samples) {
    return samples.stream().map(Object::getClass).collect(Collectors.toSet());
  }

  @Test
  void whatAnotherReleaseSendsIsRefusedByName() {
    assertThatThrownBy(() -> serializer.fromBinary(new byte[] {1}, "d9"))
        .isInstanceOf(NotSerializableException.class)
        .hasMessageContaining("d9");
    assertThatThrownBy(() -> serializer.toBinary(new LockActor.WakeUp("k")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("stays on its node");
  }
}
