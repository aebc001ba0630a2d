package io.leasehold.actors.kv;

import static io.leasehold.actors.kv.InstanceShardTest.commands;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.kv.redis.Replies;
import io.leasehold.domain.kv.redis.Reply;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whom the shard of an instance tells what, and when watched keys count as touched. */
class ShardEventsTest {
  private KvShardBench shard;
  private TestProbe<PartAnswer> node;
  private TestProbe<PartAnswer> other;

  @BeforeEach
  void start() {
    shard = KvShardBench.alone();
    node = shard.kit.createTestProbe(PartAnswer.class);
    other = shard.kit.createTestProbe(PartAnswer.class);
  }

  @AfterEach
  void stop() {
    shard.close();
  }

  private static EventTraffic.Wanted wanted(String name, int streams) {
    return new EventTraffic.Wanted(Bytes.utf8(name), streams);
  }

  private void listen(
      TestProbe<PartAnswer> by,
      long version,
      List<EventTraffic.Wanted> channels,
      List<EventTraffic.Wanted> patterns,
      int monitors) {
    shard.shard.tell(
        new EventTraffic.Listen(0, "one", version, channels, patterns, monitors, by.getRef()));
    assertThat(by.expectMessageClass(EventTraffic.Listening.class))
        .isEqualTo(new EventTraffic.Listening("one", version, shard.shard));
  }

  private static EventTraffic.Told told(String... channelsAndTexts) {
    var items = new ArrayList<EventTraffic.Item>();
    for (int i = 0; i < channelsAndTexts.length; i += 2) {
      items.add(
          new EventTraffic.Said(
              Bytes.utf8(channelsAndTexts[i]), Bytes.utf8(channelsAndTexts[i + 1])));
    }
    return new EventTraffic.Told("one", items);
  }

  private List<Reply> run(String... lines) throws Exception {
    return ((KvResult.Replies) shard.ask(commands(lines))).replies();
  }

  @Test
  void publishCountsTheStreamsThatHearItAndEachNodeIsToldOnce() throws Exception {
    listen(node, 1, List.of(wanted("a", 2), wanted("b", 1)), List.of(), 0);
    listen(other, 1, List.of(), List.of(wanted("*", 1), wanted("a*", 3)), 0);

    assertThat(run("PUBLISH a x", "PUBLISH b y", "PUBLISH c z"))
        .containsExactly(Replies.number(6), Replies.number(2), Replies.ONE);

    node.expectMessage(told("a", "x", "b", "y"));
    other.expectMessage(told("a", "x", "b", "y", "c", "z"));
    assertThat(((KvResult.Replies) shard.ask(commands("two", false, "PUBLISH a x"))).replies())
        .containsExactly(Replies.ZERO);
    node.expectNoMessage();
  }

  @Test
  void nothingIsToldBeforeItsCommit() throws Exception {
    listen(node, 1, List.of(wanted("a", 1)), List.of(), 0);

    long number = shard.send(commands("one", true, "SET k v", "PUBLISH a x"));
    shard.appended();

    node.expectNoMessage();
    shard.signal(HandJournal.commit());
    node.expectMessage(told("a", "x"));
    shard.resultOf(number);
  }

  @Test
  void whatIsNotCommittedIsNotTold() throws Exception {
    listen(node, 1, List.of(wanted("a", 1)), List.of(), 1);
    shard.send(commands("SET k v", "PUBLISH a x"));
    shard.appended();

    shard.signal(HandJournal.fail("gone"));

    node.expectNoMessage();
  }

  @Test
  void monitorsAreToldOfWhatWasRunByWhom() throws Exception {
    listen(node, 1, List.of(), List.of(), 1);
    var command = List.of(Bytes.utf8("GET"), Bytes.utf8("k"));
    var wrong = List.of(Bytes.utf8("NOSUCH"));

    shard.ask(
        new KvOperation.Commands(
            "one", List.of(command, wrong), false, 1 << 20, "10.0.0.9:1234", List.of()));

    var ran = node.expectMessageClass(EventTraffic.Told.class);
    assertThat(ran.items())
        .containsExactly(
            new EventTraffic.Ran(shard.clock.wallMillis() * 1_000, "10.0.0.9:1234", command));
  }

