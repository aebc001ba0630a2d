package io.leasehold.app.cli;

import io.leasehold.app.log.Logging;
import io.leasehold.app.server.LeaseholdServer;
import io.leasehold.app.server.StartException;
import io.leasehold.config.load.Loaded;
import io.leasehold.config.value.ConfigurationException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code leasehold server}. */
@Command(
    name = "server",
    description = {
      "Runs a lock server until it is told to stop (SIGTERM or Ctrl-C).",
      "Without any option it keeps its locks in ./leasehold-data and answers on 127.0.0.1:8765."
    },
    mixinStandardHelpOptions = true,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:stopped cleanly",
      "1:could not run: a port or the data directory is taken, the database is away",
      "  or was taken by another server, or the cluster refused or removed this node",
      "2:bad configuration"
    })
final class ServerCommand implements Callable<Integer> {
  @Mixin private ConfigOptions options = new ConfigOptions();

  @Override
  public Integer call() throws InterruptedException {
    Loaded loaded;
    try {
      loaded = options.load();
    } catch (ConfigurationException e) {
      e.problems().forEach(System.err::println);
      return 2;
    }
    var logging =
        Logging.configure(
            loaded.settings().log(),
            loaded.settings().remoting().host() + ":" + loaded.settings().remoting().port());
    Logger log = LoggerFactory.getLogger("leasehold.server");
    loaded.infos().forEach(log::info);
    loaded.warnings().forEach(log::warn);
    var stop = new CompletableFuture<String>();
    // SIGTERM and Ctrl-C start the hooks; this one waits, and main halts with the exit code when
    // everything has been put down
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stopAndWait(stop), "leasehold-stop"));
    LeaseholdServer server;
    try {
      server = LeaseholdServer.start(loaded.settings(), logging, stop);
    } catch (StartException e) {
      log.error(e.getMessage());
      return 1;
    }
    server.ended().thenAccept(stop::complete);
    HangUp.handle(server::reload);
    String why = awaitStop(stop);
    if (why.isEmpty()) {
      log.info("stopping");
    } else {
      log.error(why);
    }
    server.close();
    log.info("stopped");
    return why.isEmpty() && server.isStoppedCleanly() ? 0 : 1;
  }

  /** Returns why the node ended by itself, empty if somebody asked for it. */
  private static String awaitStop(CompletableFuture<String> stop) throws InterruptedException {
    try {
      return stop.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void stopAndWait(CompletableFuture<String> stop) {
    stop.complete("");
    try {
      new CountDownLatch(1).await(); // until main halts the process
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
