package io.leasehold.streams.telemetry.deadletter;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.tuple;

import io.leasehold.domain.telemetry.DeadLetterReport.Group;
import io.leasehold.domain.time.Clock;
import io.leasehold.streams.telemetry.backend.Batch;
import io.leasehold.streams.telemetry.backend.DeadLetters.Letter;
import io.leasehold.streams.telemetry.backend.DeadLetters.Reason;
import io.leasehold.streams.telemetry.backend.TestLines;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeadLetterStoreTest {
  private static final long NOON = Instant.parse("2026-07-20T12:00:00Z").toEpochMilli();
  private static final long DAY = 86_400_000;

  private static final class Wall implements Clock {
    long millis = NOON;

    @Override
    public long nanos() {
      return millis * 1_000_000;
    }

    @Override
    public long wallMillis() {
      return millis;
    }
  }

  @TempDir private Path root;
  private final Wall clock = new Wall();
  private final List<DeadLetterStore> opened = new ArrayList<>();

  private DeadLetterStore open() {
    var store = new DeadLetterStore(root, clock);
    opened.add(store);
    return store;
  }

  @AfterEach
  void close() {
    opened.forEach(DeadLetterStore::close);
  }

  private static Batch batch(long first, String... texts) {
    var lines = new TestLines().numberedFrom(first);
    for (String each : texts) {
      lines.add("s", NOON, "{\"m\":\"" + each + "\"}");
    }
    return lines.batch();
  }

  private static void put(DeadLetterStore store, String target, String... texts)
      throws IOException {
    store.put(target, List.of(new Letter(Reason.DATA_ERROR, "22P05 no", 1, batch(0, texts))));
  }

  private List<String> files(String directory) throws IOException {
    return DeadLetterFiles.files(root.resolve(directory)).stream()
        .map(each -> each.getFileName().toString())
        .toList();
  }

  private List<String> messages(String target) throws IOException {
    List<String> found = new ArrayList<>();
    for (Path file : DeadLetterFiles.files(DeadLetterFiles.directory(root, target))) {
      DeadLetterFiles.read(file, (letter, line) -> found.add(letter.message()));
    }
    return found;
  }

  @Test
  void aBatchStandsInTheFileOfItsDayAsItWas() throws Exception {
    DeadLetterStore store = open();

    store.put(
        "routing.a/main",
        List.of(
            new Letter(Reason.RETRY_EXHAUSTED, "away", 3, batch(17, "1")),
            new Letter(Reason.RETRY_EXHAUSTED, "away", 3, batch(18, "2"))));
    clock.millis += DAY;
    put(store, "routing.a/main", "3");

    assertThat(files("routing.a%2Fmain"))
        .containsExactly("2026-07-20-1.jsonl", "2026-07-21-1.jsonl");
    assertThat(Files.readString(root.resolve("routing.a%2Fmain").resolve("2026-07-20-1.jsonl")))
        .isEqualTo(
            "{\"at\":1784548800000,\"backend\":\"routing.a/main\",\"reason\":\"retry_exhausted\","
                + "\"error\":\"away\",\"attempts\":3,\"generation\":1,"
                + "\"ingest_id\":\"0000000000000001-0000000000000011\",\"msg\":{\"m\":\"1\"}}\n"
                + "{\"at\":1784548800000,\"backend\":\"routing.a/main\",\"reason\":\"retry_exhausted\","
                + "\"error\":\"away\",\"attempts\":3,\"generation\":1,"
                + "\"ingest_id\":\"0000000000000001-0000000000000012\",\"msg\":{\"m\":\"2\"}}\n");
    assertThat(store.summary())
        .extracting(Group::target, Group::reason, Group::count, Group::oldestMillis)
        .containsExactly(
            tuple("routing.a/main", "data_error", 1L, NOON + DAY),
            tuple("routing.a/main", "retry_exhausted", 2L, NOON));
  }

  @Test
  void whoStartsAgainWritesAFileOfItsOwnAndDoesNotMindATornLine() throws Exception {
    put(open(), "pg", "1");
    Path first = root.resolve("pg").resolve("2026-07-20-1.jsonl");
    Files.writeString(first, "{\"at\":17", StandardOpenOption.APPEND);

    DeadLetterStore second = open();
    put(second, "pg", "2");

    assertThat(files("pg")).containsExactly("2026-07-20-1.jsonl", "2026-07-20-2.jsonl");
    assertThat(messages("pg")).containsExactly("{\"m\":\"1\"}", "{\"m\":\"2\"}");
    assertThat(second.has("pg")).isTrue();
    assertThat(second.has("files")).isFalse();
    long bytes = Files.size(first) + Files.size(root.resolve("pg").resolve("2026-07-20-2.jsonl"));
    assertThat(second.figures()).containsExactly(new DeadLetterStore.Figures("pg", bytes, 0));
  }

  @Test
  void theTenthFileOfADayComesAfterTheSecond() throws Exception {
    for (int i = 1; i <= 11; i++) {
      put(open(), "pg", Integer.toString(i));
    }

    assertThat(files("pg")).startsWith("2026-07-20-1.jsonl", "2026-07-20-2.jsonl");
    assertThat(files("pg")).endsWith("2026-07-20-10.jsonl", "2026-07-20-11.jsonl");
  }

  @Test
  void overTheBoundTheOldestGoAndAreCounted() throws Exception {
    DeadLetterStore store = open();
    store.limit("pg", 1_000); // five or six of them

    for (int i = 0; i < 50; i++) {
      put(store, "pg", Integer.toString(100 + i));
    }

    DeadLetterStore.Figures figures = store.figures().get(0);
    assertThat(figures.bytes()).isBetween(500L, 1_000L);
    List<String> left = messages("pg");
    assertThat(left).endsWith("{\"m\":\"148\"}", "{\"m\":\"149\"}");
    assertThat(figures.evicted()).isEqualTo(50 - left.size());
    long onDisk = 0;
    for (Path each : DeadLetterFiles.files(root.resolve("pg"))) {
      onDisk += Files.size(each);
    }
    assertThat(onDisk).isEqualTo(figures.bytes());
  }

  @Test
  void aSealedFileStaysAsItIsUntilLinesAreTakenOut() throws Exception {
    DeadLetterStore store = open();
    put(store, "pg", "0", "1", "2");
    List<Path> sealed = store.sealed("pg");
    put(store, "pg", "3");
    assertThat(sealed).hasSize(1);
    assertThat(files("pg")).hasSize(2);

    var some = new BitSet();
    some.set(0);
    some.set(2);
    store.remove("pg", sealed.get(0), some);

    assertThat(messages("pg")).containsExactly("{\"m\":\"1\"}", "{\"m\":\"3\"}");
    var all = new BitSet();
    all.set(0);
    store.remove("pg", sealed.get(0), all);
    assertThat(files("pg")).containsExactly("2026-07-20-2.jsonl");
    store.remove("pg", sealed.get(0), all); // gone already
    assertThat(store.figures().get(0).bytes())
        .isEqualTo(Files.size(root.resolve("pg").resolve("2026-07-20-2.jsonl")));
  }

  @Test
  void whatCannotBeStoredIsNotThere() throws Exception {
    Files.createDirectories(root);
    Path blocked = Files.write(root.resolve("pg"), "x".getBytes(UTF_8)); // no directory
    DeadLetterStore store = open();

    assertThatIOException().isThrownBy(() -> put(store, "pg", "1"));

    Files.delete(blocked);
    put(store, "pg", "1");
    assertThat(messages("pg")).containsExactly("{\"m\":\"1\"}");
  }
}
