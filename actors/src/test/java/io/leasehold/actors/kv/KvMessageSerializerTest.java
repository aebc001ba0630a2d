package io.leasehold.actors.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.leasehold.actors.cluster.PekkoSettings;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.Condition;
import io.leasehold.domain.kv.Fence;
import io.leasehold.domain.kv.KvEntry;
import io.leasehold.domain.kv.KvListing;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvPage;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.kv.Precondition;
import io.leasehold.domain.kv.Ttl;
import io.leasehold.domain.kv.redis.Replies;
import io.leasehold.domain.kv.redis.Reply;
import java.io.NotSerializableException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.NoSerializationVerificationNeeded;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Everything that leaves a node arrives at another as it was. */
class KvMessageSerializerTest {
  private static final ActorTestKit KIT =
      ActorTestKit.create("leasehold", PekkoSettings.of("127.0.0.1", 0, 1));
  private static final long LARGE = (1L << 53) - 1;
  private static final Bytes KEY = Bytes.utf8("ключ\uD83D\uDD12");
  private static final Bytes VALUE = Bytes.of(new byte[] {0, -1, 127, -128});
  private static final Fence FENCE = new Fence("schloß/1", LARGE);
  private static final Precondition ASKED = new Precondition(List.of(3L, LARGE), Precondition.ANY);
  private static final Map<String, String> METADATA = Map.of("owner", "öps", "b", "");
  private static final KvEntry ENTRY =
      new KvEntry(KEY, VALUE, METADATA, LARGE, 1_700_000_000_000L, 1, 1_700_000_000_001L);

  private static final KvOperation PUT =
      new KvOperation.Put(KEY, VALUE, METADATA, Ttl.after(Ttl.MAX_MILLIS), ASKED, FENCE);
  private static final KvOperation INCREMENT =
      new KvOperation.Increment(KEY, Long.MIN_VALUE, -1, Ttl.NONE, Precondition.NONE, null);

  private static final List<KvOperation> OPERATIONS =
      List.of(
          new KvOperation.Get(KEY, ASKED, FENCE),
          new KvOperation.Get(KEY, Precondition.NONE, null),
          PUT,
          new KvOperation.Put(KEY, Bytes.EMPTY, Map.of(), Ttl.KEEP, Precondition.NONE, null),
          new KvOperation.Delete(KEY, ASKED, null),
          new KvOperation.Touch(KEY, Ttl.NONE, Precondition.NONE, FENCE),
          INCREMENT,
          new KvOperation.CompareAndSet(
              KEY, VALUE, 0, Bytes.EMPTY, METADATA, Ttl.NONE, ASKED, FENCE),
          new KvOperation.CompareAndSet(
              KEY, null, LARGE, VALUE, Map.of(), Ttl.KEEP, Precondition.NONE, null),
          new KvOperation.Transaction(
              Stream.of(Condition.Kind.values())
                  .map(kind -> new Condition(KEY, kind, 7, VALUE))
                  .toList(),
              List.of(
                  new KvOperation.Step(PUT, List.of()),
                  new KvOperation.Step(
                      INCREMENT,
                      List.of(new Condition(KEY, Condition.Kind.KEY_EXISTS, 0, Bytes.EMPTY)))),
              FENCE),
          new KvOperation.Commands(
              "b2c3", List.of(List.of(KEY, VALUE, Bytes.EMPTY), List.of(KEY)), true, LARGE));

  private static final List<KvResult> RESULTS =
      List.of(
          new KvResult.Found(ENTRY, 5),
          new KvResult.Absent(),
          new KvResult.NotModified(LARGE),
          new KvResult.Stored(true, LARGE, 0),
          new KvResult.Stored(false, 1, 1_700_000_000_000L),
          new KvResult.Deleted(false, 0),
          new KvResult.Touched(7, 8),
          new KvResult.Counted(true, Long.MIN_VALUE, 9),
          new KvResult.Applied(List.of(new KvResult.Found(ENTRY, 0), new KvResult.Absent()), LARGE),
          new KvResult.PreconditionFailed(0),
          new KvResult.StaleFence(LARGE),
          new KvResult.UnknownFence(),
          new KvResult.CasMismatch(4),
          new KvResult.NotAnInteger(),
          new KvResult.Overflow(),
          new KvResult.Conflict(true, 99, 8, "version is 8, not 7"),
          new KvResult.StorageFull("shard", LARGE, 1),
          new KvResult.Overloaded("full"),
          new KvResult.Unavailable("why", true),
          new KvResult.Replies(
              List.of(
                  Replies.OK,
                  new Reply.Failure("ERR größe"),
                  new Reply.WholeNumber(Long.MIN_VALUE),
                  Replies.bulk(VALUE),
                  Replies.NIL,
                  Replies.NIL_ARRAY,
                  Replies.EMPTY,
                  new Reply.Array(
                      Reply.Shape.MAP,
                      List.of(new Reply.Array(Reply.Shape.SET, List.of(Replies.ONE)))),
                  new Reply.Array(Reply.Shape.PAIRS, List.of()))),
          new KvResult.ReplyBytes(VALUE),
          new KvResult.Unanswered(LARGE));

