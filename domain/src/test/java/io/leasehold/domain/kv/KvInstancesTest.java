package io.leasehold.domain.kv;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.kv.redis.RedisContext;
import io.leasehold.domain.kv.redis.RedisLimits;
import io.leasehold.domain.kv.redis.Replies;
import io.leasehold.domain.kv.redis.Reply;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Embedded instances share groups, limits and deadlines of their shard, and nothing else. */
class KvInstancesTest {
  private static final long SHARD_BYTES = 1_000;
  private static final Bytes KEY = Bytes.utf8("k");
  private static final RedisContext CONTEXT =
      new RedisContext(
          new RedisLimits(100, 1_000, 4_000, 10_000, 1 << 20),
          new Random(1),
          channel -> 0,
          new RedisContext.Server("1.0.0", 0, 0));

  private final KvImage image = new KvImage(new KvImage.HistoryBounds(10, 1_000));
  private final KvCapacity capacity = new KvCapacity(10_000);
  private long nowMillis = 1_000_000;

  private KvGroup group() {
    var marks = new KvMarks.Rules(10, false, lock -> 0);
    return new KvGroup(
        image, new KvTime(nowMillis, nowMillis), new KvGroup.Rules(SHARD_BYTES, marks), capacity);
  }

  private static Reply run(KvGroup group, String instance, String... words) {
    List<Bytes> command = Arrays.stream(words).map(Bytes::utf8).collect(Collectors.toList());
    return group.instances().of(instance).run(command, CONTEXT);
  }

  private void commit(KvGroup group) {
    group.instances().takeBack();
    assertThat(image.keyspaces().accountedBytes())
        .isEqualTo(
            image.keyspaces().all().values().stream()
                .mapToLong(each -> each.accountedBytes())
                .sum());
    group.changes().forEach(image::apply);
    assertThat(capacity.usedBytes()).isEqualTo(image.accountedBytes());
  }

  @Test
  void commandsOfAGroupSeeEachOtherAndNobodyElseDoes() {
    KvGroup group = group();
    assertThat(run(group, "one", "SET", "k", "v")).isEqualTo(Replies.OK);
    assertThat(run(group, "one", "APPEND", "k", "w")).isEqualTo(new Reply.WholeNumber(2));
    assertThat(run(group, "two", "GET", "k")).isEqualTo(Replies.NIL);
    assertThat(
            group.run(new KvOperation.Get(KEY, Precondition.NONE, null), KvMarks.Proof.NOT_ASKED))
        .isInstanceOf(KvResult.Absent.class);
    group.instances().takeBack();
    assertThat(image.keyspaces().all()).isEmpty();

    commit(group);

    assertThat(image.keyspaces().all()).containsOnlyKeys("one");
    assertThat(run(group(), "one", "GET", "k")).isEqualTo(Replies.bulk("vw"));
    assertThat(image.entries()).isEmpty();
    assertThat(image.revision()).isZero();
  }

  @Test
  void aGroupThatIsNotCommittedLeavesNothing() {
    KvGroup first = group();
    run(first, "one", "RPUSH", "l", "a", "b");
    commit(first);
    long used = capacity.usedBytes();
    KvGroup group = group();
    run(group, "one", "LPOP", "l", "2");
    run(group, "two", "SET", "k", "v");

    group.drop();

    assertThat(group.changes()).isEmpty();
    assertThat(capacity.usedBytes()).isEqualTo(used);
    assertThat(run(group(), "one", "LLEN", "l")).isEqualTo(new Reply.WholeNumber(2));
    assertThat(image.keyspaces().all()).containsOnlyKeys("one");
  }

  @Test
  void instancesAndEntriesShareTheShard() {
    KvGroup group = group();
    assertThat(run(group, "one", "SET", "k", "v".repeat(735))).isEqualTo(Replies.OK); // 800
    assertThat(run(group, "two", "SET", "k", "v".repeat(136))).isInstanceOf(Reply.Failure.class);
    assertThat(run(group, "two", "SET", "k", "v")).isEqualTo(Replies.OK); // 866
    commit(group);

    KvGroup next = group();
    var entry =
        new KvEntry(KEY, Bytes.utf8("v".repeat(38)), Map.of(), 0, nowMillis, nowMillis, 0); // 135
    assertThat(next.store(entry)).isInstanceOf(KvResult.StorageFull.class);
    run(next, "two", "FLUSHALL");
    assertThat(next.store(entry)).isInstanceOf(KvResult.Stored.class);
    commit(next);
    assertThat(image.keyspaces().all()).containsOnlyKeys("one");
  }

