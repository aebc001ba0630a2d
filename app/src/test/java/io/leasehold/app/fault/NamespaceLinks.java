package io.leasehold.app.fault;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A network namespace for each node, and two bridges: one between nodes, one to clients and the
 * database. A cut takes the node's cable out of the first. Needs root, and a kernel that allows it.
 */
final class NamespaceLinks implements Links {
  private static final int MANAGEMENT_PORT = 7626; // nobody else has ports in there
  private static final String FRONT = "10.213.1.";
  private static final String BETWEEN = "10.213.2.";

  /** Of names: they are the machine's, and 15 characters at most. */
  private final String name = "lh" + Long.toString(ProcessHandle.current().pid() % 1_000_000, 36);

  private final int size;
  private final List<String> undo = new ArrayList<>();

  private NamespaceLinks(int size) {
    this.size = size;
  }

  /**
   * Builds the networks.
   *
   * @throws IOException with what the system says, if it is not allowed; nothing is left behind
   */
  static NamespaceLinks build(int size) throws IOException, InterruptedException {
    var links = new NamespaceLinks(size);
    try {
      links.bridge(links.name + "f", FRONT);
      links.bridge(links.name + "b", BETWEEN);
      for (int i = 0; i < size; i++) {
        String space = links.space(i);
        links.ip("netns add " + space, "netns del " + space);
        links.ip("-n " + space + " link set lo up");
        links.cable(i, "f", FRONT);
        links.cable(i, "b", BETWEEN);
      }
      return links;
    } catch (IOException e) {
      links.close();
      throw e;
    }
  }

  private void bridge(String bridge, String network) throws IOException, InterruptedException {
    ip("link add " + bridge + " type bridge", "link del " + bridge);
    ip("addr add " + network + "1/24 dev " + bridge);
    ip("link set " + bridge + " up");
  }

  private void cable(int node, String side, String network)
      throws IOException, InterruptedException {
    String outside = end(node, side);
    String inside = side + "0";
    ip("link add " + outside + " type veth peer name " + inside + " netns " + space(node));
    ip("link set " + outside + " master " + name + side);
    ip("link set " + outside + " up");
    ip("-n " + space(node) + " addr add " + address(network, node) + "/24 dev " + inside);
    ip("-n " + space(node) + " link set " + inside + " up");
  }

  private String space(int node) {
    return name + "n" + node;
  }

  private String end(int node, String side) {
    return name + side + node;
  }

  private static String address(String network, int node) {
    return network + (10 + node);
  }

  private void ip(String arguments) throws IOException, InterruptedException {
    var command = new ArrayList<String>(List.of("ip"));
    command.addAll(List.of(arguments.split(" ")));
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + ": " + said.strip());
    }
  }

  private void ip(String arguments, String undone) throws IOException, InterruptedException {
    ip(arguments);
    undo.add(0, undone);
  }

  @Override
  public NodeProcess.Place place(int node) {
    String front = address(FRONT, node);
    return new NodeProcess.Place(
        List.of("ip", "netns", "exec", space(node)), front, front, address(BETWEEN, node));
  }

  @Override
  public List<String> javaOptions(int node) {
    return List.of();
  }

  @Override
  public List<String> settings(int node) {
    return List.of(
        "monitor.host=" + address(FRONT, node),
        "http.host=" + address(FRONT, node),
        "remoting.host=" + address(BETWEEN, node),
        "management.host=" + address(BETWEEN, node),
        "management.port=" + MANAGEMENT_PORT);
  }

  @Override
  public String contactPoint(int node) {
    return address(BETWEEN, node) + ":" + MANAGEMENT_PORT;
  }

  @Override
  public String hostOfDatabase() {
    return FRONT + "1";
  }

  @Override
  public int highest() {
    return size - 1; // addresses are compared as text, and all have as many characters
  }

  @Override
  public void cut(int node) throws IOException, InterruptedException {
    ip("link set " + end(node, "b") + " down");
  }

  @Override
  public void heal() throws IOException, InterruptedException {
    for (int i = 0; i < size; i++) {
      ip("link set " + end(i, "b") + " up");
    }
  }

  /** Removes everything; the cables go with the namespaces. */
  @Override
  public void close() throws IOException {
    for (String each : undo) {
      try {
        ip(each);
      } catch (IOException e) {
        System.err.println("left behind: " + e.getMessage());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    undo.clear();
  }
}
