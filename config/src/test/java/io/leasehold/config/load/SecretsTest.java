package io.leasehold.config.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.config.access.AccessKey;
import io.leasehold.config.access.Scope;
import io.leasehold.config.value.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SecretsTest {
  private static final String SEKRET = "sekret";

  @TempDir Path directory;

  @Test
  void nothingThatIsPrintedShowsOne() {
    var file =
        Problems.write(
            directory,
            "a.conf",
            """
            lock.api-keys = [sekret-1, "sekret-2"]
            lock.admin-api-keys = [sekret-3]
            database.password = sekret-4
            database.url = "jdbc:postgresql://u:sekret-5@h/x?user=u&password=sekret-6&ssl=true"
            access.keys = [{id = a, key = sekret-7, scopes = ["*"]}]
            health.dependencies = [{name = a, url = "http://u:sekret-8@h/?token=sekret-9"}]
            """);
    var sources =
        new Sources(
            file,
            Map.of("LEASEHOLD_LOCK_ADMIN_API_KEYS", "sekret-10"),
            List.of("lock.api-keys=sekret-11,sekret-12"),
            null);

    var loaded = SettingsLoader.load(sources);

    var printed =
        loaded.toString()
            + EffectiveTable.render(loaded.effective())
            + loaded.settings()
            + sources
            + loaded.settings().database()
            + loaded.settings().access().keys().get(0).sha256();
    assertThat(printed.replace(directory.toString(), ""))
        .contains(Secret.MASK)
        .doesNotContain(SEKRET)
        .doesNotContain(loaded.settings().access().keys().get(0).sha256().reveal());
    assertThat(loaded.settings().lock().apiKeys().get(0).reveal()).isEqualTo("sekret-11");
    assertThat(Problems.valueOf(loaded, "lock.api-keys")).isEqualTo("[***, ***]");
    assertThat(Problems.valueOf(loaded, "database.password")).isEqualTo("***");
    assertThat(Problems.valueOf(loaded, "database.url"))
        .isEqualTo("jdbc:postgresql://u:***@h/x?user=u&password=***&ssl=true");
    assertThat(Problems.valueOf(loaded, "access.keys"))
        .isEqualTo("[{id = a, key = ***, scopes = [*]}]");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lock.api-keys = sekret",
        "lock.api-keys = [[sekret]]",
        "lock.api-keys = { a = sekret }",
        "lock.admin-api-keys = [\"\", sekret]",
        "database.password = [sekret]",
        "database.password { a = sekret }",
        "database.url = \"mysql://u:sekret@h\"",
        "database.url = \"x?password=sekret\"",
        "access.keys = sekret",
        "access.keys = [sekret]",
        "access.keys = [{id = a, key = [sekret], scopes = [\"*\"]}]",
        "access.keys = [{id = a, key-sha256 = sekret, scopes = [\"*\"]}]",
        "access.keys = [{id = a, kye = sekret, scopes = [\"*\"]}]",
        "access.keys = [{id = a, key = sekret, key-sha256 = sekret, scopes = [\"*\"]}]",
        "lock.api-key = sekret",
        "lock.api-keys = [\"sekret",
        "lock.api-keys = [sekret:sekret]",
        "lock.api-keys = [`sekret]",
        "database { password = sekret } sekret",
        "sekret",
      })
  void noRefusalShowsOne(String text) {
    for (var name : List.of("a.conf", "a.json")) {
      assertThat(String.join("\n", Problems.ofFile(directory, name, text))).doesNotContain(SEKRET);
    }
    int equals = text.indexOf(" = ");
    if (equals > 0) {
      var set = text.substring(0, equals) + "=" + text.substring(equals + 3);
      if (!set.equals("lock.api-keys=sekret")) { // one key: a list of one
        assertThat(String.join("\n", Problems.ofSets(set, "lock.port=x"))).doesNotContain(SEKRET);
      }
    }
  }

  @Test
  void aKeyWithoutItsNameIsNotShown() {
    assertThat(Problems.ofSets("lock.api-keys:sekret"))
        .containsExactly("lock.api-keys: must be KEY=VALUE (--set)");
  }

  @Test
  void aFileHoldsTheSecretOnItsOneLine() throws IOException {
    var plain = Files.writeString(directory.resolve("plain"), "one");
    var unix = Files.writeString(directory.resolve("unix"), "two\n");
    var windows = Files.writeString(directory.resolve("windows"), "three\r\n");

    var settings =
        SettingsLoader.load(
                Sources.ofSets(
                    "database.password=file:" + plain,
                    "lock.api-keys=file:" + unix + ",file://" + windows,
                    "access.keys=[{id = a, key = \"file:" + plain + "\", scopes = [\"*\"]}]"))
            .settings();

    assertThat(settings.database().password()).isEqualTo(new Secret("one"));
    assertThat(settings.lock().apiKeys()).containsExactly(new Secret("two"), new Secret("three"));
    var key = settings.access().keys().get(0);
    assertThat(key.inClear()).isFalse();
    assertThat(key.scopes()).containsExactly(Scope.ALL);
    assertThat(key.sha256().reveal())
        .isEqualTo("7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed");
  }

  @Test
  void aFileThatHoldsNoSecretIsToldByItsPath() throws IOException {
    var missing = directory.resolve("missing");
    var empty = Files.writeString(directory.resolve("empty"), "\n");
    var two = Files.writeString(directory.resolve("two"), "sekret\nsekret\n");
    var binary = Files.write(directory.resolve("binary"), new byte[] {(byte) 0xff});
    var large = Files.writeString(directory.resolve("large"), "x".repeat(65_537));

    assertThat(Problems.ofSets("database.password=file:" + missing))
        .containsExactly(told(missing, "does not exist or is no regular file"));
    assertThat(Problems.ofSets("database.password=file:" + directory))
        .containsExactly(told(directory, "does not exist or is no regular file"));
    assertThat(Problems.ofSets("database.password=file:" + empty))
        .containsExactly(told(empty, "must hold one line that is not empty"));
    assertThat(Problems.ofSets("database.password=file:" + two))
        .containsExactly(told(two, "must hold one line that is not empty"));
    assertThat(Problems.ofSets("database.password=file:" + binary))
        .containsExactly(told(binary, "cannot be read: MalformedInputException"));
    assertThat(Problems.ofSets("database.password=file:" + large))
        .containsExactly(told(large, "exceeds 65536 bytes"));
  }

  private static String told(Path file, String reason) {
    return "database.password = ***: the file " + file + " " + reason + " (--set)";
  }

  @Test
  void aNumberAsAPasswordKeepsItsZeros() {
    var file = Problems.write(directory, "a.conf", "database.password = 007");

    assertThat(SettingsLoader.load(Sources.ofFile(file)).settings().database().password())
        .isEqualTo(new Secret("007"));
  }

  @Test
  void hashesAreThoseOfSha256() {
    assertThat(AccessKey.sha256Of(new Secret("one")).reveal())
        .isEqualTo("7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed");
  }
}
