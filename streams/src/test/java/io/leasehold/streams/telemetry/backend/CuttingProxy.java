package io.leasehold.streams.telemetry.backend;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Stands before a database and cuts the next connection that sends some text: after the server has
 * answered it, so that what it asked for is done and nobody was told; or before it is passed on.
 */
final class CuttingProxy implements AutoCloseable {
  private final ServerSocket server;
  private final int target;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private volatile String trigger;
  private volatile boolean passedOn;
  private volatile boolean cut;

  CuttingProxy(int target) throws IOException {
    this.target = target;
    this.server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress());
    start(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  /** Whether the connection was cut that {@link #cutAt} was about. */
  boolean hasCut() {
    return cut;
  }

  void cutAt(String text, boolean passOn) {
    cut = false;
    passedOn = passOn;
    trigger = text;
  }

  private static void start(Runnable task) {
    var thread = new Thread(task, "cutting-proxy");
    thread.setDaemon(true);
    thread.start();
  }

  private void accept() {
    try {
      while (true) {
        Socket client = server.accept();
        Socket database = new Socket(InetAddress.getLoopbackAddress(), target);
        sockets.add(client);
        sockets.add(database);
        var muted = new boolean[1];
        start(() -> forth(client, database, muted));
        start(() -> back(client, database, muted));
      }
    } catch (IOException e) {
      // closed
    }
  }

  private void forth(Socket client, Socket database, boolean[] muted) {
    var block = new byte[1 << 16];
    try (client;
        database) {
      InputStream in = client.getInputStream();
      for (int read = in.read(block); read >= 0; read = in.read(block)) {
        String wanted = trigger;
        if (wanted != null && new String(block, 0, read, ISO_8859_1).contains(wanted)) {
          trigger = null;
          if (!passedOn) {
            cut = true;
            return;
          }
          synchronized (muted) {
            muted[0] = true;
          }
        }
        database.getOutputStream().write(block, 0, read);
      }
    } catch (IOException e) {
      // one of the two is gone
    }
  }

  private void back(Socket client, Socket database, boolean[] muted) {
    var block = new byte[1 << 16];
    try (client;
        database) {
      InputStream in = database.getInputStream();
      for (int read = in.read(block); read >= 0; read = in.read(block)) {
        synchronized (muted) {
          if (muted[0]) {
            cut = true;
            return; // the answer is here, so it is done
          }
        }
        client.getOutputStream().write(block, 0, read);
      }
    } catch (IOException e) {
      // one of the two is gone
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket each : sockets) {
      each.close();
    }
  }
}
