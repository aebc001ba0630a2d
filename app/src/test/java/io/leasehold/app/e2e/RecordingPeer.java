package io.leasehold.app.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Takes the place of a sidecar where one is needed that misbehaves: records what comes, and does
 * otherwise what its behaviour says. Safe for any thread.
 */
final class RecordingPeer implements AutoCloseable {
  /** What is done about a connection, by its own thread. */
  interface Behaviour {
    /** Reads and says nothing, as for clients that did not say hello. */
    Behaviour SILENT = (connection, number, line) -> {};

    /** Accepts and never reads. */
    Behaviour DEAF =
        new Behaviour() {
          @Override
          public boolean reads() {
            return false;
          }

          @Override
          public void onLine(Connection connection, int number, JsonNode line) {}
        };

    default boolean reads() {
      return true;
    }

    /**
     * @param number of the line on its connection, from 0 on: the hello, if there is one, has 0
     */
    void onLine(Connection connection, int number, JsonNode line) throws IOException;
  }

  /** One that was accepted, in the order of {@link #connections}. */
  static final class Connection {
    final long acceptedNanos = System.nanoTime();
    final List<String> lines = Collections.synchronizedList(new ArrayList<>());
    final AtomicInteger count = new AtomicInteger();
    volatile boolean ended;
    private final Socket socket;

    private Connection(Socket socket) {
      this.socket = socket;
    }

    void say(String reply) throws IOException {
      socket.getOutputStream().write((reply + "\n").getBytes(StandardCharsets.UTF_8));
    }

    /** Says no more, and reads on: what was said arrives, whatever the other side still sends. */
    void finish() throws IOException {
      socket.shutdownOutput();
    }

    void close() throws IOException {
      socket.close();
    }

    List<JsonNode> messages() {
      return List.copyOf(lines).stream().map(SdkKit::parse).toList();
    }

    JsonNode first() {
      return SdkKit.parse(lines.get(0));
    }

    private void run(Behaviour behaviour) {
      try (var in =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8))) {
        for (String line = in.readLine(); line != null; line = in.readLine()) {
          lines.add(line);
          behaviour.onLine(this, count.getAndIncrement(), SdkKit.parse(line));
        }
      } catch (IOException e) {
        // cut off: by the client, or by close
      } finally {
        ended = true;
      }
    }
  }

  final List<Connection> connections = new CopyOnWriteArrayList<>();
  private final ServerSocket server = new ServerSocket();
  private final Behaviour behaviour;
  private final Thread acceptor;

  /** Listens from now on. */
  RecordingPeer(ReservedPort port, Behaviour behaviour) throws IOException {
    this.behaviour = behaviour;
    server.setReuseAddress(true);
    server.bind(port.address());
    acceptor = start(this::accept);
  }

  private static Thread start(Runnable what) {
    var thread = new Thread(what, "peer");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        var connection = new Connection(server.accept());
        connections.add(connection);
        if (behaviour.reads()) {
          start(() -> connection.run(behaviour));
        }
      } catch (IOException e) {
        LockSupport.parkNanos(1_000_000); // closed, as a rule
      }
    }
  }

  int port() {
    return server.getLocalPort();
  }

  /** Of all connections in their order. */
  List<JsonNode> messages() {
    return connections.stream().flatMap(connection -> connection.messages().stream()).toList();
  }

  /** How many lines have come. */
  int count() {
    return connections.stream().mapToInt(connection -> connection.lines.size()).sum();
  }

  @Override
  public void close() throws IOException {
    server.close();
    try {
      acceptor.join(); // until then the port may still be taken
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    for (Connection connection : connections) {
      connection.close();
    }
  }
}
