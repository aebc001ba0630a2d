package io.leasehold.http.access;

import io.leasehold.actors.socket.LoopShare;
import io.leasehold.actors.socket.SocketListener;
import io.leasehold.actors.socket.SocketLoops;
import io.leasehold.domain.time.Clock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.Http;
import org.apache.pekko.http.javadsl.model.HttpRequest;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.http.javadsl.settings.ServerSettings;
import org.apache.pekko.japi.function.Function;
import org.apache.pekko.stream.TLSProtocol.SslTlsInbound;
import org.apache.pekko.stream.TLSProtocol.SslTlsOutbound;
import org.apache.pekko.stream.javadsl.BidiFlow;
import org.apache.pekko.stream.javadsl.Flow;
import org.apache.pekko.util.ByteString;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A port that speaks HTTP/1.1: what the library knows of HTTP, on the sockets of our loops. A
 * connection is read, parsed, handled up to its first wait, and written by one thread. Safe for any
 * thread.
 */
public final class HttpPort {
  private static final Logger LOG = LoggerFactory.getLogger(HttpPort.class);

  private final SocketLoops loops;
  private final Http http;
  private final ServerSettings settings;
  private final BidiFlow<SslTlsOutbound, ByteString, ByteString, SslTlsInbound, NotUsed> clear;
  private final Flow<HttpRequest, HttpResponse, NotUsed> answers;
  private final HttpConnections connections;
  private final SocketListener listener;

  private HttpPort(
      SocketLoops loops,
      ActorSystem<?> system,
      InetSocketAddress address,
      ServerSettings settings,
      Duration idleTimeout,
      HttpConnections connections,
      Function<HttpRequest, CompletionStage<HttpResponse>> handler,
      Clock clock)
      throws IOException {
    this.loops = loops;
    this.http = Http.get(system);
    this.settings = settings;
    this.clear = BidiFlow.fromGraph(new ClearLayer(idleTimeout, clock));
    this.answers = Flow.fromGraph(new AnswerStage(handler));
    this.connections = connections;
    this.listener =
        loops.listen(address, settings.getBacklog(), this::accept, connections::notAccepted);
  }

  /**
   * Opens the port. Blocks for as long as the name of the host takes to be found.
   *
   * @param port 0 = one that the system chooses
   * @param settings of the library; the backlog holds here too
   * @param connections counts them; whoever comes beyond its bound is told so
   * @param idleTimeout ends a connection on which nothing came and nothing went for so long
   * @param handler called in the thread of a loop: must not block
   * @return fails with a BindException if the port is taken, an UnknownHostException if the host is
   *     not known
   */
  static CompletionStage<HttpPort> open(
      ActorSystem<?> system,
      String host,
      int port,
      ServerSettings settings,
      Duration idleTimeout,
      HttpConnections connections,
      Function<HttpRequest, CompletionStage<HttpResponse>> handler,
      Clock clock) {
    var address = new InetSocketAddress(host, port);
    if (address.isUnresolved()) {
      return CompletableFuture.failedFuture(
          new UnknownHostException("host " + host + " is not known"));
    }
    try {
      int count = LoopShare.ROUTES.loops();
      var loops = SocketLoops.start(system, "leasehold-http", count, idleTimeout, clock);
      try {
        var opened =
            new HttpPort(
                loops, system, address, settings, idleTimeout, connections, handler, clock);
        opened.listener.start();
        return CompletableFuture.completedFuture(opened);
      } catch (IOException | RuntimeException e) {
        loops.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** The answer to whoever cannot be asked what it wants. */
  private static byte[] full(int maxConnections) {
    String correlationId = RequestIds.correlation(null);
    String message = "all " + maxConnections + " connections of http.max-connections are in use";
    Answer answer =
        Answer.error(
            Answer.Problem.OVERLOADED, message, correlationId, Map.of("outcome", "not_applied"));
    var text = new StringBuilder("HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n");
    answer.headers().forEach((name, value) -> line(text, name, value));
    line(text, RequestIds.CORRELATION_HEADER, correlationId);
    line(text, RequestIds.REQUEST_HEADER, RequestIds.request(null));
    line(text, "Content-Type", answer.contentType());
    line(text, "Content-Length", Integer.toString(answer.body().length));
    text.append("\r\n").append(new String(answer.body(), StandardCharsets.UTF_8));
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void line(StringBuilder to, String name, String value) {
    to.append(name).append(": ").append(value).append("\r\n");
  }

  private void accept(SocketChannel channel) {
    InetSocketAddress remote;
    try {
      remote = (InetSocketAddress) channel.getRemoteAddress();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (!connections.tryEnter()) {
      LOG.debug("connection from {} refused: {} are open", remote, connections.max());
      loops.dismiss(channel, full(connections.max()));
      return;
    }
    loops.serve(
        channel,
        () -> connection(remote),
        connections::leave,
        failure -> LOG.debug("connection from {} not served: {}", remote, failure.toString()));
  }

  private Flow<ByteString, ByteString, ?> connection(InetSocketAddress remote) {
    BidiFlow<HttpResponse, ByteString, ByteString, HttpRequest, ?> layers =
        http.serverLayer(settings, Optional.of(remote)).atop(clear);
    return answers.join(layers);
  }

  /** Where it listens, with the port that was chosen. */
  public InetSocketAddress address() {
    return listener.address();
  }

  /** What runs in the threads of the loops. */
  public List<Executor> executors() {
    return loops.executors();
  }

  /** Stops accepting; when this is done the port is free. Open connections go on. */
  public CompletionStage<Done> unbind() {
    return listener.close();
  }
}
