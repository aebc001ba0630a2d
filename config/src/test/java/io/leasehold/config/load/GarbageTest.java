package io.leasehold.config.load;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.leasehold.config.value.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.io.TempDir;

/** Whatever stands in a file: it is a configuration or it is refused, nothing else happens. */
class GarbageTest {
  private static final int FILES = 400;
  private static final String PIECES =
      "{}[]()\",:=+#$.\\/*`^?!@&|<> \n\t\r\u0000\u00e9\ud83d\ude00 leasehold lock port null true 1e9"
          + " include url file ${ ${?x} \"\"\" // /* */ += 10s -1 0x file: [[ {{ api-keys";

  @TempDir Path directory;

  @RepeatedTest(5)
  void aRandomFileIsLoadedOrRefused(RepetitionInfo repetition) throws IOException {
    long seed = repetition.getCurrentRepetition();
    var random = new Random(seed);
    var samples =
        List.of(
            Files.readString(Path.of("samples/leasehold.conf")),
            Files.readString(Path.of("samples/ttlsemlock-nested.json")),
            Files.readString(Path.of("src/main/resources/reference.conf")));
    int refused = 0;
    for (int i = 0; i < FILES; i++) {
      var bytes =
          switch (random.nextInt(3)) {
            case 0 -> noise(random);
            case 1 -> pieces(random).getBytes(UTF_8);
            default -> mutated(samples.get(random.nextInt(samples.size())), random);
          };
      var file = Files.write(directory.resolve(random.nextBoolean() ? "a.conf" : "a.json"), bytes);
      try {
        SettingsLoader.load(new Sources(file, Map.of("x", "1"), List.of(), null));
      } catch (ConfigurationException e) {
        refused++;
        assertThat(e.problems()).isNotEmpty().allMatch(GarbageTest::isOneLine);
      } catch (RuntimeException e) {
        fail("seed " + seed + ", file " + i + ": " + new String(bytes, UTF_8), e);
      }
    }

    assertThat(refused).as("seed " + seed).isGreaterThan(FILES / 2);
  }

  private static boolean isOneLine(String problem) {
    return !problem.isBlank() && problem.chars().noneMatch(Character::isISOControl);
  }

  private static byte[] noise(Random random) {
    var bytes = new byte[random.nextInt(200)];
    random.nextBytes(bytes);
    return bytes;
  }

  private static String pieces(Random random) {
    var words = PIECES.split(" ");
    var text = new StringBuilder();
    for (int i = random.nextInt(60); i > 0; i--) {
      if (random.nextBoolean()) {
        text.append(words[random.nextInt(words.length)]);
      } else {
        text.append(PIECES.charAt(random.nextInt(PIECES.length())));
      }
    }
    return text.toString();
  }

  private static byte[] mutated(String sample, Random random) {
    var text = new StringBuilder(sample);
    for (int i = 1 + random.nextInt(8); i > 0; i--) {
      int at = random.nextInt(text.length());
      switch (random.nextInt(3)) {
        case 0 -> text.deleteCharAt(at);
        case 1 -> text.insert(at, PIECES.charAt(random.nextInt(PIECES.length())));
        default -> text.delete(at, Math.min(text.length() - 1, at + random.nextInt(40)));
      }
    }
    return text.toString().getBytes(UTF_8);
  }
}
