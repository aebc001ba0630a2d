package io.leasehold.app.cluster;

import io.leasehold.app.server.SecretsFile;
import io.leasehold.app.server.StartException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;

/**
 * Some server processes on 127.0.0.1 that form a cluster. Says what changes; a node that ends by
 * itself is started again after a while. One thread.
 */
public final class LocalCluster {
  /**
   * What is started.
   *
   * @param nodes 1..9
   * @param launcher the script that starts a server
   * @param directory of everything that is written
   * @param database the one all nodes use
   * @param sets for every node, besides its ports
   */
  public record Plan(
      int nodes, Path launcher, Path directory, Database database, List<String> sets) {}

  /** A PostgreSQL and who may use it. */
  public record Database(String url, String user, String password) {}

  private static final Duration LOOK_EVERY = Duration.ofSeconds(1);
  private static final Duration START_AGAIN_AFTER = Duration.ofSeconds(10);
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(25);

  /** Of a machine that carries several: a node for trying out needs little. */
  private static final Map<String, String> ENVIRONMENT = Map.of("LEASEHOLD_HEAP", "512m");

  private final Plan plan;
  private final Consumer<String> say;
  private final List<LocalNode> nodes = new ArrayList<>();
  private final List<String> states = new ArrayList<>();
  private final List<Integer> secondsDown = new ArrayList<>();
  private String jwtSecret = "";
  private String encryptionKey = "";
  private boolean shown;

  /**
   * @param say takes lines for the person at the terminal
   */
  public LocalCluster(Plan plan, Consumer<String> say) {
    this.plan = plan;
    this.say = say;
  }

  /** Starts all nodes; they find each other by and by. */
  public void start() throws IOException {
    Files.createDirectories(plan.directory());
    try {
      jwtSecret = SecretsFile.jwtSecret(plan.directory(), new SecureRandom());
      encryptionKey = SecretsFile.encryptionKey(plan.directory(), new SecureRandom());
    } catch (StartException e) {
      throw new IOException(e.getMessage(), e);
    }
    List<Integer> management = FreePorts.find(plan.nodes());
    var points = new ArrayList<String>();
    management.forEach(port -> points.add("\"127.0.0.1:" + port + "\""));
    for (int i = 0; i < plan.nodes(); i++) {
      Path directory = plan.directory().resolve("node-" + (i + 1));
      var sets = new ArrayList<String>();
      for (String door : List.of("lock", "monitor", "http", "remoting")) {
        sets.add(door + ".port=auto");
      }
      sets.add("monitor.debug-port=auto");
      sets.add("telemetry.port=auto");
      sets.add("telemetry.admin-port=auto");
      sets.add("management.port=" + management.get(i));
      sets.add("data-dir=" + directory);
      sets.add("cluster.discovery=config");
      sets.add("cluster.contact-points=[" + String.join(",", points) + "]");
      sets.add("cluster.required-contact-points=" + Math.min(2, plan.nodes()));
      sets.add("database.url=" + plan.database().url());
      sets.add("database.user=" + plan.database().user());
      sets.addAll(plan.sets());
      var node = new LocalNode(i + 1, plan.launcher(), directory, sets);
      nodes.add(node);
      states.add("");
      secondsDown.add(0);
      start(node);
    }
  }

  private void start(LocalNode node) throws IOException {
    var environment = new java.util.HashMap<>(ENVIRONMENT);
    environment.put("LEASEHOLD_GATEWAY_JWT_SECRET", jwtSecret);
    environment.put("LEASEHOLD_GATEWAY_ENCRYPTION_KEYS", encryptionKey);
    if (!plan.database().password().isEmpty()) { // not on a command line, where all can read it
      environment.put("LEASEHOLD_DATABASE_PASSWORD", plan.database().password());
    }
    node.start(environment);
  }

  /** Watches until a stop is asked for, then stops all nodes. Blocking. */
  public void run(CompletableFuture<?> stopAsked) throws InterruptedException, IOException {
    while (!isDone(stopAsked)) {
      for (LocalNode node : nodes) {
        look(node);
      }
      if (!shown && states.stream().allMatch("ready"::equals)) {
        shown = true;
        showTable();
      }
    }
    stop();
  }

  private static boolean isDone(CompletableFuture<?> stopAsked) throws InterruptedException {
    try {
      stopAsked.get(LOOK_EVERY.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (java.util.concurrent.ExecutionException e) {
      return true;
    }
  }

  private void look(LocalNode node) throws InterruptedException, IOException {
    int at = node.number() - 1;
    String state = node.readiness();
    if (!state.equals(states.get(at))) {
      states.set(at, state);
      String end = node.isAlive() ? "" : " with exit code " + node.exitCode();
      say.accept("node " + node.number() + " (pid " + node.pid() + "): " + state + end);
    }
    secondsDown.set(at, node.isAlive() ? 0 : secondsDown.get(at) + 1);
    if (secondsDown.get(at) > START_AGAIN_AFTER.toSeconds()) {
      start(node);
      say.accept("node " + node.number() + " (pid " + node.pid() + "): started again");
    }
  }

  private void showTable() {
    String row = "%-6s %-8s %-16s %-24s %-24s %s";
    say.accept("");
    say.accept(
        String.format(
            Locale.ROOT, row, "node", "pid", "locks", "health, metrics", "management", "log"));
    for (LocalNode node : nodes) {
      say.accept(
          String.format(
              Locale.ROOT,
              row,
              node.number(),
              node.pid(),
              "127.0.0.1:" + node.port("lock"),
              "http://127.0.0.1:" + node.port("monitor"),
              "http://127.0.0.1:" + node.port("management"),
              node.log()));
    }
    LocalNode first = nodes.get(0);
    say.accept("");
    say.accept("Take a lock at one node, ask for it at another, then kill a node and ask again:");
    say.accept(
        "  bin/leasehold lock acquire --port "
            + first.port("lock")
            + " --key job --ttl 10m --owner me");
    say.accept(
        "  bin/leasehold lock inspect --port "
            + nodes.get(nodes.size() - 1).port("lock")
            + " --key job");
    say.accept("  kill -9 " + first.pid());
    say.accept(
        "  curl -s http://127.0.0.1:"
            + nodes.get(nodes.size() - 1).port("management")
            + "/cluster/members");
    say.accept("Ctrl-C stops all nodes.");
    say.accept("");
  }

  private void stop() throws InterruptedException {
    say.accept("stopping");
    nodes.forEach(LocalNode::stop);
    for (LocalNode node : nodes) {
      node.awaitEnd(STOP_PATIENCE);
    }
    say.accept("stopped");
  }
}
