package io.leasehold.app.cli;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import io.leasehold.app.cluster.LocalCluster;
import io.leasehold.app.cluster.LocalDatabase;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code leasehold cluster}. */
@Command(
    name = "cluster",
    description = {
      "Starts a cluster on this machine, to try it: several servers on free ports of 127.0.0.1, and",
      "a PostgreSQL unless --database-url names one. Prints where they are, and what happens to",
      "them; a node that ends is started again after 10 s. Ctrl-C stops everything; the locks are",
      "still there at the next start."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {"0:stopped", "1:could not run", "2:wrong option"})
final class ClusterCommand implements Callable<Integer> {
  private static final int MAX_NODES = 9;

  @Spec private @Nullable CommandSpec spec;

  @Option(
      names = "--nodes",
      paramLabel = "N",
      defaultValue = "3",
      description = "How many, 1..9; 3 survives the loss of one (default: ${DEFAULT-VALUE}).")
  private int nodes;

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      defaultValue = "./leasehold-cluster",
      description = "Where everything is written (default: ${DEFAULT-VALUE}).")
  private Path directory = Path.of("leasehold-cluster");

  @Option(
      names = "--database-url",
      paramLabel = "URL",
      description = "jdbc:postgresql://... instead of a PostgreSQL of our own.")
  private @Nullable String databaseUrl;

  @Option(names = "--database-user", paramLabel = "NAME", description = "Who may use it.")
  private String databaseUser = "";

  @Option(
      names = "--database-password",
      paramLabel = "TEXT",
      description = "In clear or file:/path.")
  private String databasePassword = "";

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "A setting for every node; may be repeated.")
  private List<String> sets = new ArrayList<>();

  @Override
  public Integer call() throws InterruptedException {
    if (nodes < 1 || nodes > MAX_NODES) {
      throw wrong("--nodes = " + nodes + ": must be 1.." + MAX_NODES);
    }
    if (databaseUrl != null && !databaseUrl.startsWith("jdbc:postgresql:")) {
      throw wrong("--database-url = " + databaseUrl + ": must begin with jdbc:postgresql:");
    }
    String home = System.getenv("LEASEHOLD_HOME");
    if (home == null) {
      System.err.println("cluster: start it by bin/leasehold, which it starts the nodes with");
      return 1;
    }
    if (LoggerFactory.getLogger("io.zonky") instanceof Logger log) {
      log.setLevel(Level.WARN);
    }
    var stop = new CompletableFuture<Void>();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stopAndWait(stop), "leasehold-stop"));
    var launcher = Path.of(home, "bin", "leasehold");
    try {
      if (databaseUrl != null) {
        run(launcher, new LocalCluster.Database(databaseUrl, databaseUser, databasePassword), stop);
        return 0;
      }
      System.out.println("starting PostgreSQL");
      try (var own = LocalDatabase.start(directory.toAbsolutePath().resolve("postgresql"))) {
        System.out.println("PostgreSQL: " + own.url() + " (user " + own.user() + ")");
        run(launcher, new LocalCluster.Database(own.url(), own.user(), ""), stop);
      }
      return 0;
    } catch (IOException | IllegalStateException e) {
      System.err.println("cluster: " + e.getMessage());
      return 1;
    }
  }

  private void run(Path launcher, LocalCluster.Database database, CompletableFuture<Void> stop)
      throws IOException, InterruptedException {
    var cluster =
        new LocalCluster(
            new LocalCluster.Plan(nodes, launcher, directory.toAbsolutePath(), database, sets),
            System.out::println);
    cluster.start();
    cluster.run(stop);
  }

  private ParameterException wrong(String message) {
    CommandLine line = spec == null ? new CommandLine(this) : spec.commandLine();
    return new ParameterException(line, message);
  }

  private static void stopAndWait(CompletableFuture<Void> stop) {
    stop.complete(null);
    try {
      new CountDownLatch(1).await(); // until main halts the process
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
