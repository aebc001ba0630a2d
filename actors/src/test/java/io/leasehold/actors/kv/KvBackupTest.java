package io.leasehold.actors.kv;

import static io.leasehold.actors.kv.KvPartBench.SHARDS;
import static io.leasehold.actors.kv.KvPartBench.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.leasehold.actors.kv.KvStore.RestoreMode;
import io.leasehold.actors.kv.KvStore.Restored;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvEntry;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.Precondition;
import io.leasehold.domain.kv.Ttl;
import io.leasehold.domain.time.Clock;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backups and what comes of them. */
class KvBackupTest {
  private static final KvStore.Caller CALLER =
      new KvStore.Caller("cor_1", KvStore.Consistency.CONSISTENT, false);
  private static final Bytes BINARY = Bytes.of(new byte[] {0, 1, 2, (byte) 0xff, (byte) 0xfe});

  private final KvPartBench bench = new KvPartBench(KvPartBench.roomy());
  @TempDir private Path dir;

  @AfterEach
  void stop() {
    bench.close();
  }

  private byte[] backup(String prefix) throws Exception {
    return bench
        .backup
        .backup(Bytes.utf8(prefix))
        .runWith(Sink.fold(ByteString.emptyByteString(), ByteString::concat), bench.kit.system())
        .toCompletableFuture()
        .get(20, TimeUnit.SECONDS)
        .toArray();
  }

  private Restored restore(byte[] file, RestoreMode mode) throws Exception {
    Path path = Files.write(dir.resolve("backup"), file);
    return bench
        .restore
        .restore(path, mode, CALLER)
        .toCompletableFuture()
        .get(20, TimeUnit.SECONDS);
  }

  private void fill() {
    bench.run(
        List.of(
            new KvOperation.Put(
                Bytes.utf8("a/é\"x"),
                Bytes.utf8("line\n\u0001\u2028"),
                Map.of("owner", "ops", "b", "ü"),
                Ttl.NONE,
                Precondition.NONE,
                null),
            put("a/binary", BINARY, Ttl.NONE),
            put("a/ttl", Bytes.utf8("soon"), Ttl.after(3_600_000)),
            put("b/empty", Bytes.EMPTY, Ttl.NONE)));
  }

  private static List<KvEntry> withoutVersions(Map<Bytes, KvEntry> entries) {
    return entries.values().stream()
        .map(
            entry ->
                new KvEntry(
                    entry.key(),
                    entry.value(),
                    entry.metadata(),
                    0,
                    entry.createdAtMillis(),
                    entry.updatedAtMillis(),
                    entry.expiresAtMillis()))
        .toList();
  }

  @Test
  void linesAreThoseOfTheFormat() throws Exception {
    bench.run(
        new KvOperation.Put(
            Bytes.utf8("a"),
            Bytes.utf8("v"),
            Map.of("owner", "ops"),
            Ttl.after(3_600_000),
            Precondition.NONE,
            null));
    KvEntry entry = bench.entries().get(Bytes.utf8("a"));

    String[] lines = new String(backup(""), StandardCharsets.UTF_8).split("\n");

    assertThat(lines).hasSize(3);
    assertThat(lines[0])
        .matches(
            "\\{\"format\":\"leasehold-kv\",\"version\":1,\"created_at\":"
                + "\"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z\",\"shards\":4}");
    assertThat(lines[1])
        .isEqualTo(
            "{\"key\":\"a\",\"value\":\"v\",\"version\":1,\"created_at_ms\":"
                + entry.createdAtMillis()
                + ",\"updated_at_ms\":"
                + entry.updatedAtMillis()
                + ",\"expires_at_ms\":"
                + entry.expiresAtMillis()
                + ",\"metadata\":{\"owner\":\"ops\"}}");
    assertThat(lines[2]).matches("\\{\"end\":true,\"entries\":1,\"sha256\":\"[0-9a-f]{64}\"}");
  }

  @Test
  void replacedStoreIsWhatItWas() throws Exception {
    fill();
    List<KvEntry> before = withoutVersions(bench.entries());
    byte[] file = backup("");
    bench.run(List.of(put("a/binary", "changed"), put("c/new", "goes")));

    Restored restored = restore(file, RestoreMode.REPLACE);

    assertThat(restored).isEqualTo(new Restored(4, 0, 0, 4, null, null));
    assertThat(withoutVersions(bench.entries())).isEqualTo(before);
    assertThat(bench.image(KvPartBench.shardOf("b/empty")).epoch()).isNotZero();
    assertThat(restore(file, RestoreMode.REPLACE)).isEqualTo(restored);
  }

  @Test
  void restoredEntriesHaveNewVersionsAndModesDecideOnThoseThatExist() throws Exception {
    fill();
    byte[] file = backup("a/");
    bench.run(List.of(put("a/binary", "changed"), KvPartBench.delete("a/ttl")));

    assertThat(restore(file, RestoreMode.SKIP)).isEqualTo(new Restored(1, 2, 0, 3, null, null));
    assertThat(bench.entries().get(Bytes.utf8("a/binary")).value())
        .isEqualTo(Bytes.utf8("changed"));
    long version = bench.entries().get(Bytes.utf8("a/binary")).version();

    assertThat(restore(file, RestoreMode.OVERWRITE))
        .isEqualTo(new Restored(3, 0, 0, 3, null, null));
    assertThat(bench.entries().get(Bytes.utf8("a/binary")).value()).isEqualTo(BINARY);
    assertThat(bench.entries().get(Bytes.utf8("a/binary")).version()).isGreaterThan(version);
    assertThat(bench.entries()).containsKey(Bytes.utf8("b/empty"));
  }

