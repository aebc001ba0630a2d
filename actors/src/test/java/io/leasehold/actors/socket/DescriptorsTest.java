package io.leasehold.actors.socket;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DescriptorsTest {
  private static final int DESCRIPTORS = 200;

  @Test
  void whenDescriptorsRunOutAcceptingRestsAndGoesOnWhenSomeAreFree() throws Exception {
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Process child =
        new ProcessBuilder(
                "sh",
                "-c",
                "ulimit -n " + DESCRIPTORS + " && exec \"$@\"",
                "sh",
                java,
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                FewDescriptors.class.getName())
            .redirectErrorStream(true)
            .start();
    List<Peer> peers = new ArrayList<>();
    try (var output =
        new BufferedReader(new InputStreamReader(child.getInputStream(), StandardCharsets.UTF_8))) {
      String first = output.readLine();
      assertThat(first).containsOnlyDigits();
      var address =
          new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(first));
      for (int i = 0; i < DESCRIPTORS + 50; i++) {
        peers.add(new Peer(address)); // the system takes them, up to its backlog
      }
      String line = output.readLine();
      while (line != null && !line.equals("not accepted")) {
        line = output.readLine();
      }
      assertThat(line).isEqualTo("not accepted");
      assertThat(peers.get(0).read(1)).isEqualTo("k"); // who is in is served

      int last = peers.size() - 20;
      for (Peer each : peers.subList(0, last)) {
        each.close();
      }

      for (Peer each : peers.subList(last, peers.size())) {
        assertThat(each.read(1)).isEqualTo("k");
      }
    } finally {
      for (Peer each : peers) {
        each.close();
      }
      child.destroyForcibly().waitFor();
    }
  }
}
