package io.leasehold.actors.socket;

import io.leasehold.domain.time.Clock;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.util.ByteString;

/** A port on one loop; every connection is served by the flow that is set. */
final class Port implements AutoCloseable {
  static final InetSocketAddress ANY = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  final SocketLoops loops;
  final SocketListener listener;
  final AtomicInteger acceptFailures = new AtomicInteger();
  final AtomicInteger unserved = new AtomicInteger();
  volatile Supplier<Flow<ByteString, ByteString, ?>> flow = () -> Flow.of(ByteString.class);
  volatile Consumer<SocketChannel> accepted;

  Port(ActorTestKit kit, Duration unreadTimeout) throws IOException {
    this(kit, unreadTimeout, UnreadBudget.unlimited());
  }

  Port(ActorTestKit kit, Duration unreadTimeout, UnreadBudget budget) throws IOException {
    loops = SocketLoops.start(kit.system(), "loop", 1, unreadTimeout, budget, Clock.system());
    accepted =
        channel -> loops.serve(channel, () -> flow.get(), failure -> unserved.incrementAndGet());
    listener =
        loops.listen(
            ANY, 4_096, channel -> accepted.accept(channel), acceptFailures::incrementAndGet);
    listener.start();
  }

  SocketLoop loop() {
    return (SocketLoop) loops.executors().get(0);
  }

  Peer connect() throws IOException {
    return new Peer(listener.address());
  }

  @Override
  public void close() throws Exception {
    listener.close().toCompletableFuture().get(10, TimeUnit.SECONDS);
    loop().close();
  }
}
