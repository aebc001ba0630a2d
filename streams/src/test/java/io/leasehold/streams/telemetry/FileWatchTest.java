package io.leasehold.streams.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileWatchTest {
  @TempDir private Path dir;
  private Path file;
  private FileWatch watch;

  @BeforeEach
  void begin() throws IOException {
    file = Files.writeString(dir.resolve("sidecar.yaml"), "1");
    watch = new FileWatch(file);
  }

  @Test
  void anEditIsToldOnceWhenItHasStayedTheSame() throws IOException {
    Files.writeString(file, "22");

    assertThat(watch.isChanged()).isFalse();
    assertThat(watch.isChanged()).isTrue();
    assertThat(watch.isChanged()).isFalse();
  }

  @Test
  void whatSomebodyElseHadReadIsNotToldAgain() throws IOException {
    Files.writeString(file, "22");
    assertThat(watch.isChanged()).isFalse();

    watch.reading();

    assertThat(watch.isChanged()).isFalse();
    assertThat(watch.isChanged()).isFalse();
  }

  @Test
  void whatChangesAfterItWasReadIsTold() throws IOException {
    Files.writeString(file, "22");
    watch.reading();
    Files.writeString(file, "333");

    assertThat(watch.isChanged()).isFalse();
    assertThat(watch.isChanged()).isTrue();
  }

  @Test
  void aFileThatIsGoneWhileItIsReadIsToldWhenAnotherComes() throws IOException {
    Files.delete(file);
    watch.reading();
    Files.writeString(file, "22");

    assertThat(watch.isChanged()).isFalse();
    assertThat(watch.isChanged()).isTrue();
  }
}
