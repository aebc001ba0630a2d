package io.leasehold.app.fault;

import java.time.Duration;
import java.util.List;

/** The faults there are. None begins anything before it is told to. */
final class Faults {
  /** A step of a fault. */
  interface Action {
    void run() throws Exception;
  }

  private record Simple(String name, Window.Effect effect, Action onBegin, Action onEnd)
      implements Fault {
    @Override
    public void begin() throws Exception {
      onBegin.run();
    }

    @Override
    public void end() throws Exception {
      onEnd.run();
    }
  }

  private Faults() {}

  /** kill -9, then a start with the data it had. */
  static Fault kill(TestCluster cluster, TestNode node) {
    return new Simple(
        "kill -9 " + node.name(), cluster.lossOfNode(), node::kill, () -> startAndAwait(node));
  }

  /** SIGTERM, then a start: one step of a rolling restart. */
  static Fault restart(TestCluster cluster, TestNode node) {
    return new Simple(
        "restart " + node.name(), cluster.lossOfNode(), node::terminate, () -> startAndAwait(node));
  }

  private static void startAndAwait(TestNode node) throws Exception {
    node.start();
    TestCluster.awaitReady(node);
  }

  /**
   * SIGSTOP, then SIGCONT. A member of a cluster that was thrown out meanwhile ends on waking up:
   * starting it again is left to {@code afterwards}.
   */
  static Fault pause(TestCluster cluster, TestNode node, Action afterwards) {
    Window.Effect effect =
        cluster.nodes().size() == 1 ? Window.Effect.DELAYS : cluster.lossOfNode();
    return new Simple(
        "SIGSTOP " + node.name(),
        effect,
        node::pause,
        () -> {
          node.resume();
          afterwards.run();
        });
  }

  /** Nothing passes these proxies, in both directions, and nobody is told. */
  static Fault blackhole(String name, Window.Effect effect, List<ChaosProxy> proxies) {
    return new Simple(
        name,
        effect,
        () -> proxies.forEach(proxy -> proxy.weather(ChaosProxy.Weather.BLACKHOLE)),
        () -> proxies.forEach(ChaosProxy::heal));
  }

  /** Requests pass, answers do not: what is asked for happens, and nobody knows. */
  static Fault loseReplies(String name, Window.Effect effect, List<ChaosProxy> proxies) {
    return new Simple(
        name,
        effect,
        () -> proxies.forEach(proxy -> proxy.weather(ChaosProxy.Weather.NO_REPLIES)),
        () -> {
          // The answers must be lost, not late: the connections end before the weather clears.
          proxies.forEach(ChaosProxy::reset);
          proxies.forEach(ChaosProxy::heal);
        });
  }

  /** Connections are reset, and no new ones are taken. */
  static Fault cut(String name, Window.Effect effect, List<ChaosProxy> proxies) {
    return new Simple(
        name,
        effect,
        () -> {
          proxies.forEach(proxy -> proxy.weather(ChaosProxy.Weather.REFUSING));
          proxies.forEach(ChaosProxy::reset);
        },
        () -> proxies.forEach(ChaosProxy::heal));
  }

  /** The database is stopped, then started with its data. */
  static Fault databaseStop(TestDatabase database) {
    return new Simple("database stopped", Window.Effect.MOVES, database::stop, database::start);
  }

  /** Each round trip to the database takes longer by twice this. */
  static Fault databaseSlow(TestDatabase database, Duration delay) {
    return new Simple(
        "database slow by " + 2 * delay.toMillis() + " ms",
        Window.Effect.MOVES,
        () -> database.proxy().weather(ChaosProxy.Weather.delayed(delay)),
        () -> database.proxy().heal());
  }
}
