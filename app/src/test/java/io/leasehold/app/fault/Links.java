package io.leasehold.app.fault;

import java.io.IOException;
import java.util.List;

/**
 * How the nodes of a cluster under test reach each other, and how they do not. Whatever happens
 * here, every node reaches its clients and the database.
 */
interface Links extends AutoCloseable {
  /** Where a node's process runs. */
  NodeProcess.Place place(int node);

  /** Of a node's JVM. */
  List<String> javaOptions(int node);

  /** {@code key=value}: where a node can be reached, and by whom. */
  List<String> settings(int node);

  /** Where nodes look for each other, {@code host:port}. */
  String contactPoint(int node);

  /** Where the nodes find the machine that the tests run on. */
  String hostOfDatabase();

  /** The node with the highest address: of two that do not reach each other, it has to go. */
  int highest();

  /** From now on this node and all others do not reach each other, and nobody is told. */
  void cut(int node) throws Exception;

  /** Everybody reaches everybody. */
  void heal() throws Exception;

  @Override
  void close() throws IOException;
}
