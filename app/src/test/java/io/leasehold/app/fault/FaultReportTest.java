package io.leasehold.app.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.awt.Color;
import java.awt.image.BufferedImage;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FaultReportTest {
  private static final long SEED = 7;

  @TempDir Path folder;

  private static RunResult result(Defect defect, List<String> broken) {
    Simulation simulation = Simulation.run(SEED, defect);
    var strikes = new ArrayList<Strike>();
    for (Window window : simulation.disruptions) {
      long end = window.toNanos();
      strikes.add(
          new Strike(
              "crash", window.effect(), window.fromNanos(), end, end + 2_000_000, end + 5_000_000));
    }
    var run = new FaultRun("simulated", new Load(SEED, 10, 0, 2, 1, 0), Duration.ofMillis(500));
    return new RunResult(
        run, simulation.history, strikes, simulation.verdict(), broken, List.of("a note"));
  }

  @Test
  void theTimeAKeyWasWithoutGrantsCountsAcrossTheEdgesOfAFault() {
    long[] now = {0};
    var keys = List.of(new LockKey("a", 1), new LockKey("b", 1), new LockKey("kept", 1));
    var history = new History(keys, () -> now[0]);
    long[][] grants = {{0, 10}, {1, 12}, {0, 90}, {1, 20}, {2, 500}, {0, 95}};
    for (long[] grant : grants) {
      int number = history.acquire(1, (int) grant[0], 1, 1_000, 0);
      now[0] = grant[1];
      history.answered(number, Outcome.GRANTED, grant[1], 1_000, 0);
    }

    var times = new GrantTimes(history, 2);

    assertThat(times.longestGapNanos()).isEqualTo(70);
    assertThat(times.longestGapOfAKeyNanos(30, 40)).isEqualTo(80);
    assertThat(times.longestGapOfAKeyNanos(91, 99)).isEqualTo(5);
  }

  @Test
  void aCleanRunIsSaidToBeCleanWithEverythingToRepeatIt() {
    RunResult result = result(Defect.NONE, List.of());

    assertThat(new FaultReport(result).text())
        .startsWith("Fault run simulated: clean\nseed 7, 10 clients, no rate limit, 2 locks")
        .contains(result.history().size() + " operations in 60.0 s")
        .contains("GRANTED=")
        .contains("first grant 2 ms, every key 5 ms after its end")
        .contains("Facts compared, by check: {tokens=")
        .contains("\n0 violations\n")
        .contains("a note");
  }

  @Test
  void aViolationIsToldWithItsOperations() {
    RunResult result = result(Defect.HAS_NO_FENCE, List.of());

    assertThat(new FaultReport(result).text())
        .startsWith("Fault run simulated: NOT CLEAN")
        .contains(result.verdict().violations().size() + " violations")
        .containsPattern("exclusion, key a: 2 permits of 1 were held from \\d+")
        .containsPattern("\n {4}#\\d+ client \\d+ ACQUIRE permits 1 .* GRANTED at ");
  }

  @Test
  void aRunThatProvesNothingIsNotClean() {
    RunResult result = result(Defect.NONE, List.of("the load failed: out of sockets"));

    assertThat(new FaultReport(result).text())
        .startsWith("Fault run simulated: NOT CLEAN")
        .contains("BROKEN: the load failed: out of sockets");
  }

  @Test
  void thePictureShowsTheFaults() throws Exception {
    RunResult result = result(Defect.NONE, List.of());
    new FaultReport(result).write(folder);

    assertThat(Files.readString(folder.resolve("report.txt"))).contains("0 violations");
    BufferedImage picture = ImageIO.read(folder.resolve("run.png").toFile());
    assertThat(picture.getWidth()).isEqualTo(1_600);
    long reddish = 0;
    for (int x = 0; x < picture.getWidth(); x++) {
      var color = new Color(picture.getRGB(x, picture.getHeight() / 4));
      reddish += color.getRed() - color.getBlue() > 15 ? 1 : 0;
    }
    assertThat(reddish).isBetween(10L, 1_000L);
  }
}
