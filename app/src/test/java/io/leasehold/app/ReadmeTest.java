package io.leasehold.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.config.load.ConfigTable;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ReadmeTest {
  @Test
  void theTableOfSettingsIsThatOfReferenceConf() throws Exception {
    assertThat(Files.readString(Path.of("..", "README.md"))).contains(ConfigTable.markdown());
  }
}
