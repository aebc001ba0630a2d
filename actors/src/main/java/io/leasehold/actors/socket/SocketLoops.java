package io.leasehold.actors.socket;

import io.leasehold.domain.time.Clock;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.stream.ActorAttributes;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.Materializer;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.util.ByteString;

/**
 * The loops of one port: connections are spread over them in turn, and stay where they are. End
 * with the actor system. Safe for any thread.
 */
public final class SocketLoops {
  /** One part of the heap may hold what the peers of a port do not take. */
  private static final int SOFT_PARTS = 8;

  /** And one what they take too slowly. */
  private static final int HARD_PARTS = 4;

  private record Place(SocketLoop loop, Attributes attributes) {}

  private final Clock clock;
  private final Materializer materializer;
  private final Duration unreadTimeout;
  private final List<Place> places = new ArrayList<>();

  /** Belongs to the thread of the first loop, which accepts. */
  private int next;

  private SocketLoops(ActorSystem<?> system, Clock clock, Duration unreadTimeout) {
    this.clock = clock;
    this.unreadTimeout = unreadTimeout;
    this.materializer = Materializer.createMaterializer(system);
  }

  /**
   * Starts loops, whose threads and dispatchers are called {@code name-1} and so on.
   *
   * @param count 1 or more; see {@link LoopShare}
   * @param unreadTimeout for so long a peer may take nothing of what there is to send
   * @throws IOException if the system has no descriptor left
   */
  public static SocketLoops start(
      ActorSystem<?> system, String name, int count, Duration unreadTimeout, Clock clock)
      throws IOException {
    long heap = Runtime.getRuntime().maxMemory();
    var budget = new UnreadBudget(heap / SOFT_PARTS, heap / HARD_PARTS);
    return start(system, name, count, unreadTimeout, budget, clock);
  }

  /**
   * The same.
   *
   * @param budget what the connections of all loops may hold for peers that do not take it
   */
  static SocketLoops start(
      ActorSystem<?> system,
      String name,
      int count,
      Duration unreadTimeout,
      UnreadBudget budget,
      Clock clock)
      throws IOException {
    var loops = new SocketLoops(system, clock, unreadTimeout);
    system.getWhenTerminated().thenRun(loops::close);
    for (int i = 1; i <= count; i++) {
      var loop = SocketLoop.start(name + '-' + i, clock, budget);
      String id = LoopDispatcher.register(system.classicSystem(), name + '-' + i, loop);
      loops.places.add(new Place(loop, ActorAttributes.dispatcher(id)));
    }
    return loops;
  }

  /**
   * Takes a port, or makes a socket in the file system; {@link SocketListener#start} begins to
   * accept. Blocks for as long as the name of the host takes to be found.
   *
   * @param accepted called in the thread of the first loop with every new connection
   * @param failed called when one could not be accepted
   * @throws IOException a BindException if the port is taken
   */
  public SocketListener listen(
      SocketAddress address, int backlog, Consumer<SocketChannel> accepted, Runnable failed)
      throws IOException {
    return new SocketListener(places.get(0).loop, clock, address, backlog, accepted, failed);
  }

  /**
   * Has a connection served by a flow, in the thread of one of the loops. To be called by the
   * thread that accepts.
   *
   * @param flow made in that thread
   * @param otherwise called if that is not possible; the connection is closed then
   */
  public void serve(
      SocketChannel channel,
      Supplier<Flow<ByteString, ByteString, ?>> flow,
      Consumer<Exception> otherwise) {
    serve(channel, flow, () -> {}, otherwise);
  }

  /**
   * The same, and says when the connection is over.
   *
   * @param closed run once, when the channel has been closed, also if it was not served
   */
  public void serve(
      SocketChannel channel,
      Supplier<Flow<ByteString, ByteString, ?>> flow,
      Runnable closed,
      Consumer<Exception> otherwise) {
    var place = places.get(next);
    next = (next + 1) % places.size();
    place.loop.execute(
        () -> {
          LoopSocket socket = null;
          try {
            socket = new LoopSocket(place.loop, channel, unreadTimeout, closed);
            Flow.fromGraph(new SocketStage(socket))
                .join(flow.get())
                .addAttributes(place.attributes)
                .run(materializer);
          } catch (IOException e) {
            SocketLoop.closeQuietly(channel);
            closed.run();
            otherwise.accept(e);
          } catch (RuntimeException e) {
            if (socket == null) {
              SocketLoop.closeQuietly(channel);
              closed.run();
            } else {
              socket.abort();
            }
            otherwise.accept(e);
            throw e; // for the log of the loop
          }
        });
  }

  /** Sends these bytes, and ends the connection in order. By the thread that accepts. */
  public void dismiss(SocketChannel channel, byte[] farewell) {
    try {
      var socket = new LoopSocket(places.get(0).loop, channel, unreadTimeout, () -> {});
      socket.write(farewell);
      socket.finish();
    } catch (IOException e) {
      SocketLoop.closeQuietly(channel); // it has gone already
    }
  }

  /** What runs in the threads of the loops. */
  public List<Executor> executors() {
    return places.stream().<Executor>map(Place::loop).toList();
  }

  /** Sockets that are not closed. */
  public int openSockets() {
    return places.stream().mapToInt(place -> place.loop.openSockets()).sum();
  }

  /** Done when everything is sent and no socket is open. */
  public CompletionStage<Done> finish() {
    return CompletableFuture.allOf(
            places.stream()
                .map(place -> place.loop.finish().toCompletableFuture())
                .toArray(CompletableFuture[]::new))
        .thenApply(nothing -> Done.getInstance());
  }

  /** Ends the loops; what is open is closed. */
  public void close() {
    places.forEach(place -> place.loop.close());
  }
}
