package io.leasehold.domain.kv;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

/** What a key may be, and to which shard it goes. */
class KvKeysTest {
  private static Bytes hashPart(String key) {
    return KvKeys.hashPart(Bytes.utf8(key));
  }

  @Test
  void theHashPartIsTheFirstWholeTag() {
    assertThat(hashPart("{a}b")).isEqualTo(Bytes.utf8("a"));
    assertThat(hashPart("x{a}{b}")).isEqualTo(Bytes.utf8("a"));
    assertThat(hashPart("{{a}}")).isEqualTo(Bytes.utf8("{a"));
    assertThat(hashPart("}{ä}")).isEqualTo(Bytes.utf8("ä"));
    for (String whole : new String[] {"", "a", "{a", "a}", "}a{", "{}", "{}{a}", "x{}y"}) {
      assertThat(hashPart(whole)).as(whole).isEqualTo(Bytes.utf8(whole));
    }
  }

  @Property(tries = 500)
  void keysWithOneHashPartShareAShard(
      @ForAll @StringLength(max = 12) @CharRange(from = 'x', to = '~') String key) {
    int open = key.indexOf('{');
    int close = key.indexOf('}', open + 1);
    boolean tagged = open >= 0 && close > open + 1;
    Bytes part = Bytes.utf8(tagged ? key.substring(open + 1, close) : key);
    Bytes bytes = Bytes.utf8(key);
    assertThat(KvKeys.hashPart(bytes)).isEqualTo(part);
    assertThat(KvKeys.hasTag(bytes)).isEqualTo(tagged);
    if (tagged) {
      assertThat(KvKeys.shardOf(bytes, 64))
          .isEqualTo(KvKeys.shardOf(Bytes.utf8("{" + key.substring(open + 1, close) + "}"), 64));
    }
  }

  @Property(tries = 200)
  void everyShardIsInRange(@ForAll @Size(max = 40) byte[] key) {
    for (int shards : new int[] {1, 7, 64, 1_024}) {
      assertThat(KvKeys.shardOf(Bytes.of(key), shards)).isBetween(0, shards - 1);
    }
  }

  /** The check value of CRC-32C, and one whose highest bit is set. */
  @Test
  void theShardIsTheUnsignedChecksum() {
    assertThat(KvKeys.shardOf(Bytes.utf8("123456789"), 1_000_000))
        .isEqualTo((int) (0xe3069283L % 1_000_000));
    assertThat(KvKeys.shardOf(Bytes.utf8("{123456789}x"), 64)).isEqualTo(0x83 % 64);
  }

  @Test
  void keysAreMeasuredInBytes() {
    assertThat(KvKeys.faultOf("k".repeat(1_024))).isNull();
    assertThat(KvKeys.faultOf("k".repeat(1_025))).isEqualTo(KvKeys.Fault.TOO_LONG);
    assertThat(KvKeys.faultOf("ä".repeat(512))).isNull();
    assertThat(KvKeys.faultOf("ä".repeat(512) + "k")).isEqualTo(KvKeys.Fault.TOO_LONG);
    assertThat(KvKeys.faultOf("€".repeat(341) + "k")).isNull();
    assertThat(KvKeys.faultOf("€".repeat(341) + "ä")).isEqualTo(KvKeys.Fault.TOO_LONG);
    assertThat(KvKeys.faultOf("\ud83d\ude00".repeat(256))).isNull();
    assertThat(KvKeys.faultOf("\ud83d\ude00".repeat(256) + "k")).isEqualTo(KvKeys.Fault.TOO_LONG);
  }

  @Test
  void whatIsNoKeyIsRefused() {
    assertThat(KvKeys.faultOf("")).isEqualTo(KvKeys.Fault.MISSING);
    for (String invalid :
        new String[] {
          ".",
          "..",
          "a\nb",
          "\0",
          "\u001f",
          "\u007f",
          "\ud83d",
          "\ude00",
          "\ude00\ud83d",
          "a\ud83db"
        }) {
      assertThat(KvKeys.faultOf(invalid)).isEqualTo(KvKeys.Fault.INVALID);
    }
    for (String valid : new String[] {"...", ".a", " ", "/", "\u0080", "\uffff"}) {
      assertThat(KvKeys.faultOf(valid)).isNull();
    }
  }

  /** Any text, surrogates without a partner among them, against the encoder of the JDK. */
  @Property(tries = 500)
  void whatTheEncoderCannotWriteIsNoKey(@ForAll @StringLength(min = 1, max = 600) String key) {
    int bytes;
    try {
      ByteBuffer encoded = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(key));
      bytes = encoded.remaining();
    } catch (CharacterCodingException e) {
      assertThat(KvKeys.faultOf(key)).isEqualTo(KvKeys.Fault.INVALID);
      return;
    }
    boolean control = key.chars().anyMatch(c -> c < 0x20 || c == 0x7f);
    boolean dots = key.equals(".") || key.equals("..");
    KvKeys.Fault expected =
        control || dots
            ? KvKeys.Fault.INVALID
            : bytes > KvKeys.MAX_BYTES ? KvKeys.Fault.TOO_LONG : null;
    assertThat(KvKeys.faultOf(key)).isEqualTo(expected);
  }

  @Property(tries = 200)
  void textAndBytesAgreeOnWhatIsUtf8(@ForAll @Size(max = 12) byte[] bytes) {
    boolean same =
        Bytes.of(bytes.clone()).equals(Bytes.utf8(new String(bytes, StandardCharsets.UTF_8)));
    assertThat(Bytes.of(bytes).isUtf8()).isEqualTo(same);
  }
}
