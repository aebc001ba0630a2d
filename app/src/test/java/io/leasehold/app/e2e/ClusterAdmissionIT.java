package io.leasehold.app.e2e;

import static io.leasehold.app.e2e.ServerProcess.get;
import static io.leasehold.app.e2e.ServerProcess.status;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.app.cluster.FreePorts;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Who gets into a cluster, who does not, and what a server that stays outside says. */
@Tag("alone")
class ClusterAdmissionIT {
  @TempDir Path dir;

  @Test
  @Timeout(300)
  void aServerThatHasNoCommonDataWithTheClusterIsRefusedAndSaysWhy() throws Exception {
    try (var cluster = ClusterProcesses.start(dir, 1);
        var other = FastStart.database(dir.resolve("other-postgresql"))) {
      assertRefused(
          cluster,
          new Refusal(
              "partitions = 8: the data was made with 4, and that is fixed for its life",
              "partitions=8"),
          new Refusal(
              "cluster.name = other: the data was made with leasehold", "cluster.name=other"),
          new Refusal(
              "database.url: another server uses this database; several nodes of one cluster need",
              "cluster.discovery=single"));
      assertRefused(
          cluster,
          new Refusal("database cannot be used", "database.user=nobody"),
          new Refusal(
              "database cannot be used", "database.url=jdbc:postgresql://127.0.0.1:1/postgres"),
          new Refusal(
              "database.migrate = false: the schema lacks V1__journal.sql",
              "database.url=" + other.url(),
              "database.migrate=false"));
      assertRefused(
          cluster,
          new Refusal(
              "refused by the cluster, whose nodes must agree in what this one has otherwise",
              "database.url=" + other.url()));
      assertThat(cluster.node(0).output()).contains("data = ");
      assertThat(status(cluster.node(0).port("monitor"), "/ready")).isEqualTo(200);
      assertThatWhoFindsNobodyFoundsNoSecondCluster(cluster);
    }
  }

  /**
   * Nodes that start together may not all find each other at first. That each half found enough
   * others was seen to make two clusters on one database, which took each other's journals away.
   */
  private void assertThatWhoFindsNobodyFoundsNoSecondCluster(ClusterProcesses cluster)
      throws Exception {
    int port = FreePorts.find(1).get(0);
    var sets = cluster.sets();
    sets.add("management.port=" + port);
    sets.add("cluster.contact-points=[\"127.0.0.1:" + port + "\"]");
    try (var lonely = ServerProcess.launch(dir.resolve("lonely"), sets.toArray(String[]::new))) {
      Awaitility.await()
          .atMost(60, TimeUnit.SECONDS)
          .until(() -> lonely.output().contains("a cluster uses this database already"));
      assertThat(get(port, "/cluster/members").get("members")).isEmpty();
      assertThat(status(cluster.node(0).port("monitor"), "/ready")).isEqualTo(200);

      cluster.node(0).kill();

      lonely.awaitReady(); // nobody is left who would be harmed
    }
  }

  @Test
  @Timeout(300)
  void onlyNodesWithACertificateOfTheAuthorityGetIn() throws Exception {
    var ours = TestCertificates.make(dir.resolve("ours"));
    var theirs = TestCertificates.make(dir.resolve("theirs"));
    try (var cluster = ClusterProcesses.start(dir, 2, ours.sets().toArray(String[]::new))) {
      var sets = cluster.sets();
      sets.addAll(theirs.sets());
      try (var stranger =
          ServerProcess.launch(dir.resolve("stranger"), sets.toArray(String[]::new))) {
        Awaitility.await()
            .atMost(60, TimeUnit.SECONDS)
            .until(() -> stranger.output().contains("waiting: this node is Removed"));
        assertThat(stranger.output()).doesNotContain("ready in");
      }
      int management = cluster.node(0).port("management");
      assertThat(get(management, "/cluster/members").get("members")).hasSize(2);
      try (var client = cluster.node(0).client()) {
        assertThat(client.json(ClusterIT.acquire("job", "w", "")).has("token")).isTrue();
      }
    }
  }

  /** A server with these settings is, and says why. */
  private record Refusal(String why, String... sets) {}

  /** At once: what they cost is their start. */
  private void assertRefused(ClusterProcesses cluster, Refusal... refusals) throws Exception {
    var servers = new ArrayList<ServerProcess>();
    try {
      for (Refusal each : refusals) {
        var all = cluster.sets();
        all.addAll(List.of(each.sets()));
        var directory = dir.resolve("refused-" + servers.size());
        servers.add(ServerProcess.launch(directory, all.toArray(String[]::new)));
      }
      for (int i = 0; i < refusals.length; i++) {
        var server = servers.get(i);
        assertThat(server.exitCode()).as(server.output()).isEqualTo(1);
        assertThat(server.output()).contains(refusals[i].why());
      }
    } finally {
      servers.forEach(ServerProcess::close);
    }
  }
}
