package io.leasehold.streams.telemetry.backend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.config.telemetry.ConsoleSettings;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import org.junit.jupiter.api.Test;

class ConsoleBackendTest {
  private static String written(boolean text, String source) throws BackendException {
    var bytes = new ByteArrayOutputStream();
    try (var backend =
        new ConsoleBackend(new ConsoleSettings(text), new PrintStream(bytes, true, UTF_8))) {
      backend.deliver(new TestLines().add(source, 1_795_211_115_193L, "{}").batch());
    }
    return bytes.toString(UTF_8);
  }

  @Test
  void jsonIsTheLineAlone() throws Exception {
    assertThat(written(false, "a")).isEqualTo("{}\n");
  }

  @Test
  void textHasTimeSourceAndTypeBeforeIt() throws Exception {
    assertThat(written(true, "s\u00fc\u00df"))
        .isEqualTo("2026-11-20T21:45:15.193Z s\u00fc\u00df metric {}\n");
  }

  @Test
  void aSourceCannotWriteALineOfItsOwn() throws Exception {
    assertThat(written(true, "a\n2026 \u001b[2J"))
        .isEqualTo("2026-11-20T21:45:15.193Z a\\n2026 \\u001b[2J metric {}\n");
  }
}