  private static final List<KvAnswer.Content> CONTENTS =
      List.of(
          new KvAnswer.Drawn(new KvPage(List.of(ENTRY, ENTRY), true), List.of(0L, 7L), -1, LARGE),
          new KvAnswer.Measured(
              new KvStore.ShardStats(63, "10.0.0.1:25520", 1, 2, 3, LARGE, 4, 5, 6, 7)),
          new KvAnswer.Marked(LARGE),
          new KvAnswer.Forgotten(true),
          new KvAnswer.Failed(new KvResult.Unavailable("why", false)),
          new KvAnswer.Moved());

  private static final List<KvShard.Question> QUESTIONS =
      List.of(
          new KvShard.Page(new KvListing.Query(KEY, VALUE, 128, 1 << 20, true)),
          new KvShard.Page(new KvListing.Query(Bytes.EMPTY, null, 1, LARGE, false)),
          new KvShard.Measure(),
          new KvShard.MarkOf("schloß"),
          new KvShard.Forget("job"));

  private final KvMessageSerializer serializer =
      new KvMessageSerializer((ExtendedActorSystem) Adapter.toClassic(KIT.system()));

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  private static List<Object> messages() {
    var desk = KIT.createTestProbe(KvAnswer.class).getRef();
    var keeper = KIT.createTestProbe(KvShard.Status.class).getRef();
    var requests = new ArrayList<KvShard.Request>();
    OPERATIONS.forEach(each -> requests.add(new KvShard.Request(LARGE, each)));
    var results = new ArrayList<KvAnswer.Result>();
    RESULTS.forEach(each -> results.add(new KvAnswer.Result(LARGE, each, false)));
    results.add(new KvAnswer.Result(1, null, false));
    results.add(new KvAnswer.Result(1, new KvResult.Applied(List.of(), 0), true));
    var messages = new ArrayList<Object>();
    messages.add(new KvShard.Run(63, "cor_0123456789abcdef", true, requests, desk));
    messages.add(new KvAnswer.Results(results));
    messages.add(new KvShard.Wake(63, keeper));
    messages.add(new KvShard.Status(63, true, "10.0.0.1:25520"));
    QUESTIONS.forEach(each -> messages.add(new KvShard.Ask(0, LARGE, false, each, desk)));
    CONTENTS.forEach(each -> messages.add(new KvAnswer.Report(LARGE, each)));
    return messages;
  }

  @Test
  void everyMessageBetweenNodesArrivesAsItWas() throws Exception {
    for (Object message : messages()) {
      assertThat(serializer.fromBinary(serializer.toBinary(message), serializer.manifest(message)))
          .isEqualTo(message);
    }
  }

  /** A new operation, result, question or message has to be added above. */
  @Test
  void nothingThatMayLeaveANodeIsMissingHere() {
    assertThat(kindsOf(OPERATIONS)).containsAll(subclasses(KvOperation.class));
    assertThat(kindsOf(RESULTS)).containsAll(subclasses(KvResult.class));
    assertThat(kindsOf(CONTENTS)).containsAll(subclasses(KvAnswer.Content.class));
    assertThat(kindsOf(QUESTIONS)).containsAll(subclasses(KvShard.Question.class));
    assertThat(kindsOf(messages())).containsAll(subclasses(KvAnswer.class));
    var commands = subclasses(KvShard.Command.class);
    commands.removeIf(NoSerializationVerificationNeeded.class::isAssignableFrom);
    commands.remove(KvShard.Stop.class);
    assertThat(kindsOf(messages())).containsAll(commands);
  }

  private static List<Class<?>> subclasses(Class<?> sealed) {
    var all = new ArrayList<Class<?>>();
    for (Class<?> each : Arrays.asList(sealed.getPermittedSubclasses())) {
      if (each.isSealed()) {
        all.addAll(subclasses(each));
      } else {
        all.add(each);
      }
    }
    return all;
  }

  private static Set<Class<?>> kindsOf(List<?> samples) {
    return samples.stream().map(Object::getClass).collect(Collectors.toSet());
  }

  @Test
  void whatAnotherReleaseSendsIsRefusedByName() {
    assertThatThrownBy(() -> serializer.fromBinary(new byte[] {1}, "r9"))
        .isInstanceOf(NotSerializableException.class)
        .hasMessageContaining("r9");
    assertThatThrownBy(() -> serializer.toBinary(new KvShard.Proof(0, 0, 0, null)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("stays on its node");
  }
}
