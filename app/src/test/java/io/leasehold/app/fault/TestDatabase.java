package io.leasehold.app.fault;

/** The database of a cluster, as far as it can be made to fail. */
interface TestDatabase {
  /** Stops it the hard way: connections break, commits under way may or may not be kept. */
  void stop() throws Exception;

  /** Starts it with the data it had; takes connections when this returns. */
  void start() throws Exception;

  /** What stands between the nodes and the database. */
  ChaosProxy proxy();
}
