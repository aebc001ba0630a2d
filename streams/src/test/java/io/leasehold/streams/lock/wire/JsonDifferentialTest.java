package io.leasehold.streams.lock.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Our scanner against a strict parser of somebody else, on lines that are nearly right. */
class JsonDifferentialTest {
  private static final int LINES = 60_000;

  private static final ObjectMapper STRICT =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(JsonParser.Feature.INCLUDE_SOURCE_IN_LOCATION);

  private static final String[] SEEDS = {
    "{\"action\":\"acquire\",\"key\":\"user-123\",\"ttl\":300,\"owner\":\"w\\u00fc\\n\"}",
    "{\"a\":[1,-2.5e+3,true,false,null,{\"b\":\"\\ud83d\\ude00\"}],\"key\":\"\u00fc\u20ac\"}",
    "{ \"key\" : \"a\\\\b\\/c\\\"\" , \"ttl\" : 0 , \"x\" : -0.0 }",
    "{\"key\":\"k\",\"list\":[[],{},[[]]],\"e\":1E5}"
  };

  @Test
  void bothAcceptTheSameLinesAndDecodeTheSameKey() {
    long seed = new Random().nextLong();
    var random = new Random(seed);
    int accepted = 0;
    for (int i = 0; i < LINES; i++) {
      byte[] line = mutate(random, SEEDS[random.nextInt(SEEDS.length)]);
      var members = new MemberTable(false);
      WireError error = members.read(line, 0, line.length);
      JsonNode tree = parse(line);
      boolean theirs = tree != null && tree.isObject();
      String what = "seed " + seed + ": " + new String(line, StandardCharsets.UTF_8);
      if (theirs && error != null) {
        // they let unpaired surrogates pass
        assertThat(error.code()).as(what).isEqualTo(ErrorCode.INVALID_UTF8);
        continue;
      }
      assertThat(error == null).as(what).isEqualTo(theirs);
      if (theirs) {
        accepted++;
        JsonNode key = tree.get("key");
        boolean isText = key != null && key.isTextual();
        assertThat(members.isString(Member.KEY)).as(what).isEqualTo(isText);
        if (isText) {
          assertThat(members.string(Member.KEY)).as(what).isEqualTo(key.textValue());
        }
      }
    }
    assertThat(accepted).isGreaterThan(LINES / 20);
  }

  private static JsonNode parse(byte[] line) {
    try {
      // as text: their byte parser guesses encodings other than UTF-8
      if (Bytes.invalidUtf8(line, 0, line.length) >= 0) {
        return null;
      }
      return STRICT.readTree(new String(line, StandardCharsets.UTF_8));
    } catch (IOException e) {
      return null;
    }
  }

  private static byte[] mutate(Random random, String seed) {
    byte[] line = seed.getBytes(StandardCharsets.UTF_8);
    String alphabet = "{}[]\",:\\u0d8e+-.truefalsn 19\t/";
    for (int edits = random.nextInt(4); edits > 0; edits--) {
      int at = random.nextInt(line.length);
      byte b =
          random.nextInt(12) == 0
              ? (byte) (1 + random.nextInt(255))
              : (byte) alphabet.charAt(random.nextInt(alphabet.length()));
      byte[] next;
      switch (random.nextInt(3)) {
        case 0 -> {
          next = line.clone();
          next[at] = b;
        }
        case 1 -> {
          next = new byte[line.length + 1];
          System.arraycopy(line, 0, next, 0, at);
          next[at] = b;
          System.arraycopy(line, at, next, at + 1, line.length - at);
        }
        default -> {
          next = new byte[Math.max(1, line.length - 1)];
          System.arraycopy(line, 0, next, 0, at);
          if (at < next.length) {
            System.arraycopy(line, at + 1, next, at, next.length - at);
          }
        }
      }
      line = next;
    }
    return line;
  }

  @Test
  void randomBytesNeverBreakTheReader() {
    var random = new Random(7);
    var reader = new RequestReader();
    for (int i = 0; i < 20_000; i++) {
      byte[] line = new byte[random.nextInt(80)];
      random.nextBytes(line);
      if (reader.read(line, 0, line.length) == null && reader.decodeAction() == null) {
        reader.decodeMembers();
      }
    }
    assertThat(reader.id()).isNull();
  }
}
