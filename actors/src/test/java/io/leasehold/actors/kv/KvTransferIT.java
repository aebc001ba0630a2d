package io.leasehold.actors.kv;

import static io.leasehold.actors.kv.KvClusterHarness.CALLER;
import static io.leasehold.actors.kv.KvClusterHarness.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.actors.kv.KvStore.EventKind;
import io.leasehold.actors.kv.KvStore.ListQuery;
import io.leasehold.actors.kv.KvStore.RestoreMode;
import io.leasehold.actors.kv.KvStore.Restored;
import io.leasehold.actors.kv.KvStore.WatchEvent;
import io.leasehold.actors.kv.KvStore.WatchQuery;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.Ttl;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.javadsl.FileIO;
import org.apache.pekko.stream.javadsl.Sink;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Watches, backups and restores of one store on two nodes: large values cross between them. */
class KvTransferIT {
  private static final int SHARDS = 8;

  @TempDir static Path dir;
  private static KvClusterHarness one;
  private static KvClusterHarness two;
  private static NodeKvStore storeOne;
  private static NodeKvStore storeTwo;

  @BeforeAll
  static void start() throws Exception {
    one = KvClusterHarness.inMemory(dir, SHARDS, null);
    two = KvClusterHarness.inMemory(dir, SHARDS, one);
    storeOne = store(one);
    storeTwo = store(two);
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> shardsOf(one) == SHARDS / 2 && shardsOf(two) == SHARDS / 2);
  }

  @AfterAll
  static void stop() {
    two.close();
    one.close();
  }

  private static NodeKvStore store(KvClusterHarness node) {
    var random = new AtomicLong(node.hashCode());
    return NodeKvStore.start(
        node.kit.system(),
        node.service,
        KvPartBench.roomy(),
        Duration.ofSeconds(10),
        "data",
        KvWatchMetrics.NONE,
        () -> random.addAndGet(1L << 30),
        key -> {});
  }

  private static long shardsOf(KvClusterHarness node) throws Exception {
    return await(node.store.stats(0)).shards().stream()
        .filter(each -> each.node().equals(node.address()))
        .count();
  }

  /** One value of a MiB in each of many keys, so that both nodes have some. */
  private static Map<Bytes, Bytes> large(Random random) {
    var values = new HashMap<Bytes, Bytes>();
    for (int i = 0; i < 12; i++) {
      byte[] value = new byte[1 << 20];
      random.nextBytes(value);
      values.put(Bytes.utf8("large/" + i), Bytes.of(value));
    }
    return values;
  }

  private static List<KvOperation> puts(Map<Bytes, Bytes> values) {
    List<KvOperation> puts = new ArrayList<>();
    values.forEach((key, value) -> puts.add(KvPartBench.put(key.text(), value, Ttl.NONE)));
    return puts;
  }

  @Test
  void largeValuesReachWatchersBackupsAndTheStoreAgain() throws Exception {
    var values = large(new Random(7));
    var watch =
        storeOne.watch(
            new WatchQuery(null, Bytes.utf8("large/"), EnumSet.allOf(EventKind.class), true, null));
    var reader =
        new KvPartBench.Reader(
            watch
                .events()
                .mapConcat(together -> together)
                .runWith(
                    Sink.<WatchEvent>queue().withAttributes(Attributes.inputBuffer(1, 1)),
                    one.kit.system()));
    assertThat(((WatchEvent.Ready) reader.next()).shards()).isEqualTo(SHARDS);
    var told = new HashMap<Bytes, Bytes>();

    for (KvOperation put : puts(values)) {
      await(storeTwo.run(put, CALLER));
      assertThat(reader.next())
          .isInstanceOfSatisfying(
              WatchEvent.Put.class, event -> told.put(event.key(), event.value()));
    }

    assertThat(told).isEqualTo(values);

    Path file = dir.resolve("backup");
    await(storeTwo.backup(Bytes.EMPTY).runWith(FileIO.toPath(file), two.kit.system()));
    assertThat(Files.size(file)).isGreaterThan(12L << 20);
    assertThat(await(storeOne.restore(file, RestoreMode.REPLACE, CALLER)))
        .isEqualTo(new Restored(12, 0, 0, 12, null, null));
    var listed =
        await(storeOne.list(new ListQuery(Bytes.EMPTY, null, 100, 64L << 20, false, true), CALLER));
    var restored = new HashMap<Bytes, Bytes>();
    listed.entries().forEach(entry -> restored.put(entry.key(), entry.value()));
    assertThat(restored).isEqualTo(values);

    var fromListing =
        storeTwo.watch(
            new WatchQuery(
                null, Bytes.EMPTY, EnumSet.allOf(EventKind.class), false, listed.position()));
    assertThat(fromListing.refusal()).isNull();
    assertThat(storeOne.watchers()).isEqualTo(1);
    reader.cancel();
  }
}