  @Test
  void whatIsPastItsDeadlineIsLeftOut() throws Exception {
    var lines = new BackupLines();
    byte[] header = lines.header(Clock.system().wallMillis(), 64); // other shards than ours
    byte[] entries =
        lines.entries(
            List.of(
                new KvEntry(Bytes.utf8("dead"), BINARY, Map.of(), 7, 5, 6, 1_000),
                new KvEntry(Bytes.utf8("alive"), BINARY, Map.of(), 7, 5, 6, 0)));
    var file = ByteString.fromArray(header).concat(ByteString.fromArray(entries));

    Restored restored =
        restore(file.concat(ByteString.fromArray(lines.last())).toArray(), RestoreMode.OVERWRITE);

    assertThat(restored).isEqualTo(new Restored(1, 0, 1, 2, null, null));
    KvEntry alive = bench.entries().get(Bytes.utf8("alive"));
    assertThat(alive).isEqualTo(new KvEntry(Bytes.utf8("alive"), BINARY, Map.of(), 1, 5, 6, 0));
  }

  @Test
  void manyPagesAreOneInstantOfTheirShard() throws Exception {
    String value = "x".repeat(100_000);
    List<KvOperation> puts = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      puts.add(put("{s}" + i, value + i));
    }
    bench.run(puts);
    List<KvEntry> before = withoutVersions(bench.entries());
    var written = new AtomicBoolean();

    byte[] file =
        bench
            .backup
            .backup(Bytes.EMPTY)
            .map(
                chunk -> {
                  // between the first page and the second, all is overwritten
                  if (chunk.size() > 100_000 && written.compareAndSet(false, true)) {
                    bench.run(puts.stream().map(put -> put(put.key().text(), "new")).toList());
                  }
                  return chunk;
                })
            .runWith(
                Sink.fold(ByteString.emptyByteString(), ByteString::concat), bench.kit.system())
            .toCompletableFuture()
            .get(20, TimeUnit.SECONDS)
            .toArray();

    assertThat(written).isTrue();
    assertThat(restore(file, RestoreMode.REPLACE))
        .isEqualTo(new Restored(60, 0, 0, 60, null, null));
    assertThat(withoutVersions(bench.entries())).isEqualTo(before);
  }

  @Test
  void flippedByteAnywhereIsRefused() throws Exception {
    fill();
    byte[] file = backup("");
    Path path = dir.resolve("flipped");
    for (int i = 0; i < file.length; i++) {
      byte[] flipped = file.clone();
      flipped[i] ^= (byte) (1 << (i % 8));
      Files.write(path, flipped);
      assertThat(BackupReader.check(path).bad()).as("byte %s", i).isNotNull();
    }

    Map<Bytes, KvEntry> before = bench.entries();
    byte[] flipped = file.clone();
    flipped[file.length / 2] ^= 1;
    Restored restored = restore(flipped, RestoreMode.REPLACE);

    assertThat(restored.badBackup()).startsWith("line ");
    assertThat(bench.entries()).isEqualTo(before);
    assertThat(BackupReader.check(Files.write(path, file)).bad()).isNull();
  }

  @Test
  void truncatedFileIsRefused() throws Exception {
    fill();
    byte[] file = backup("");
    Path path = dir.resolve("short");
    for (int length = 0; length < file.length; length++) {
      Files.write(path, Arrays.copyOf(file, length));
      assertThat(BackupReader.check(path).bad()).as("length %s", length).isNotNull();
    }
    Files.write(path, ByteString.fromArray(file).concat(ByteString.fromString("\n")).toArray());
    assertThat(BackupReader.check(path).bad()).isEqualTo("line 7 follows the last one");
    assertThat(restore(new byte[0], RestoreMode.SKIP).badBackup()).isEqualTo("the file is empty");
  }

  @Test
  void fileThatIsNotThereIsNoBadBackup() {
    assertThat(
            bench
                .restore
                .restore(dir.resolve("none"), RestoreMode.SKIP, CALLER)
                .toCompletableFuture()
                .join()
                .unavailable())
        .contains("NoSuchFileException");
  }

  @Test
  void shardThatDoesNotAnswerLeavesOutTheLastLine() throws IOException {
    ActorRef<KvMessage> silent = bench.kit.spawn(Behaviors.ignore());
    var failing =
        new KvBackup(
            bench.kit.system(), silent, SHARDS, Duration.ofMillis(50), Clock.system(), () -> 1);
    var seen = new ArrayList<ByteString>();

    var ended =
        failing
            .backup(Bytes.EMPTY)
            .runWith(Sink.foreach(seen::add), bench.kit.system())
            .toCompletableFuture();

    assertThatThrownBy(() -> ended.get(10, TimeUnit.SECONDS))
        .hasRootCauseMessage("shard 0 has not answered in 50 ms");
    assertThat(seen).hasSize(1); // the header
  }
}
