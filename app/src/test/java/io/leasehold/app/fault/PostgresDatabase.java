package io.leasehold.app.fault;

import io.leasehold.app.cluster.LocalDatabase;
import io.leasehold.app.e2e.FastStart;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/** A PostgreSQL behind a proxy, so that its address stays the same wherever it is started. */
final class PostgresDatabase implements TestDatabase, AutoCloseable {
  private final Path directory;
  private final ChaosProxy proxy;
  private volatile LocalDatabase running;

  /**
   * @param host where the proxy is found
   */
  PostgresDatabase(Path directory, String host) throws IOException {
    this.directory = directory;
    start();
    this.proxy = new ChaosProxy(host, this::address);
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
    return "jdbc:postgresql://"
        + proxy.address().getHostString()
        + ":"
        + proxy.address().getPort()
        + "/postgres";
  }

  String user() {
    return "postgres";
  }

  /** Not through the proxy. */
  void execute(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection(running.url(), user(), "");
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Override
  public ChaosProxy proxy() {
    return proxy;
  }

  @Override
  public void start() throws IOException {
    running = FastStart.database(directory);
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
    LocalDatabase stopped = running;
    running = null;
    if (stopped != null) {
      stopped.close(); // holds a lock on its directory, which the next start needs
    }
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
