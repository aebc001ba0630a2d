package io.leasehold.streams.telemetry.backend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.leasehold.config.telemetry.FilesystemSettings;
import io.leasehold.domain.time.Clock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileBackendTest {
  private static final long NOON = Instant.parse("2026-07-20T12:00:00Z").toEpochMilli();
  private static final long DAY = 86_400_000;

  private static final class FixedClock implements Clock {
    private volatile long wall = NOON;

    @Override
    public long nanos() {
      return 0;
    }

    @Override
    public long wallMillis() {
      return wall;
    }
  }

  @TempDir private Path dir;

  private final FixedClock clock = new FixedClock();
  private FileBackend backend;

  private FileBackend open(FilesystemSettings settings) throws BackendException {
    backend = new FileBackend(settings, clock);
    backend.open();
    return backend;
  }

  @AfterEach
  void close() {
    if (backend != null) {
      backend.close();
    }
  }

  private FilesystemSettings settings(int rotateMb, boolean gzip, String zone, int retention) {
    return new FilesystemSettings(
        dir, true, rotateMb, ZoneId.of(zone), gzip, Duration.ZERO, false, 0, retention);
  }

  private List<String> names() throws IOException {
    try (Stream<Path> all = Files.list(dir)) {
      return all.map(each -> each.getFileName().toString())
          .filter(name -> !name.startsWith(".leasehold"))
          .sorted()
          .toList();
    }
  }

  private String text(String name) throws IOException {
    return Files.readString(dir.resolve(name));
  }

  @Test
  void eachSourceHasAFileForEachDay() throws Exception {
    var lines =
        new TestLines()
            .add("a", NOON, "{1}")
            .add("a", NOON - DAY, "{2}")
            .add("b", NOON, "{3}")
            .add("a", NOON + 1, "{4}");

    var outcome = open(FilesystemSettings.at(dir)).deliver(lines.batch());

    assertThat(outcome.refused()).isEmpty();
    assertThat(names())
        .containsExactly("a-2026-07-19.jsonl", "a-2026-07-20.jsonl", "b-2026-07-20.jsonl");
    assertThat(text("a-2026-07-20.jsonl")).isEqualTo("{1}\n{4}\n");
    assertThat(text("a-2026-07-19.jsonl")).isEqualTo("{2}\n");
    assertThat(text("b-2026-07-20.jsonl")).isEqualTo("{3}\n");
  }

  @Test
  void theDayIsThatOfTheTimeZone() throws Exception {
    long late = Instant.parse("2026-07-20T22:30:00Z").toEpochMilli();

    open(settings(0, false, "Europe/Berlin", 0))
        .deliver(new TestLines().add("a", late, "{}").batch());

    assertThat(names()).containsExactly("a-2026-07-21.jsonl");
  }

  @Test
  void aSourceCannotLeaveTheDirectory() throws Exception {
    open(FilesystemSettings.at(dir.resolve("in")))
        .deliver(
            new TestLines()
                .add("../evil", NOON, "{1}")
                .add("..", NOON, "{2}")
                .add("ä/b", NOON, "{3}")
                .add("x".repeat(256), NOON, "{4}")
                .batch());

    assertThat(names()).containsExactly("in");
    try (Stream<Path> all = Files.walk(dir.resolve("in"))) {
      assertThat(all.filter(Files::isRegularFile).map(each -> each.getFileName().toString()))
          .contains(
              "%2E.%2Fevil-2026-07-20.jsonl",
              "%2E.-2026-07-20.jsonl", "%C3%A4%2Fb-2026-07-20.jsonl")
          .hasSize(5); // with the lock
    }
  }

  @Test
  void canonicalLinesHaveOneOrderAndNoBlanks() throws Exception {
    var canonical =
        new FilesystemSettings(dir, true, 0, ZoneId.of("UTC"), false, Duration.ZERO, true, 0, 0);
    String head = "{ \"ts\": " + NOON + ", \"v\" :1, \"src\":\"a\", \"tid\":\"t\", \"sid\":\"\",";

    open(canonical)
        .deliver(
            new TestLines()
                .add("a", NOON, head + " \"data\":{ \"x\": [ 1, 2 ] }, \"type\":\"resource\" }")
                .add("a", NOON, head + " \"data\":[], \"type\":\"resource\"}")
                .batch());

    String begin = "{\"v\":1,\"src\":\"a\",\"ts\":" + NOON + ",\"type\":\"resource\",\"data\":";
    assertThat(text("a-2026-07-20.jsonl"))
        .isEqualTo(begin + "{\"x\":[1,2]},\"tid\":\"t\"}\n" + begin + "{},\"tid\":\"t\"}\n");
  }

  @Test
  void aTornLineStaysAlone() throws Exception {
    Files.writeString(dir.resolve("a-2026-07-20.jsonl"), "{0}\n{\"to");

    open(FilesystemSettings.at(dir)).deliver(new TestLines().add("a", NOON, "{1}").batch());

    assertThat(text("a-2026-07-20.jsonl")).isEqualTo("{0}\n{\"to\n{1}\n");
  }

  @Test
  void aFullFileIsPutAside() throws Exception {
    var files = open(settings(1, false, "UTC", 0));
    String big = "x".repeat(600 << 10);

    for (String each : List.of("1", "2", "3")) {
      files.deliver(new TestLines().add("a", NOON, each + big).batch());
    }

    assertThat(names())
        .containsExactly("a-2026-07-20.jsonl", "a-2026-07-20~1.jsonl", "a-2026-07-20~2.jsonl");
    assertThat(text("a-2026-07-20~1.jsonl")).startsWith("1x");
    assertThat(text("a-2026-07-20~2.jsonl")).startsWith("2x");
    assertThat(text("a-2026-07-20.jsonl")).startsWith("3x");
  }

  @Test
  void aDayThatIsOverIsPackedAndLateLinesGoBesideIt() throws Exception {
    var files = open(settings(0, true, "UTC", 0));
    files.deliver(new TestLines().add("a", NOON, "{1}").batch());
    clock.wall = NOON + DAY;
    Files.setLastModifiedTime(dir.resolve("a-2026-07-20.jsonl"), FileTime.fromMillis(NOON));
    var keeper =
        new FileKeeper(
            files, settings(0, true, "UTC", 0), new FileNames(dir, ZoneId.of("UTC")), clock);
    try {
      keeper.tidy();
      assertThat(names()).containsExactly("a-2026-07-20.jsonl.gz");

      files.deliver(new TestLines().add("a", NOON, "{2}").batch());
    } finally {
      keeper.close();
    }

    assertThat(names()).containsExactly("a-2026-07-20.jsonl.gz", "a-2026-07-20~1.jsonl");
    try (var in = new GZIPInputStream(Files.newInputStream(dir.resolve("a-2026-07-20.jsonl.gz")))) {
      assertThat(new String(in.readAllBytes(), UTF_8)).isEqualTo("{1}\n");
    }
    assertThat(text("a-2026-07-20~1.jsonl")).isEqualTo("{2}\n");
  }

  @Test
  void oldDaysAreDeleted() throws Exception {
    Files.writeString(dir.resolve("a-2026-07-17.jsonl.gz"), "");
    Files.writeString(dir.resolve("a-2026-07-18.jsonl"), "{}\n");
    Files.writeString(dir.resolve("notes.jsonl"), "{}\n");
    var settings = settings(0, false, "UTC", 2);
    var keeper =
        new FileKeeper(open(settings), settings, new FileNames(dir, ZoneId.of("UTC")), clock);

    keeper.tidy();
    keeper.close();

    assertThat(names()).containsExactly("a-2026-07-18.jsonl", "notes.jsonl");
  }

  @Test
  void aDirectoryBelongsToOneBackend() throws Exception {
    open(FilesystemSettings.at(dir));

    assertThatThrownBy(() -> new FileBackend(FilesystemSettings.at(dir), clock).open())
        .isInstanceOf(BackendException.class)
        .hasMessageContaining("another process writes here")
        .extracting(each -> ((BackendException) each).kind())
        .isEqualTo(BackendException.Kind.MISCONFIGURED);
  }

  @Test
  void belowTheFreeRoomNothingIsWritten() throws Exception {
    var tight =
        new FilesystemSettings(
            dir, true, 0, ZoneId.of("UTC"), false, null, false, Integer.MAX_VALUE, 0);
    var files = open(tight);

    assertThatThrownBy(() -> files.deliver(new TestLines().add("a", NOON, "{}").batch()))
        .isInstanceOf(BackendException.class)
        .extracting(each -> ((BackendException) each).reason())
        .isEqualTo("disk_full");
    assertThat(names()).isEmpty();
  }

  @Test
  void moreSourcesThanOpenFilesLoseNothing() throws Exception {
    var files = open(FilesystemSettings.at(dir));
    for (int round = 0; round < 2; round++) {
      var lines = new TestLines();
      for (int i = 0; i < 300; i++) {
        lines.add("s" + i, NOON, "{" + round + "}");
      }
      files.deliver(lines.batch());
    }

    assertThat(names()).hasSize(300);
    for (String name : names()) {
      assertThat(text(name)).isEqualTo("{0}\n{1}\n");
    }
  }

  @Test
  void theDiskIsSyncedBesideTheWriting() throws Exception {
    var often =
        new FilesystemSettings(
            dir, true, 0, ZoneId.of("UTC"), false, Duration.ofMillis(5), false, 0, 0);
    var files = open(often);

    files.deliver(new TestLines().add("a", NOON, "{}").batch());

    Awaitility.await().until(() -> files.takeDirty().isEmpty());
    assertThat(text("a-2026-07-20.jsonl")).isEqualTo("{}\n");
  }

  @Test
  void aBatchOfManyPartsIsReadInOrder() {
    Lines first = new TestLines().add("a", 1, "1").add("a", 2, "2").add("a", 3, "3").lines();
    Lines second = new TestLines().add("b", 4, "4").add("b", 5, "5").lines();
    var batch = Batch.of(List.of(new Batch.Part(first, 1, 3), new Batch.Part(second, 0, 2)));

    assertThat(batch.size()).isEqualTo(4);
    assertThat(batch.bytes()).isEqualTo(8);
    assertThat(stamps(batch)).containsExactly(2L, 3L, 4L, 5L);
    assertThat(stamps(batch.slice(1, 3))).containsExactly(3L, 4L);
    assertThat(stamps(batch.slice(2, 4))).containsExactly(4L, 5L);
    assertThat(batch.slice(1, 2).afterUnknownOutcome().maybeThere()).isTrue();
  }

  private static List<Long> stamps(Batch batch) {
    var stamps = new java.util.ArrayList<Long>();
    for (Batch.Cursor line = batch.cursor(); line.next(); ) {
      assertThat(line.index()).isEqualTo(stamps.size());
      stamps.add(line.ts());
    }
    return stamps;
  }

  @Test
  void whereFilesHaveNoDayADateInTheNameOfASourceIsNone() throws Exception {
    var undated =
        new FilesystemSettings(dir, false, 0, ZoneId.of("UTC"), true, Duration.ZERO, false, 0, 7);
    var files = open(undated);
    files.deliver(new TestLines().add("job-2020-01-01", NOON, "{1}").batch());
    Files.setLastModifiedTime(dir.resolve("job-2020-01-01.jsonl"), FileTime.fromMillis(NOON - DAY));
    var keeper = new FileKeeper(files, undated, new FileNames(dir, ZoneId.of("UTC")), clock);
    try {
      keeper.tidy();
    } finally {
      keeper.close();
    }

    files.deliver(new TestLines().add("job-2020-01-01", NOON, "{2}").batch());
    assertThat(names()).containsExactly("job-2020-01-01.jsonl");
    assertThat(text("job-2020-01-01.jsonl")).isEqualTo("{1}\n{2}\n");
  }
}
