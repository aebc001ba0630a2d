package io.leasehold.actors.kv;

import static io.leasehold.actors.kv.InstanceShardTest.commands;
import static io.leasehold.actors.kv.KvClusterHarness.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.actors.journal.SnapshotPolicy;
import io.leasehold.actors.kv.redis.InstanceEvents;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvKeys;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.kv.redis.MonitorLine;
import io.leasehold.domain.kv.redis.Replies;
import io.leasehold.domain.kv.redis.Reply;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Embedded instances through running shards: over a restart, and from another node. */
class InstancesIT {
  private static final int SHARDS = 4;

  @TempDir Path dir;

  private static List<Reply> run(KvClusterHarness node, KvOperation.Commands operation)
      throws Exception {
    return ((KvResult.Replies)
            await(node.store.commands(operation, "cor_1", Duration.ofSeconds(10))))
        .replies();
  }

  private static List<Reply> run(KvClusterHarness node, String instance, String... lines)
      throws Exception {
    return run(node, commands(instance, false, lines));
  }

  private static final String[] QUESTIONS = {
    "SCAN 0 COUNT 100",
    "LRANGE list 0 -1",
    "SMEMBERS set",
    "HGETALL hash",
    "GET counter",
    "GET float",
    "GETRANGE patched 0 -1",
    "PEXPIRETIME dies",
    "DBSIZE"
  };

  private static void fill(KvClusterHarness node, String instance, Random random) throws Exception {
    run(node, instance, "SET dies x EX 1000", "SETRANGE patched 3 abc", "SET gone x PX 1");
    for (int i = 0; i < 60; i++) {
      run(
          node,
          instance,
          "RPUSH list e" + i,
          "SADD set m" + random.nextInt(50),
          "SPOP set",
          "SADD set m" + random.nextInt(50) + " n" + i,
          "HSET hash f" + random.nextInt(20) + " " + i,
          "HDEL hash f" + random.nextInt(20),
          "INCR counter",
          "INCRBYFLOAT float 0.1",
          "LMOVE list list LEFT RIGHT",
          "SET k" + random.nextInt(30) + " v",
          "DEL k" + random.nextInt(30));
    }
    Awaitility.await()
        .until(() -> run(node, instance, "EXISTS gone").equals(List.of(Replies.ZERO)));
  }

  /** With and without a snapshot on the way, the same answers come after a restart. */
  @Test
  void aRestartChangesNoAnswer() throws Exception {
    for (long snapshotChanges : new long[] {5_000, 40}) {
      Path data = dir.resolve("after-" + snapshotChanges);
      List<List<Reply>> before = new ArrayList<>();
      try (var first =
          KvClusterHarness.embedded(data, SHARDS, SnapshotPolicy.after(snapshotChanges))) {
        fill(first, "one", new Random(1));
        fill(first, "two", new Random(2));
        run(first, "dropped", "SET k v");
        run(first, "dropped", "FLUSHALL");
        before.add(run(first, "one", QUESTIONS));
        before.add(run(first, "two", QUESTIONS));
      }
      try (var second =
          KvClusterHarness.embedded(data, SHARDS, SnapshotPolicy.after(snapshotChanges))) {
        assertThat(run(second, "one", QUESTIONS)).isEqualTo(before.get(0));
        assertThat(run(second, "two", QUESTIONS)).isEqualTo(before.get(1));
        assertThat(run(second, "dropped", "DBSIZE")).containsExactly(Replies.ZERO);
      }
    }
  }

  private static String instanceOn(KvClusterHarness one, KvClusterHarness node) throws Exception {
    var stats = await(one.store.stats(0)).shards();
    for (int i = 0; ; i++) {
      int shard = KvKeys.shardOf(Bytes.utf8("redis:i" + i), SHARDS);
      if (stats.get(shard).node().equals(node.address())) {
        return "i" + i;
      }
    }
  }

