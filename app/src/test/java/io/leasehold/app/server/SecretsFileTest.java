package io.leasehold.app.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretsFileTest {
  @TempDir Path dir;
  private Path file;

  @BeforeEach
  void name() {
    file = dir.resolve("secrets.conf");
  }

  private String permissions() throws Exception {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void aSecretIsMadeOnceForItsOwnerOnly() throws Exception {
    String made = SecretsFile.jwtSecret(dir, new SecureRandom());
    assertThat(made).hasSize(44); // 32 bytes in base64
    assertThat(permissions()).isEqualTo("rw-------");
    assertThat(SecretsFile.jwtSecret(dir, new SecureRandom())).isEqualTo(made);
  }

  @Test
  void whoElseMayReadItMayDoSoNoMore() throws Exception {
    String made = SecretsFile.jwtSecret(dir, new SecureRandom());
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(SecretsFile.jwtSecret(dir, new SecureRandom())).isEqualTo(made);
    assertThat(permissions()).isEqualTo("rw-------");
  }

  @Test
  void aFileThatCannotBeReadIsNotQuoted() throws Exception {
    Files.writeString(file, "jwt-secret = \"hidden");
    assertThatThrownBy(() -> SecretsFile.jwtSecret(dir, new SecureRandom()))
        .isInstanceOf(StartException.class)
        .hasMessage(file + ": has no readable jwt-secret")
        .hasNoCause();
  }

  @Test
  void aWriteThatWasCutOffIsBegunAgain() throws Exception {
    Files.writeString(dir.resolve("secrets.conf.new"), "jwt-se");
    assertThat(SecretsFile.jwtSecret(dir, new SecureRandom())).hasSize(44);
    assertThat(dir.resolve("secrets.conf.new")).doesNotExist();
  }

  @Test
  void aKeyThatSealsJoinsTheSecretThatSigns() throws Exception {
    String signs = SecretsFile.jwtSecret(dir, new SecureRandom());
    String seals = SecretsFile.encryptionKey(dir, new SecureRandom());

    assertThat(seals).startsWith("k1:").hasSize(3 + 44);
    assertThat(permissions()).isEqualTo("rw-------");
    assertThat(SecretsFile.encryptionKey(dir, new SecureRandom())).isEqualTo(seals);
    assertThat(SecretsFile.jwtSecret(dir, new SecureRandom())).isEqualTo(signs);
  }
}
