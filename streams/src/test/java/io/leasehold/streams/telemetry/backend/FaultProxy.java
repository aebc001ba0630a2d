package io.leasehold.streams.telemetry.backend;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Stands before a destination and behaves badly when it is told to: on the level of TCP, or as a
 * server of HTTP that answers with an error. Safe for any thread.
 */
public final class FaultProxy implements AutoCloseable {
  /** What becomes of connections, old and new, and of what is sent. */
  public enum Fault {
    NONE,
    /** Connections are reset as soon as they are there. */
    REFUSE,
    /** Takes everything and answers nothing. */
    BLACK_HOLE,
    /** Resets the connection when a request comes. */
    RESET,
    /** Ends its side when a request comes. */
    HALF_CLOSE,
    /** A byte now and then, in both directions. */
    SLOW,
    /** The request is passed on and carried out; the connection is reset within the answer. */
    CUT_ANSWER,
    /** HTTP: the request is read, not passed on, and answered with 500. */
    STATUS_500,
    /** HTTP: the same with 503. */
    STATUS_503
  }

  private static final Pattern LENGTH =
      Pattern.compile("\\r\\ncontent-length: *(\\d+)", Pattern.CASE_INSENSITIVE);

  private final ServerSocket server;
  private final int target;
  private final String errorBody;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicInteger requests = new AtomicInteger();
  private volatile Fault fault = Fault.NONE;
  private volatile int passing = Integer.MAX_VALUE;
  private volatile String header = "";

  /**
   * Passes everything on at first.
   *
   * @param errorBody of answers with an error
   */
  public FaultProxy(int target, String errorBody) throws IOException {
    this.target = target;
    this.errorBody = errorBody;
    this.server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  public int port() {
    return server.getLocalPort();
  }

  /** From now on; connections that are there are reset, so that it counts for all. */
  public void set(Fault next) {
    passing = Integer.MAX_VALUE;
    fault = next;
    sockets.forEach(FaultProxy::reset);
  }

  /** The fault begins after so many requests more. */
  public void after(int count, Fault next) {
    requests.set(0);
    passing = count;
    fault = next;
  }

  /** A line of the head of answers with an error, such as {@code Retry-After: 7}. */
  public void header(String line) {
    header = line + "\r\n";
  }

  private static void start(Runnable task) {
    var thread = new Thread(task, "fault-proxy");
    thread.setDaemon(true);
    thread.start();
  }

  private static void reset(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      // it is closed
    }
  }

  private void accept() {
    try {
      while (true) {
        Socket client = server.accept();
        if (fault == Fault.REFUSE) {
          reset(client);
          continue;
        }
        client.setTcpNoDelay(true);
        sockets.add(client);
        start(() -> serve(client));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void serve(Socket client) {
    try (client;
        Socket real = new Socket(InetAddress.getLoopbackAddress(), target)) {
      sockets.add(real);
      var current = new AtomicReference<>(Fault.NONE);
      start(() -> back(client, real, current));
      forth(client, real, current);
    } catch (IOException e) {
      // one of the two is gone
    } finally {
      sockets.remove(client);
    }
  }

  /** The fault that a request meets, from its first line on, which names its method. */
  private Fault now(byte[] block, int read, Fault current) {
    boolean begins =
        new String(block, 0, Math.min(read, 8), ISO_8859_1).matches("(?s)(PUT|POST|HEAD|GET) .*");
    int count = begins ? requests.incrementAndGet() : requests.get();
    if (passing == Integer.MAX_VALUE) {
      return fault;
    }
    return !begins ? current : count > passing ? fault : Fault.NONE;
  }

  /** Requests of HTTP that have come, since {@link #after} was called at last. */
  public int requests() {
    return requests.get();
  }

  private void forth(Socket client, Socket real, AtomicReference<Fault> current)
      throws IOException {
    var block = new byte[1 << 16];
    InputStream in = client.getInputStream();
    OutputStream out = real.getOutputStream();
    for (int read = in.read(block); read >= 0; read = in.read(block)) {
      current.set(now(block, read, current.get()));
      switch (current.get()) {
        case NONE, CUT_ANSWER -> out.write(block, 0, read);
        case REFUSE, RESET -> {
          reset(client);
          return;
        }
        case BLACK_HOLE -> {}
        case HALF_CLOSE -> client.shutdownOutput();
        case SLOW -> trickle(block, read, out);
        case STATUS_500 -> answer(client, block, read, "500 Internal Server Error");
        case STATUS_503 -> answer(client, block, read, "503 Service Unavailable");
      }
    }
    real.shutdownOutput();
  }

  private void back(Socket client, Socket real, AtomicReference<Fault> current) {
    var block = new byte[1 << 16];
    try {
      InputStream in = real.getInputStream();
      OutputStream out = client.getOutputStream();
      for (int read = in.read(block); read >= 0; read = in.read(block)) {
        Fault now = current.get();
        boolean goesOn = new String(block, 0, Math.min(read, 12), ISO_8859_1).endsWith(" 100");
        if (now == Fault.CUT_ANSWER && !goesOn) { // the request is carried out after a 100
          out.write(block, 0, Math.min(read, 12));
          reset(client);
          return;
        } else if (now == Fault.SLOW) {
          trickle(block, read, out);
        } else if (now != Fault.BLACK_HOLE) {
          out.write(block, 0, read);
        }
      }
      client.shutdownOutput();
    } catch (IOException e) {
      // one of the two is gone
    } finally {
      sockets.remove(real);
    }
  }

  private void trickle(byte[] block, int length, OutputStream out) throws IOException {
    for (int i = 0; i < length && fault == Fault.SLOW; i++) {
      out.write(block[i]);
      out.flush();
      try {
        TimeUnit.MILLISECONDS.sleep(50);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** Reads the rest of a request, unless its sender waits for our consent, and refuses it. */
  private void answer(Socket client, byte[] block, int read, String status) throws IOException {
    var request = new ByteArrayOutputStream();
    request.write(block, 0, read);
    InputStream in = client.getInputStream();
    int head = endOfHead(request);
    while (head < 0) {
      int more = in.read(block);
      if (more < 0) {
        return;
      }
      request.write(block, 0, more);
      head = endOfHead(request);
    }
    String text = request.toString(ISO_8859_1).substring(0, head);
    Matcher length = LENGTH.matcher(text);
    long left = length.find() ? Long.parseLong(length.group(1)) - (request.size() - head) : 0;
    boolean waits = text.toLowerCase(Locale.ROOT).contains("100-continue");
    while (left > 0 && !waits) {
      int more = in.read(block);
      if (more < 0) {
        return;
      }
      left -= more;
    }
    byte[] body = text.startsWith("HEAD ") ? new byte[0] : errorBody.getBytes(UTF_8);
    String answer =
        "HTTP/1.1 "
            + status
            + "\r\n"
            + header
            + "Content-Length: "
            + body.length
            + "\r\nConnection: close\r\n\r\n";
    client.getOutputStream().write(answer.getBytes(ISO_8859_1));
    client.getOutputStream().write(body);
    client.shutdownOutput();
  }

  private static int endOfHead(ByteArrayOutputStream request) {
    int end = request.toString(ISO_8859_1).indexOf("\r\n\r\n");
    return end < 0 ? -1 : end + 4;
  }

  @Override
  public void close() throws IOException {
    server.close();
    sockets.forEach(FaultProxy::reset);
  }
}
