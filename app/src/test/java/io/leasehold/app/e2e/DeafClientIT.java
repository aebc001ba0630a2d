package io.leasehold.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Clients that send and do not read: they are read no further, and harm nobody. */
@Timeout(120)
class DeafClientIT {
  private static final int SMALL_BUFFER = 4_096;

  /** More than all buffers on the way can hold. */
  private static final int FAR_TOO_MUCH = 256 << 20;

  @TempDir Path dir;
  private ServerProcess server;

  @BeforeEach
  void start() throws IOException {
    server = ServerProcess.start(dir.resolve("data"), "durability=memory", "lock.drain-timeout=1s");
  }

  @AfterEach
  void stop() throws Exception {
    assertThat(server.terminate()).as(server.output()).isZero();
  }

  /** Sends one line over and over, and never reads. */
  private static final class Deaf implements AutoCloseable {
    private final SocketChannel channel = SocketChannel.open();
    private final byte[] line;
    private final ByteBuffer block;
    private long sent;
    private int polls;

    Deaf(int port, String line) throws IOException {
      channel.setOption(StandardSocketOptions.SO_RCVBUF, SMALL_BUFFER);
      channel.setOption(StandardSocketOptions.SO_SNDBUF, SMALL_BUFFER);
      channel.connect(new InetSocketAddress("127.0.0.1", port));
      channel.configureBlocking(false);
      this.line = (line + "\n").getBytes(StandardCharsets.UTF_8);
      this.block = ByteBuffer.wrap((line + "\n").repeat(1_000).getBytes(StandardCharsets.UTF_8));
    }

    /** Sends what can be sent; true once nothing could five times in a row. */
    boolean isPaused() throws IOException {
      boolean moved = false;
      for (int written = -1; written != 0 && sent < FAR_TOO_MUCH; sent += written) {
        if (!block.hasRemaining()) {
          block.rewind();
        }
        written = channel.write(block);
        moved |= written > 0;
      }
      assertThat(sent).as("bytes taken from a client that does not read").isLessThan(FAR_TOO_MUCH);
      polls = moved ? 0 : polls + 1;
      return polls >= 5;
    }

    long wholeLinesSent() {
      return sent / line.length;
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }

  private static void awaitPause(List<Deaf> clients) {
    Awaitility.await()
        .atMost(40, TimeUnit.SECONDS)
        .pollInterval(100, TimeUnit.MILLISECONDS)
        .until(
            () -> {
              int paused = 0;
              for (Deaf each : clients) {
                paused += each.isPaused() ? 1 : 0;
              }
              return paused == clients.size();
            });
  }

  private void assertOthersAreServed() throws IOException {
    try (var other = server.client()) {
      for (int i = 0; i < 200; i++) {
        String key = "\"key\":\"other-" + i + "\"";
        assertThat(other.ask("{\"action\":\"acquire\"," + key + ",\"ttl\":60}"))
            .contains("\"success\":true");
        assertThat(other.ask("{\"action\":\"release\"," + key + "}"))
            .isEqualTo("{\"success\":true}");
      }
    }
  }

  @Test
  void aClientThatDoesNotReadIsPausedAndGetsEveryAnswerOnceItReads() throws Exception {
    try (var deaf = new Deaf(server.port("lock"), "{\"action\":\"exists\",\"key\":\"nothing\"}")) {
      awaitPause(List.of(deaf));
      assertOthersAreServed();
      long lines = deaf.wholeLinesSent();
      assertThat(lines).isGreaterThan(10_000);
      byte[] answer =
          "{\"success\":false,\"reason\":\"not_held\"}\n".getBytes(StandardCharsets.UTF_8);

      deaf.channel.configureBlocking(true);
      deaf.channel.shutdownOutput(); // the begun line, if any, counts as one
      long begun = deaf.sent % deaf.line.length;
      ByteBuffer in = ByteBuffer.allocate(1 << 16);
      long read = 0;
      while (deaf.channel.read(in) >= 0) {
        in.flip();
        while (in.hasRemaining() && read < lines * answer.length) {
          if (in.get() != answer[(int) (read % answer.length)]) {
            throw new AssertionError("byte " + read + " of the answers is wrong");
          }
          read++;
        }
        in.clear();
      }
      assertThat(read).as("begun line of " + begun).isEqualTo(lines * answer.length);
    }
  }

  @Test
  void manyThatAskForLongPagesAndDoNotReadFillNoMemoryAndHoldUpNoStop() throws Exception {
    try (var holder = server.client()) {
      for (int i = 0; i < 200; i++) {
        String key = i + "x".repeat(2_000);
        assertThat(holder.ask("{\"action\":\"acquire\",\"key\":\"" + key + "\",\"ttl\":600}"))
            .contains("\"success\":true");
      }
    }
    List<Deaf> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 20; i++) {
        clients.add(new Deaf(server.port("lock"), "{\"action\":\"list\",\"limit\":1000}"));
      }
      awaitPause(clients);
      assertOthersAreServed();
      String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
      Tool.run(0, jcmd, Long.toString(server.process.pid()), "GC.run");
      // a page has 430 KB: four of them and a buffer, for each of 20, are some 50 MB
      Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .untilAsserted(() -> assertThat(heapAfterCollection()).isBetween(1e6, 160e6));
      assertOthersAreServed();

      assertThat(server.terminate()).as(server.output()).isZero();

      assertThat(server.output()).contains("connections are open within 1 s: 20 are cut off");
    } finally {
      for (Deaf each : clients) {
        each.close();
      }
    }
  }

  private double heapAfterCollection() throws Exception {
    String page =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(
                        URI.create("http://127.0.0.1:" + server.port("monitor") + "/metrics"))
                    .build(),
                HttpResponse.BodyHandlers.ofString())
            .body();
    return Exposition.parse(page, false).value("leasehold_heap_after_gc_bytes");
  }
}