  @Test
  void deadlinesOfAllInstancesAreKept() {
    KvGroup group = group();
    run(group, "one", "SET", "a", "v", "PX", "20");
    run(group, "two", "SET", "b", "v", "PX", "10");
    run(group, "two", "SET", "c", "v", "PX", "11");
    run(group, "two", "SET", "d", "v");
    commit(group);
    assertThat(image.keyspaces().nextDeadlineMillis()).isEqualTo(nowMillis + 10);
    nowMillis += 20;

    KvGroup bounded = group();
    assertThat(bounded.instances().expire(2)).isEqualTo(2);
    commit(bounded);
    assertThat(image.keyspaces().size()).isEqualTo(2);

    KvGroup rest = group();
    assertThat(rest.instances().expire(2)).isEqualTo(1);
    commit(rest);
    assertThat(image.keyspaces().size()).isOne();
    assertThat(image.keyspaces().nextDeadlineMillis()).isZero();
  }

  private static KvOperation.Commands commands(boolean transaction, String... lines) {
    var commands =
        Arrays.stream(lines)
            .map(line -> Arrays.stream(line.split(" ")).map(Bytes::utf8).toList())
            .toList();
    return new KvOperation.Commands("one", commands, transaction, 1 << 20);
  }

  @Test
  void commandsOfAnOperationAreAnsweredOneByOneOrAsOne() {
    KvGroup group = group();

    var piped = group.instances().run(commands(false, "SET k v", "INCR k", "GET k"), CONTEXT);
    var atomic = group.instances().run(commands(true, "SET k 1", "INCR k"), CONTEXT);
    var discarded = group.instances().run(commands(true, "SET k 7", "NOSUCH"), CONTEXT);

    assertThat(piped.replies())
        .containsExactly(
            Replies.OK,
            new Reply.Failure("ERR value is not an integer or out of range"),
            Replies.bulk("v"));
    assertThat(atomic.replies())
        .containsExactly(Replies.array(List.of(Replies.OK, new Reply.WholeNumber(2))));
    assertThat(((Reply.Failure) discarded.replies().get(0)).text())
        .startsWith("EXECABORT Transaction discarded because of previous errors. (command 2: ERR");
    commit(group);
    assertThat(run(group(), "one", "GET", "k")).isEqualTo(Replies.bulk("2"));
  }

  @Test
  void repliesOfAnOperationAreBoundedTogether() {
    KvGroup group = group();
    run(group, "one", "SET", "k", "v".repeat(500));
    String[] reads = new String[20];
    Arrays.fill(reads, "GET k");
    reads[19] = "APPEND k w";

    List<Reply> replies = group.instances().run(commands(false, reads), CONTEXT).replies();

    assertThat(replies).hasSize(20);
    assertThat(replies.subList(0, 19)).containsOnly(Replies.bulk("v".repeat(500)));
    var small =
        new RedisContext(
            new RedisLimits(100, 1_000, 4_000, 1_000, 1 << 20),
            new Random(1),
            channel -> 0,
            new RedisContext.Server("1.0.0", 0, 0));
    var cut = group.instances().run(commands(false, reads), small).replies();
    assertThat(cut.get(0)).isInstanceOf(Reply.Bulk.class);
    assertThat(cut.get(1))
        .isEqualTo(new Reply.Failure("ERR reply exceeds maximum allowed size. Limit: 1000 bytes"));
    assertThat(run(group, "one", "STRLEN", "k")).isEqualTo(new Reply.WholeNumber(501));
  }

  @Test
  void onlyOperationsThatCannotChangeAnythingAreReads() {
    assertThat(commands(false, "GET k", "NOSUCH", "PING").isRead()).isTrue();
    assertThat(commands(false, "GET k", "publish c m").isRead()).isFalse();
    assertThat(commands(true, "GET k", "del k").isRead()).isFalse();
  }
}
