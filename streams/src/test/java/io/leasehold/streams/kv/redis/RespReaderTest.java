package io.leasehold.streams.kv.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.leasehold.domain.kv.Bytes;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Commands as they stand on the wire. */
class RespReaderTest {
  private static final int MAX = 4_096;

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static RespReader reader() {
    var reader = new RespReader(MAX);
    reader.keyed(true);
    return reader;
  }

  /** All commands of a text that comes in pieces, words joined by a bar, commands by a blank. */
  private static String read(RespReader reader, byte[] text, int piece) throws RespReader.Broken {
    var commands = new ArrayList<String>();
    for (int from = 0; from < text.length; from += piece) {
      reader.offer(Arrays.copyOfRange(text, from, Math.min(text.length, from + piece)));
      for (List<Bytes> next = reader.next(); next != null; next = reader.next()) {
        commands.add(
            next.stream()
                .map(each -> new String(each.array(), StandardCharsets.ISO_8859_1))
                .collect(Collectors.joining("|")));
      }
    }
    return String.join(" ", commands);
  }

  private static String read(String text) throws RespReader.Broken {
    return read(reader(), bytes(text), Integer.MAX_VALUE / 2);
  }

  @Test
  void commandsComeWholeHoweverTheyAreCut() throws Exception {
    byte[] text =
        bytes(
            "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\n\r\n\0\377\r\n"
                + "*0\r\n*-1\r\n\r\nPING\r\n  get   key \n*1\r\n$0\r\n\r\n"
                + "set \"a b\\x41\\n\\\"\" 'it\\'s' x\r\n");
    String expected = "SET|k|\r\n\0\377 PING get|key  set|a bA\n\"|it's|x";
    for (int piece = 1; piece <= text.length; piece++) {
      assertThat(read(reader(), text, piece)).as("pieces of " + piece).isEqualTo(expected);
    }
  }

  private static void assertBroken(String text, String message) {
    assertThatThrownBy(() -> read(text))
        .as(text)
        .isInstanceOf(RespReader.Broken.class)
        .hasMessage("ERR Protocol error: " + message);
  }

  @Test
  void whatIsBrokenIsNamedAsByRedis() {
    assertBroken("*x\r\n", "invalid multibulk length");
    assertBroken("*+1\r\n", "invalid multibulk length");
    assertBroken("*01\r\n", "invalid multibulk length");
    assertBroken("*\r\n", "invalid multibulk length");
    assertBroken("*2147483648\r\n", "invalid multibulk length");
    assertBroken("*1\r\nGET\r\n", "expected '$', got 'G'");
    assertBroken("*1\r\n\n4\r\nPING\r\n", "expected '$', got ' '");
    assertBroken("*1\r\n$-1\r\n", "invalid bulk length");
    assertBroken("*1\r\n$x\r\n", "invalid bulk length");
    assertBroken("*1\r\n$ 1\r\n", "invalid bulk length");
    assertBroken("GET \"a\r\n", "unbalanced quotes in request");
    assertBroken("GET \"a\"b\r\n", "unbalanced quotes in request");
    assertBroken("GET 'a\r\n", "unbalanced quotes in request");
    assertBroken("x".repeat(RespReader.MAX_LINE + 1), "too big inline request");
    assertBroken("*" + "1".repeat(RespReader.MAX_LINE + 1), "too big mbulk count string");
    assertBroken("*1\r\n$" + "1".repeat(RespReader.MAX_LINE + 1), "too big bulk count string");
  }

  @Test
  void aCommandIsBounded() throws Exception {
    String most = "*2\r\n$1\r\na\r\n$" + (MAX - 9) + "\r\n" + "x".repeat(MAX - 9) + "\r\n";
    assertThat(read(most)).hasSize(MAX - 9 + 2);
    assertBroken(
        most.replace("$" + (MAX - 9), "$" + (MAX - 8)),
        "the command is too large, at most " + MAX + " bytes");
    assertBroken("*1\r\n$" + (MAX + 1) + "\r\n", "invalid bulk length");
    assertBroken("*" + (MAX / 4 + 1) + "\r\n", "invalid multibulk length");
  }

  @Test
  void beforeAKeyIsShownLittleIsTaken() throws Exception {
    var reader = new RespReader(1 << 20);
    assertThat(read(reader, bytes("*1\r\n$4\r\nPING\r\n"), 100)).isEqualTo("PING");
    assertThatThrownBy(() -> read(new RespReader(1 << 20), bytes("*11\r\n"), 100))
        .hasMessage("ERR Protocol error: unauthenticated multibulk length");
    assertThatThrownBy(() -> read(new RespReader(1 << 20), bytes("*1\r\n$16385\r\n"), 100))
        .hasMessage("ERR Protocol error: unauthenticated bulk length");
    reader.keyed(true);
    assertThat(read(reader, bytes("*1\r\n$16385\r\n" + "x".repeat(16_385) + "\r\n"), 1_000))
        .hasSize(16_385);
  }

  @Property(tries = 2_000)
  void anythingIsReadOrSaidToBeBrokenAlikeHoweverItIsCut(
      @ForAll @Size(max = 200) byte[] noise, @ForAll long seed) {
    var random = new Random(seed);
    // mostly what the protocol is made of, or hardly anything would come far
    byte[] text = noise.clone();
    byte[] usual = bytes("*$\r\n0123 \"'\\xGET");
    for (int i = 0; i < text.length; i++) {
      if (random.nextInt(4) > 0) {
        text[i] = usual[random.nextInt(usual.length)];
      }
    }
    String whole = outcome(text, Math.max(1, text.length));
    assertThat(outcome(text, 1)).isEqualTo(whole);
    assertThat(outcome(text, 1 + random.nextInt(9))).isEqualTo(whole);
  }

  private static String outcome(byte[] text, int piece) {
    var reader = reader();
    var read = new StringBuilder();
    try {
      for (int from = 0; from < text.length; from += piece) {
        reader.offer(Arrays.copyOfRange(text, from, Math.min(text.length, from + piece)));
        for (List<Bytes> next = reader.next(); next != null; next = reader.next()) {
          assertThat(next).isNotEmpty();
          read.append(next).append(' ');
        }
      }
    } catch (RespReader.Broken e) {
      read.append(e.text());
    }
    return read.toString();
  }
}