  @Test
  void aNodeThatWantsNothingOrIsSilentForLongIsForgotten() throws Exception {
    listen(node, 5, List.of(wanted("a", 1)), List.of(), 0);
    listen(other, 1, List.of(wanted("a", 1)), List.of(), 0);
    listen(node, 4, List.of(wanted("late", 1)), List.of(), 0); // overtaken by a newer word
    assertThat(run("PUBLISH a x")).containsExactly(Replies.number(2));
    node.expectMessage(told("a", "x"));

    listen(node, 6, List.of(), List.of(), 0);
    assertThat(run("PUBLISH a x")).containsExactly(Replies.ONE);

    shard.clock.advance(Duration.ofNanos(ShardListeners.PATIENCE_NANOS + 1));
    shard.timers.timePasses(Duration.ofMillis(300));
    assertThat(run("PUBLISH a x")).containsExactly(Replies.ZERO);
  }

  @Test
  void whoListensIsToldThatTheShardIsGone() {
    listen(node, 1, List.of(wanted("a", 1)), List.of(), 0);

    shard.shard.tell(KvShard.Stop.INSTANCE);

    node.expectMessage(new EventTraffic.Lost("one"));
  }

  private List<KvOperation.Commands.Watched> watch(String... keys) {
    List<Bytes> names = Arrays.stream(keys).map(Bytes::utf8).toList();
    shard.shard.tell(new EventTraffic.Look(0, "one", names, node.getRef()));
    List<Long> versions = node.expectMessageClass(EventTraffic.Seen.class).versions();
    var watched = new ArrayList<KvOperation.Commands.Watched>();
    for (int i = 0; i < keys.length; i++) {
      watched.add(new KvOperation.Commands.Watched(names.get(i), versions.get(i)));
    }
    return watched;
  }

  private static KvOperation transaction(
      List<KvOperation.Commands.Watched> watched, String... lines) {
    return new KvOperation.Commands(
        "one", commands("one", true, lines).commands(), true, 1 << 20, "", watched);
  }

  private static KvResult replies(Reply reply) {
    return new KvResult.Replies(List.of(reply));
  }

  private static final KvResult NOT_RUN = replies(Replies.NIL_ARRAY);

  @Test
  void aTransactionRunsOnlyIfNoWatchedKeyWasTouched() throws Exception {
    shard.askAndCommit(commands("SET a 1", "SET b 1", "SET c 1"));
    for (String touch :
        List.of(
            "SET a 2",
            "SET a 1",
            "DEL a",
            "EXPIRE a 100",
            "RENAME c a",
            "RENAME a x",
            "FLUSHALL")) {
      shard.askAndCommit(commands("SET a 1", "SET c 1"));
      var watched = watch("a", "b");
      shard.askAndCommit(commands(touch));
      assertThat(shard.ask(transaction(watched, "GET b"))).as(touch).isEqualTo(NOT_RUN);
    }
    var watched = watch("a", "b");
    shard.askAndCommit(commands("SET c 2", "RPUSH l x"));
    assertThat(shard.askAndCommit(transaction(watched, "SET d 1")))
        .isEqualTo(replies(Replies.array(List.of(Replies.OK))));
  }

  @Test
  void whatIsUnderWayTouchesToo() throws Exception {
    var watched = watch("a");
    long first = shard.send(commands("SET other 1"));
    shard.appended();
    long touch = shard.send(commands("SET a 1"));
    long transaction = shard.send(transaction(watched, "SET b 1"));

    shard.signal(HandJournal.commit());
    shard.resultOf(first);
    shard.commitNext();

    assertThat(shard.resultOf(touch)).isEqualTo(replies(Replies.OK));
    assertThat(shard.resultOf(transaction)).isEqualTo(NOT_RUN);
  }

  @Test
  void anotherStartOfTheShardKnowsNoVersions() throws Exception {
    var watched = watch("a");

    shard.signal(HandJournal.read(new KvModel(HandJournal.HISTORY)));

    assertThat(shard.ask(transaction(watched, "GET a"))).isEqualTo(NOT_RUN);
  }
}
