package io.leasehold.actors.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.UnixOperatingSystemMXBean;
import io.leasehold.domain.time.Clock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.BindException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.util.ByteString;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SocketLoopsTest {
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final Executor READERS = task -> new Thread(task, "reader").start();
  private static final int MEGABYTE = 1 << 20;
  private static ActorTestKit kit;
  private Port port;

  @BeforeAll
  static void startActors() {
    kit = ActorTestKit.create();
  }

  @AfterAll
  static void stopActors() {
    kit.shutdownTestKit();
  }

  @BeforeEach
  void open() throws IOException {
    port = new Port(kit, LONG);
  }

  @AfterEach
  void close() throws Exception {
    port.close();
  }

  private static ByteString bytes(String text) {
    return ByteString.fromString(text, StandardCharsets.UTF_8);
  }

  /** Byte {@code i} of every test stream. */
  private static byte at(long i) {
    return (byte) (i * 31 + (i >> 12));
  }

  private static ByteString chunk(long number, int size) {
    byte[] chunk = new byte[size];
    for (int i = 0; i < size; i++) {
      chunk[i] = at(number * size + i);
    }
    return ByteString.fromArrayUnsafe(chunk);
  }

  private static void assertIsStream(byte[] read, long size) {
    assertThat(read).hasSize((int) size);
    for (int i = 0; i < read.length; i++) {
      if (read[i] != at(i)) {
        throw new AssertionError("byte " + i + " is wrong");
      }
    }
  }

  /** A turn sends up to a megabyte of a connection. */
  private static void awaitTurns(SocketLoop loop, int turns) throws Exception {
    for (int i = 0; i < turns; i++) {
      var turned = new CompletableFuture<Boolean>();
      loop.execute(() -> turned.complete(true));
      turned.get(10, TimeUnit.SECONDS);
    }
  }

  private void awaitAllClosed() {
    Awaitility.await().until(() -> port.loops.openSockets() == 0);
    // the selector lets go of closed channels in its next turn
    Awaitility.await()
        .until(
            () -> {
              port.loop().execute(() -> {});
              return port.loop().registered() == 1;
            });
  }

  @Test
  void aConnectionIsServedInTheThreadOfItsLoop() throws Exception {
    Set<String> threads = ConcurrentHashMap.newKeySet();
    port.flow =
        () ->
            Flow.of(ByteString.class)
                .map(
                    chunk -> {
                      threads.add(Thread.currentThread().getName());
                      return chunk;
                    });
    try (Peer peer = port.connect()) {
      peer.send("hello");

      assertThat(peer.read(5)).isEqualTo("hello");
    }
    assertThat(threads).containsExactly("loop-1");
    awaitAllClosed();
  }

  @Test
  void aRequestThatComesByteByByteIsWhole() throws Exception {
    var got = new CompletableFuture<String>();
    port.flow =
        () ->
            Flow.fromSinkAndSourceCoupled(
                Flow.of(ByteString.class)
                    .fold(ByteString.emptyByteString(), ByteString::concat)
                    .to(Sink.foreach(all -> got.complete(all.utf8String()))),
                Source.maybe());
    try (Peer peer = port.connect()) {
      for (char each : "a request in pieces".toCharArray()) {
        peer.send(String.valueOf(each));
      }
      peer.channel.shutdownOutput();

      assertThat(got.get(10, TimeUnit.SECONDS)).isEqualTo("a request in pieces");
    }
  }

  @Test
  void aPeerThatDoesNotReadHoldsBackItsAnswersAndGetsThemAllInTheEnd() throws Exception {
    var made = new AtomicLong();
    var before = new AtomicLong(-1);
    long size = 64L * MEGABYTE;
    port.flow =
        () ->
            Flow.fromSinkAndSource(
                Sink.ignore(),
                Source.range(0, (int) (size / 65_536) - 1)
                    .map(
                        i -> {
                          made.addAndGet(65_536);
                          return chunk(i, 65_536);
                        }));
    try (Peer slow = port.connect();
        Peer other = port.connect()) {
      // buffers of the system fill up, then nothing moves
      Awaitility.await()
          .pollInterval(100, TimeUnit.MILLISECONDS)
          .until(() -> made.get() > 0 && before.getAndSet(made.get()) == made.get());
      assertThat(made.get()).isLessThan(size);

      assertIsStream(slow.readAll(), size);
      assertIsStream(other.readAll(), size);
    }
    awaitAllClosed();
  }

  @Test
  void nothingIsReadThatNobodyAsksFor() throws Exception {
    port.flow = () -> Flow.fromSinkAndSourceCoupled(Sink.never(), Source.maybe());
    try (Peer eager = port.connect()) {
      assertThat(eager.sendUntilStuck(new byte[64 * 1_024], 256L * MEGABYTE))
          .isBetween(1L, 64L * MEGABYTE);
      port.flow = () -> Flow.of(ByteString.class);
      try (Peer other = port.connect()) {
        other.send("served");
        assertThat(other.read(6)).isEqualTo("served");
      }
    }
  }

  @Test
  void aPeerThatResetsInTheMiddleOfItsAnswerIsGoneForItsStreamToo() throws Exception {
    var ended = new CompletableFuture<Done>();
    port.flow =
        () ->
            Flow.fromSinkAndSourceMat(
                    Sink.<ByteString>ignore(),
                    Source.range(0, 1_023).map(i -> chunk(i, 65_536)),
                    Keep.left())
                .mapMaterializedValue(done -> done.whenComplete((ok, e) -> complete(ended, ok, e)));
    try (Peer peer = port.connect()) {
      assertThat(peer.channel.socket().getInputStream().readNBytes(100_000)).hasSize(100_000);

      peer.reset();

      assertThatThrownBy(() -> ended.get(10, TimeUnit.SECONDS))
          .isInstanceOf(ExecutionException.class)
          .hasCauseInstanceOf(IOException.class);
    }
    awaitAllClosed();
  }

  private static void complete(CompletableFuture<Done> future, Done ok, Throwable e) {
    if (e == null) {
      future.complete(ok);
    } else {
      future.completeExceptionally(e);
    }
  }

  @Test
  void answersInFlightReachAPeerThatHasEndedItsSending() throws Exception {
    var inputEnded = new CompletableFuture<Done>();
    var answer = new CompletableFuture<ByteString>();
    port.flow =
        () ->
            Flow.fromSinkAndSourceMat(
                    Sink.<ByteString>ignore(), Source.completionStage(answer), Keep.left())
                .mapMaterializedValue(
                    done -> done.whenComplete((ok, e) -> complete(inputEnded, ok, e)));
    try (Peer peer = port.connect()) {
      peer.send("request");
      peer.channel.shutdownOutput();
      inputEnded.get(10, TimeUnit.SECONDS);

      answer.complete(bytes("late answer"));

      assertThat(new String(peer.readAll(), StandardCharsets.UTF_8)).isEqualTo("late answer");
    }
    awaitAllClosed();
  }

  @Test
  void whatIsUnsentWhenTheStreamEndsIsSent() throws Exception {
    port.flow =
        () -> Flow.fromSinkAndSourceCoupled(Sink.ignore(), Source.single(chunk(0, 16 * MEGABYTE)));
    try (Peer peer = port.connect()) {
      peer.send("something that is never looked at");

      assertIsStream(peer.readAll(), 16 * MEGABYTE);
    }
    awaitAllClosed();
  }

  @Test
  void aFarewellIsNotLostToAResetThoughThePeerGoesOnSending() throws Exception {
    port.accepted =
        channel -> port.loops.dismiss(channel, "no place\n".getBytes(StandardCharsets.UTF_8));
    try (Peer peer = port.connect()) {
      for (int i = 0; i < 100; i++) {
        peer.send("x".repeat(1_000));
      }

      assertThat(new String(peer.readAll(), StandardCharsets.UTF_8)).isEqualTo("no place\n");
    }
    awaitAllClosed();
  }

  @Test
  void aPeerThatDoesNotCloseAfterAFarewellIsClosed() throws Exception {
    port.accepted = channel -> port.loops.dismiss(channel, new byte[] {'.'});
    try (Peer peer = port.connect()) {
      assertThat(peer.readAll()).hasSize(1);

      awaitAllClosed(); // though the peer is open
    }
  }

  @Test
  void finishingWaitsForWhatIsUnsentAndForNothingElse() throws Exception {
    port.flow =
        () -> Flow.fromSinkAndSourceCoupled(Sink.ignore(), Source.single(chunk(0, 16 * MEGABYTE)));
    try (Peer slow = port.connect()) {
      assertThat(slow.read(1)).hasSize(1);
      port.listener.close().toCompletableFuture().get(10, TimeUnit.SECONDS);

      var finished = port.loops.finish().toCompletableFuture();

      var turn = new CompletableFuture<Done>();
      port.loop().execute(() -> turn.complete(Done.getInstance()));
      turn.get(10, TimeUnit.SECONDS);
      assertThat(finished).isNotDone();
      assertThat(slow.readAll()).hasSize(16 * MEGABYTE - 1);
      finished.get(10, TimeUnit.SECONDS); // the peer has not closed
      assertThat(port.loops.openSockets()).isZero();
    }
  }

  @Test
  void aPortThatIsTakenIsNamed() {
    assertThatThrownBy(() -> port.loops.listen(port.listener.address(), 1, c -> {}, () -> {}))
        .isInstanceOf(BindException.class)
        .hasMessageContaining("in use");
  }

  @Test
  void aPortIsFreeWhenItsListenerIsClosed() throws Exception {
    port.listener.close().toCompletableFuture().get(10, TimeUnit.SECONDS);

    var again = port.loops.listen(port.listener.address(), 1, c -> {}, () -> {});

    assertThat(again.address()).isEqualTo(port.listener.address());
    again.close().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  @Test
  void aPortIsClosedThoughItsLoopHasEnded() throws Exception {
    port.loops.close();

    port.listener.close().toCompletableFuture().get(10, TimeUnit.SECONDS);
    port.loops.finish().toCompletableFuture().get(10, TimeUnit.SECONDS);

    var other = new Port(kit, LONG);
    var again = other.loops.listen(port.listener.address(), 1, c -> {}, () -> {});
    again.close().toCompletableFuture().get(10, TimeUnit.SECONDS);
    other.close();
  }

  private static long descriptors() {
    return ((UnixOperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getOpenFileDescriptorCount();
  }

  @Test
  void thousandsOfConnectionsLeaveNothingBehind() throws Exception {
    openAndClose(50); // classes are loaded
    awaitAllClosed();
    long before = descriptors();
    for (int i = 0; i < 8; i++) {
      openAndClose(500);
    }

    awaitAllClosed();

    Awaitility.await().untilAsserted(() -> assertThat(descriptors()).isLessThan(before + 20));
    assertThat(port.unserved).hasValue(0);
    assertThat(port.acceptFailures).hasValue(0);
  }

  private void openAndClose(int count) throws IOException {
    List<Peer> peers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      peers.add(port.connect());
    }
    for (int i = 0; i < count; i += 100) {
      peers.get(i).send("served?");
      assertThat(peers.get(i).read(7)).isEqualTo("served?");
    }
    for (int i = 0; i < count; i++) {
      if (i % 3 == 0) {
        peers.get(i).reset();
      } else {
        peers.get(i).close();
      }
    }
  }

  @Test
  void whateverIsThrownTheLoopGoesOn() throws Exception {
    port.loop()
        .execute(
            () -> {
              throw new IllegalStateException("thrown by a task");
            });
    port.loop()
        .execute(
            () -> {
              throw new AssertionError("an error of a task");
            });
    port.flow =
        () ->
            Flow.of(ByteString.class)
                .map(
                    chunk -> {
                      throw new IllegalStateException("thrown by a stream");
                    });
    try (Peer unlucky = port.connect()) {
      unlucky.send("x");
      assertThatThrownBy(unlucky::readAll).isInstanceOf(IOException.class); // reset
    }
    port.flow =
        () -> {
          throw new IllegalStateException("thrown before the stream");
        };
    try (Peer unlucky = port.connect()) {
      Awaitility.await().until(() -> port.unserved.get() == 1);
    }
    var serving = port.accepted;
    port.accepted =
        channel -> {
          throw new IllegalStateException("thrown while accepting");
        };
    try (Peer unlucky = port.connect()) {
      Awaitility.await().until(() -> port.acceptFailures.get() == 1);
    }

    port.accepted = serving;
    port.flow = () -> Flow.of(ByteString.class);

    try (Peer next = port.connect()) {
      next.send("still here");
      assertThat(next.read(10)).isEqualTo("still here");
    }
    assertThat(port.loop().failures()).isEqualTo(4);
    awaitAllClosed();
  }

  @Test
  void aPeerThatTakesNothingIsCutOff() throws Exception {
    var ended = new CompletableFuture<Done>();
    try (var impatient = new Port(kit, Duration.ofMillis(200))) {
      impatient.flow =
          () ->
              Flow.fromSinkAndSourceMat(
                      Sink.<ByteString>ignore(),
                      Source.single(chunk(0, 32 * MEGABYTE)).concat(Source.maybe()),
                      Keep.left())
                  .mapMaterializedValue(
                      done -> done.whenComplete((ok, e) -> complete(ended, ok, e)));
      try (Peer deaf = impatient.connect()) {
        assertThatThrownBy(() -> ended.get(10, TimeUnit.SECONDS))
            .hasCauseInstanceOf(SocketTimeoutException.class)
            .hasMessageContaining("were not read");
        Awaitility.await().until(() -> impatient.loops.openSockets() == 0);
      }
    }
  }

  @Test
  void whoTookNothingForTheLongestIsHungUpOnWhenTooMuchWaits() throws Exception {
    int answer = 32 * MEGABYTE;
    var budget = new UnreadBudget(7L * answer / 2, Long.MAX_VALUE);
    try (var bounded = new Port(kit, LONG, budget)) {
      var serving = bounded.accepted;
      bounded.accepted = channel -> serving.accept(withSmallBuffer(channel));
      bounded.flow =
          () ->
              Flow.fromSinkAndSource(
                  Sink.<ByteString>ignore(),
                  Source.single(chunk(0, answer)).concat(Source.maybe()));
      var deaf = new ArrayList<Peer>();
      try {
        for (int i = 0; i < 6; i++) {
          Peer each = bounded.connect();
          deaf.add(each);
          each.read(1); // it has been given its answer
          awaitTurns(bounded.loop(), 40); // and the system has all that it takes of it
        }

        Awaitility.await().until(() -> bounded.loops.openSockets() == 3);

        for (Peer each : deaf.subList(0, 3)) {
          assertThatThrownBy(() -> each.read(answer)).hasMessageContaining("reset");
        }
        for (Peer each : deaf.subList(3, 6)) {
          assertThat(each.read(answer - 1)).hasSize(answer - 1);
        }
      } finally {
        for (Peer each : deaf) {
          each.close();
        }
      }
    }
  }

  /** So that the system takes little of what is sent. */
  private static SocketChannel withSmallBuffer(SocketChannel channel) {
    try {
      return channel.setOption(StandardSocketOptions.SO_SNDBUF, 64 * 1_024);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void whoReadsIsNotHungUpOnHoweverMuchWaits() throws Exception {
    int answer = 8 * MEGABYTE;
    var gate = new CompletableFuture<ByteString>();
    try (var bounded = new Port(kit, LONG, new UnreadBudget(answer, 100L * answer))) {
      bounded.flow =
          () ->
              Flow.fromSinkAndSource(
                  Sink.<ByteString>ignore(), Source.completionStage(gate).concat(Source.maybe()));
      var readers = new ArrayList<Peer>();
      try {
        for (int i = 0; i < 8; i++) {
          readers.add(bounded.connect());
        }
        Awaitility.await().until(() -> bounded.loops.openSockets() == 8);
        var whole = new ArrayList<CompletableFuture<Integer>>();
        for (Peer each : readers) {
          whole.add(CompletableFuture.supplyAsync(() -> sizeOf(each, answer), READERS));
        }
        bounded.loop().execute(() -> gate.complete(chunk(0, answer))); // all in one turn
        for (CompletableFuture<Integer> each : whole) {
          assertThat(each.get(20, TimeUnit.SECONDS)).isEqualTo(answer);
        }
      } finally {
        for (Peer each : readers) {
          each.close();
        }
      }
    }
  }

  private static int sizeOf(Peer peer, int atMost) {
    try {
      return peer.read(atMost).length();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void oneAloneMayHoldMoreThanTheBound() throws Exception {
    int answer = 8 * MEGABYTE;
    try (var bounded = new Port(kit, LONG, new UnreadBudget(MEGABYTE, MEGABYTE))) {
      bounded.flow =
          () -> Flow.fromSinkAndSource(Sink.<ByteString>ignore(), Source.single(chunk(0, answer)));
      for (int i = 0; i < 2; i++) {
        try (Peer each = bounded.connect()) {
          assertIsStream(each.readAll(), answer);
        }
      }
    }
  }

  @Test
  void aTaskIsRunThoughTheLoopHasEnded() throws Exception {
    var loop = SocketLoop.start("short", Clock.system());
    loop.close();
    loop.finish().toCompletableFuture().get(10, TimeUnit.SECONDS);
    // what comes in its last moments it runs itself
    Awaitility.await()
        .until(
            () ->
                Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(thread -> thread.getName().equals("short")));
    var run = new CompletableFuture<String>();

    loop.execute(() -> run.complete(Thread.currentThread().getName()));

    assertThat(run.get(10, TimeUnit.SECONDS)).isNotEqualTo("short");
  }

  @Test
  void timersRunInTheirOrder() throws Exception {
    List<Integer> order = new ArrayList<>();
    var done = new CompletableFuture<List<Integer>>();
    port.loop()
        .execute(
            () -> {
              port.loop().schedule(Duration.ofMillis(30), () -> done.complete(order));
              port.loop().schedule(Duration.ofMillis(20), () -> order.add(2));
              port.loop().schedule(Duration.ofMillis(1), () -> order.add(1));
            });

    assertThat(done.get(10, TimeUnit.SECONDS)).isEqualTo(Arrays.asList(1, 2));
  }
}
