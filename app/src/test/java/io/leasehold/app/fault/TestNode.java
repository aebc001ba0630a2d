package io.leasehold.app.fault;

import java.net.InetSocketAddress;
import java.util.Optional;

/** One server process of a cluster under test. Its methods are called by one thread at a time. */
interface TestNode {
  String name();

  /** Starts the process with the data it had; does not wait until it is ready. */
  void start() throws Exception;

  /** kill -9; has ended when this returns. Nothing happens to a node that does not run. */
  void kill() throws Exception;

  /** SIGSTOP. */
  void pause() throws Exception;

  /** SIGCONT. */
  void resume() throws Exception;

  /** SIGTERM; has ended when this returns. Fails if the exit code is not 0. */
  void terminate() throws Exception;

  /** Where clients find it now; empty while it does not run. Safe for any thread. */
  Optional<InetSocketAddress> lockAddress();

  /** Where clients of the store find it now; as {@link #lockAddress}. */
  Optional<InetSocketAddress> httpAddress();

  /** It says that clients may use it. */
  boolean isReady();
}
