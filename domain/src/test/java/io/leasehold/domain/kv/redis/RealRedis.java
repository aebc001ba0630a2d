package io.leasehold.domain.kv.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

import io.leasehold.domain.kv.Bytes;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A Redis server of version 7.0 with one client, over a socket in a directory of its own. */
final class RealRedis implements AutoCloseable {
  private static final int END = -1;

  private final Process process;
  private final Path directory;
  private final SocketChannel channel;
  private final InputStream in;
  private final Thread hook;

  private RealRedis(Process process, Path directory) throws IOException {
    this.process = process;
    this.directory = directory;
    this.hook = new Thread(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(hook);
    channel = SocketChannel.open(StandardProtocolFamily.UNIX);
    channel.connect(UnixDomainSocketAddress.of(directory.resolve("redis.sock")));
    in = new BufferedInputStream(Channels.newInputStream(channel));
  }

  /** Skips the test if there is none, and fails it where all parts have to be there. */
  static RealRedis start() throws IOException {
    Path directory = Files.createTempDirectory("redis");
    Process process;
    try {
      process =
          new ProcessBuilder(
                  "redis-server",
                  "--port",
                  "0",
                  "--unixsocket",
                  directory.resolve("redis.sock").toString(),
                  "--databases",
                  "1",
                  "--save",
                  "",
                  "--appendonly",
                  "no",
                  "--dir",
                  directory.toString())
              .redirectErrorStream(true)
              .start();
    } catch (IOException e) {
      assertThat(System.getenv("CI")).as("redis-server is missing").isNotEqualTo("true");
      return abort("redis-server is missing");
    }
    var log = new ArrayList<String>();
    var lines = process.inputReader(StandardCharsets.UTF_8);
    String line;
    do {
      line = lines.readLine();
      log.add(line);
    } while (line != null && !line.contains("ready to accept connections"));
    assertThat(line).as(String.join("\n", log)).isNotNull();
    var drain = new Thread(() -> lines.lines().forEach(ignored -> {}));
    drain.setDaemon(true);
    drain.start();
    return new RealRedis(process, directory);
  }

  String version() throws IOException {
    String info = new String(call("INFO", "server"), StandardCharsets.UTF_8);
    return info.lines()
        .filter(line -> line.startsWith("redis_version:"))
        .map(line -> line.substring("redis_version:".length()))
        .findFirst()
        .orElseThrow();
  }

  byte[] call(String... words) throws IOException {
    return call(Instance.command(words));
  }

  /** The reply as it came. */
  byte[] call(List<Bytes> command) throws IOException {
    return call(List.of(command), 1).get(0);
  }

  /** Sends commands together. */
  List<byte[]> callAll(List<List<Bytes>> commands) throws IOException {
    return call(commands, commands.size());
  }

  private List<byte[]> call(List<List<Bytes>> commands, int replies) throws IOException {
    var out = new ByteArrayOutputStream();
    for (List<Bytes> command : commands) {
      out.write(Resp2.encode(Replies.bulks(Reply.Shape.LIST, command)));
    }
    var bytes = ByteBuffer.wrap(out.toByteArray());
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    var answers = new ArrayList<byte[]>();
    for (int i = 0; i < replies; i++) {
      var reply = new ByteArrayOutputStream();
      copy(reply);
      answers.add(reply.toByteArray());
    }
    return answers;
  }

  private void copy(ByteArrayOutputStream reply) throws IOException {
    String line = line(in);
    reply.write(line.getBytes(StandardCharsets.ISO_8859_1));
    reply.write('\r');
    reply.write('\n');
    int count = "$*".indexOf(line.charAt(0)) < 0 ? END : Integer.parseInt(line.substring(1));
    if (line.charAt(0) == '$' && count >= 0) {
      reply.write(in.readNBytes(count + 2));
    } else {
      for (int i = 0; i < count; i++) {
        copy(reply);
      }
    }
  }

  private static String line(InputStream in) throws IOException {
    var line = new StringBuilder();
    int next = in.read();
    for (; next != '\r' && next != END; next = in.read()) {
      line.append((char) next);
    }
    if (next == END || in.read() != '\n') {
      throw new IOException("the server has closed the connection");
    }
    return line.toString();
  }

  /** What a reply says. */
  static Reply parse(byte[] reply) {
    try {
      return parse(new ByteArrayInputStream(reply));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Reply parse(InputStream in) throws IOException {
    String line = line(in);
    String rest = line.substring(1);
    return switch (line.charAt(0)) {
      case '+' -> new Reply.Simple(rest);
      case '-' -> new Reply.Failure(rest);
      case ':' -> new Reply.WholeNumber(Long.parseLong(rest));
      case '$' -> {
        int size = Integer.parseInt(rest);
        Reply bulk = size < 0 ? Replies.NIL : Replies.bulk(Bytes.of(in.readNBytes(size)));
        in.readNBytes(size < 0 ? 0 : 2);
        yield bulk;
      }
      default -> {
        int size = Integer.parseInt(rest);
        var items = new ArrayList<Reply>();
        for (int i = 0; i < size; i++) {
          items.add(parse(in));
        }
        yield size < 0 ? Replies.NIL_ARRAY : Replies.array(items);
      }
    };
  }

  @Override
  public void close() throws IOException {
    channel.close();
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().removeShutdownHook(hook);
    Files.deleteIfExists(directory.resolve("redis.sock"));
    Files.deleteIfExists(directory);
  }
}
