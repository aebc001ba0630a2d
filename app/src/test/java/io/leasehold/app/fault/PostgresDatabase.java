package io.leasehold.app.fault;

import io.leasehold.app.cluster.LocalDatabase;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A PostgreSQL behind a proxy, so that its address stays the same wherever it is started. */
final class PostgresDatabase implements TestDatabase, AutoCloseable {
  private final Path directory;
  private final ChaosProxy proxy;
  private volatile LocalDatabase running;

  PostgresDatabase(Path directory) throws IOException {
    this.directory = directory;
    start();
    this.proxy = new ChaosProxy("127.0.0.1", this::address);
  }

  private Optional<InetSocketAddress> address() {
    LocalDatabase database = running;
    if (database == null) {
      return Optional.empty();
    }
    var uri = URI.create(database.url().substring("jdbc:".length()));
    return Optional.of(new InetSocketAddress(uri.getHost(), uri.getPort()));
  }

  String url() {
    return "jdbc:postgresql://127.0.0.1:" + proxy.address().getPort() + "/postgres";
  }

  String user() {
    return "postgres";
  }

  @Override
  public ChaosProxy proxy() {
    return proxy;
  }

  @Override
  public void start() throws IOException {
    running = LocalDatabase.start(directory);
  }

  /** As in a crash: what it was doing is found in its log at the next start, or is not. */
  @Override
  public void stop() throws Exception {
    Path pidFile = directory.resolve("data").resolve("postmaster.pid");
    long pid = Long.parseLong(Files.readAllLines(pidFile).get(0).strip());
    int code = new ProcessBuilder(List.of("kill", "-QUIT", Long.toString(pid))).start().waitFor();
    if (code != 0) {
      throw new IllegalStateException("kill -QUIT " + pid + " ended with " + code);
    }
    Awaitility.await()
        .atMost(30, TimeUnit.SECONDS)
        .until(() -> ProcessHandle.of(pid).isEmpty() || !Files.exists(pidFile));
    running = null;
  }

  @Override
  public void close() throws IOException {
    proxy.close();
    LocalDatabase database = running;
    if (database != null) {
      database.close();
    }
  }
}
