package io.leasehold.config.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.config.value.Port;
import io.leasehold.config.value.Secret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigFileTest {
  @TempDir Path directory;

  @Test
  void keysMayStandUnderLeaseholdOrAlone() {
    var wrapped = load("a.conf", "leasehold { lock.port = 1000, partitions = 2 }");
    var alone = load("b.conf", "lock { port = 1000 }\npartitions = 2");

    assertThat(wrapped.settings().lock().port()).isEqualTo(new Port(1000));
    assertThat(alone.settings()).isEqualTo(wrapped.settings());
  }

  @Test
  void aJsonFileWithLeaseholdIsNative() {
    var strict = load("a.json", "{\"leasehold\": {\"lock\": {\"port\": 1000}}} // native");
    var hocon = load("b.json", "leasehold.lock.port = 1000 # not JSON, but it says leasehold");

    assertThat(strict.settings().lock().port()).isEqualTo(new Port(1000));
    assertThat(hocon.settings()).isEqualTo(strict.settings());
  }

  @Test
  void originsNameFileAndLine() {
    var loaded = load("a.conf", "leasehold {\n  lock {\n    port = 1000\n  }\n}\n");

    assertThat(Problems.originOf(loaded, "lock.port")).isEqualTo(directory + "/a.conf: 3");
    assertThat(Problems.originOf(loaded, "lock.host")).isEqualTo("default");
  }

  @Test
  void substitutionsTakeFromTheFileAndFromTheGivenEnvironment() {
    var file =
        Problems.write(
            directory,
            "a.conf",
            """
            leasehold {
              partitions = ${?PARTS}
              lock.max-waiters = ${leasehold.partitions}
              lock.api-keys = [first]
              lock.api-keys += ${KEY}
              log.level = ${?NOT_THERE}
            }
            """);

    var loaded =
        SettingsLoader.load(
            new Sources(file, Map.of("PARTS", "7", "KEY", "second"), List.of(), null));

    assertThat(loaded.settings().partitions()).isEqualTo(7);
    assertThat(Problems.originOf(loaded, "partitions")).isEqualTo("environment PARTS");
    assertThat(loaded.settings().lock().maxWaiters()).isEqualTo(7);
    assertThat(loaded.settings().lock().apiKeys())
        .containsExactly(new Secret("first"), new Secret("second"));
  }

  @Test
  void anIncludedFileCountsWhereItStands() {
    Problems.write(directory, "limits.conf", "max-locks = 5\n");

    var loaded = load("a.conf", "leasehold.lock.limits { include \"limits.conf\" }");

    assertThat(loaded.settings().lock().limits().maxLocks()).isEqualTo(5);
    assertThat(Problems.originOf(loaded, "lock.limits.max-locks")).endsWith("limits.conf: 1");
  }

  @Test
  void unknownKeysAreToldWithLineAndNeighbour() {
    assertThat(
            Problems.ofFile(
                directory,
                "a.conf",
                """
                leasehold {
                  lock.max-conections = 3
                  lokc { port = 1, host = x }
                  lock { limits { max-lock = 3 } }
                  spare {}
                }
                pekko.loglevel = DEBUG
                """))
        .containsExactly(
            "pekko.loglevel: unknown key; the nearest known key is log.level (a.conf: 7)",
            "lock.max-conections: unknown key; did you mean lock.max-connections? (a.conf: 2)",
            "lock.limits.max-lock: unknown key; did you mean lock.limits.max-locks? (a.conf: 4)",
            "lokc.host: unknown key; did you mean lock.host? (a.conf: 3)",
            "lokc.port: unknown key; did you mean lock.port? (a.conf: 3)",
            "spare: unknown key; the nearest known key is kv.shards (a.conf: 5)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "lock = 5 | lock = 5: must be a section lock { ... } (a.conf: 1)",
        "leasehold = 5 | leasehold = 5: must be a section leasehold { ... } (a.conf: 1)",
        "lock.limits = [a] | lock.limits = [a]: must be a section lock.limits { ... } (a.conf: 1)",
        "lock.port { a = 1 }"
            + " | lock.port = {a = 1}: must be 0 (off), auto or 1..65535 (a.conf: 1)",
        "lock.port = null | lock.port = null: must be 0 (off), auto or 1..65535 (a.conf: 1)",
        "lock.max-waiters = true"
            + " | lock.max-waiters = true: must be a whole number, at most 2147483647 (a.conf: 1)",
        "lock.api-keys = 5 | lock.api-keys = ***: must be a list (a.conf: 1)",
        "lock.api-keys = [[x]] | lock.api-keys = ***: must be a text (a.conf: 1)",
        "access.keys = [x] | access.keys[0] = ***: must be an object {...} (a.conf: 1)",
      })
  void wrongKindsAreTold(String text, String message) {
    assertThat(Problems.ofFile(directory, "a.conf", text)).containsExactly(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "a.conf | a = [1, sekret | a.conf: 1: not valid HOCON:"
            + " List should have ended with ] or had a comma",
        "a.conf | a { b = 1 | a.conf: 1: not valid HOCON: Expecting close brace } or a comma",
        "a.conf | a : } | a.conf: 1: not valid HOCON: Expecting a value",
        "a.conf | password sekret | a.conf: 1: not valid HOCON:"
            + " a key must be followed by =, : or {",
        "a.conf | = sekret | a.conf: 1: not valid HOCON: a key must stand before its value",
        "a.conf | a = sekret:sekret: | a.conf: 1: not valid HOCON:"
            + " Expecting end of input or a comma",
        "a.conf | [1, 2] | a.conf: 1: not valid HOCON: the file must hold an object",
        "a.conf | a = ${LEASEHOLD} | a.conf: 1: not valid HOCON: ${LEASEHOLD} has no value",
        "a.json | {\"api_keys\": [sekret]} | a.json: 1: not valid JSON:"
            + " Token not allowed in valid JSON",
        "a.json | {\"port\": 1 /* no end } | a.json: not valid JSON: a comment /* has no end",
        "a.json | [] | a.json: 1: not valid JSON: the file must hold an object",
      })
  void brokenSyntaxIsToldWithItsLineAndWithoutWhatStandsThere(
      String name, String text, String message) {
    assertThat(Problems.ofFile(directory, name, text)).containsExactly(message);
  }

  @Test
  void theLineOfBrokenSyntaxIsThatOfTheFile() {
    assertThat(Problems.ofFile(directory, "a.conf", "lock {\n  port = 1\n  host = }\n"))
        .first()
        .asString()
        .startsWith("a.conf: 3: not valid HOCON: ");
    assertThat(Problems.ofFile(directory, "a.json", "{ // one\n /* two\n three */\n \"port\": }"))
        .first()
        .asString()
        .startsWith("a.json: 4: not valid JSON: ");
  }

  @Test
  void aFileThatCannotBeReadIsTold() throws IOException {
    var missing = directory.resolve("missing.conf");
    var binary = Files.write(directory.resolve("binary.conf"), new byte[] {(byte) 0xff, 1});
    var large = Files.write(directory.resolve("large.conf"), new byte[1_048_577]);

    assertThat(Problems.of(Sources.ofFile(missing))).containsExactly(missing + ": no such file");
    assertThat(Problems.of(Sources.ofFile(directory)))
        .containsExactly(directory + ": is no regular file");
    assertThat(Problems.of(Sources.ofFile(binary)))
        .containsExactly(binary + ": is not valid UTF-8");
    assertThat(Problems.of(Sources.ofFile(large)))
        .containsExactly(large + ": exceeds 1048576 bytes");
  }

  @Test
  void aBrokenFileHidesNoMistakeOfTheCommandLine() {
    var file = Problems.write(directory, "a.conf", "lock {");

    var problems = Problems.of(new Sources(file, Map.of(), List.of("lock.port=x"), null));

    assertThat(problems).hasSize(2);
    assertThat(problems.get(1)).startsWith("lock.port = x: ");
  }

  @Test
  void deepNestingIsRefused() {
    var text = "a = " + "[".repeat(200_000);

    assertThat(Problems.ofFile(directory, "a.conf", text))
        .containsExactly("a.conf: nested too deeply to be read");
  }

  @Test
  void durationsAreReadAsWritten() {
    var lock =
        load("a.conf", "lock { idle-timeout = 1m30s, drain-timeout = 2 s, request-timeout = 750 }")
            .settings()
            .lock();

    assertThat(lock.idleTimeout()).isEqualTo(Duration.ofSeconds(90));
    assertThat(lock.drainTimeout()).isEqualTo(Duration.ofSeconds(2));
    assertThat(lock.requestTimeout()).isEqualTo(Duration.ofMillis(750));
  }

  @Test
  void anEmptyFileIsFine() {
    assertThat(load("a.conf", "").settings()).isEqualTo(load("b.json", "{}").settings());
  }

  private Loaded load(String name, String text) {
    return SettingsLoader.load(Sources.ofFile(Problems.write(directory, name, text)));
  }
}