  @Test
  void largeCommandsAndRepliesGoBetweenNodes() throws Exception {
    try (var one = KvClusterHarness.inMemory(dir, SHARDS, null);
        var two = KvClusterHarness.inMemory(dir, SHARDS, one)) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(
              () ->
                  await(one.store.stats(0)).shards().stream()
                          .filter(each -> each.node().equals(two.address()))
                          .count()
                      == SHARDS / 2);
      String instance = instanceOn(one, two);
      var values = new ArrayList<Reply>();
      for (int i = 0; i < 10; i++) {
        byte[] bytes = new byte[1 << 20];
        new Random(i).nextBytes(bytes);
        Bytes value = Bytes.of(bytes);
        values.add(Replies.bulk(value));
        var push = List.of(Bytes.utf8("RPUSH"), Bytes.utf8("l"), value);
        var operation = new KvOperation.Commands(instance, List.of(push), false, 64 << 20);
        assertThat(run(one, operation)).containsExactly(Replies.number(i + 1));
      }

      // one reply of 10 MiB, with small ones on both sides of it
      List<Reply> replies = run(one, instance, "LLEN l", "LRANGE l 0 -1", "PING");

      assertThat(replies)
          .isEqualTo(List.of(Replies.number(10), Replies.array(values), new Reply.Simple("PONG")));
      assertThat(run(two, instance, "LLEN l")).containsExactly(Replies.number(10));
    }
  }

  /** What an ear has heard, as texts. */
  private static final class Ear implements InstanceEvents.Listener {
    final BlockingQueue<String> heard = new LinkedBlockingQueue<>();

    @Override
    public void heard(InstanceEvents.Event event) {
      if (event instanceof InstanceEvents.Message message) {
        heard.add(message.channel().text() + " " + message.text().text());
      } else if (event instanceof InstanceEvents.PatternMessage message) {
        heard.add(message.pattern().text() + " " + message.text().text());
      } else {
        heard.add(MonitorLine.of(0, "", ((InstanceEvents.Ran) event).command()));
      }
    }

    @Override
    public void ended(String why) {
      heard.add("ended");
    }

    String next() throws InterruptedException {
      return String.valueOf(heard.poll(20, TimeUnit.SECONDS));
    }
  }

  private static UUID idOn(KvClusterHarness one, KvClusterHarness node) throws Exception {
    var stats = await(one.store.stats(0)).shards();
    for (long i = 0; ; i++) {
      UUID id = new UUID(1, i);
      int shard = KvKeys.shardOf(Bytes.utf8("redis:" + id), SHARDS);
      if (stats.get(shard).node().equals(node.address())) {
        return id;
      }
    }
  }

  private static InstanceEvents.Stream listen(
      KvClusterHarness node, UUID instance, Ear ear, InstanceEvents.Interest interest)
      throws Exception {
    var opened =
        await(node.service.instanceEvents().open(instance, interest, ear, Duration.ofSeconds(10)));
    return ((InstanceEvents.Opened.Open) opened).stream();
  }

  private static InstanceEvents.Interest channels(String... names) {
    return new InstanceEvents.Interest(
        Arrays.stream(names).map(Bytes::utf8).collect(Collectors.toSet()), Set.of(), false);
  }

  @Test
  void eventsAreHeardOnEveryNodeAndAgainAfterAMove() throws Exception {
    try (var one = KvClusterHarness.inMemory(dir, SHARDS, null)) {
      var two = KvClusterHarness.inMemory(dir, SHARDS, one);
      try {
        Awaitility.await()
            .atMost(Duration.ofSeconds(30))
            .until(
                () ->
                    await(one.store.stats(0)).shards().stream()
                            .filter(each -> each.node().equals(two.address()))
                            .count()
                        == SHARDS / 2);
        UUID id = idOn(one, two);
        String instance = id.toString();
        var here = new Ear();
        var there = new Ear();
        var monitor = new Ear();
        var patterns = new InstanceEvents.Interest(Set.of(), Set.of(Bytes.utf8("ch*")), false);
        var stream = listen(one, id, here, channels("chat", "other"));
        listen(two, id, there, patterns);

        assertThat(run(one, instance, "PUBLISH chat hello", "PUBLISH none x"))
            .containsExactly(Replies.number(2), Replies.ZERO);
        assertThat(here.next()).isEqualTo("chat hello");
        assertThat(there.next()).isEqualTo("ch* hello");
        var watched =
            await(
                one.service
                    .keyVersions()
                    .look(id, List.of(Bytes.utf8("k")), Duration.ofSeconds(10)));
        assertThat(watched).hasValueSatisfying(keys -> assertThat(keys).hasSize(1));

        await(stream.change(channels("other"), Duration.ofSeconds(10)));
        listen(one, id, monitor, new InstanceEvents.Interest(Set.of(), Set.of(), true));
        assertThat(run(two, instance, "PUBLISH chat gone", "PUBLISH other stays"))
            .containsExactly(Replies.ONE, Replies.ONE);
        assertThat(here.next()).isEqualTo("other stays");
        assertThat(monitor.next()).endsWith(" \"PUBLISH\" \"chat\" \"gone\"");
        stream.close();
        Awaitility.await()
            .until(() -> run(one, instance, "PUBLISH other x").equals(List.of(Replies.ZERO)));

        two.close(); // the shard moves, and knows nobody at first
        Awaitility.await()
            .atMost(Duration.ofSeconds(30))
            .untilAsserted(
                () -> {
                  run(one, instance, "PING again");
                  String last = "none";
                  for (String each = last; each != null; each = monitor.heard.poll()) {
                    last = each;
                  }
                  assertThat(last).endsWith("\"PING\" \"again\"");
                });
        assertThat(there.next()).isEqualTo("ch* gone");
        assertThat(there.heard).contains("ended");
      } finally {
        two.close();
      }
    }
  }
}
