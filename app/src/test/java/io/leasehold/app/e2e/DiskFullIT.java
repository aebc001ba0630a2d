package io.leasehold.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The database can be read, and cannot be written: its disk is full. */
class DiskFullIT {
  @TempDir Path dir;

  @Test
  @Timeout(180)
  void onAFullDiskNothingIsGrantedAndTheServerRecoversByItself() throws Exception {
    try (var disk = SmallDisk.in(dir.resolve("postgresql"))) {
      fillAndFree(disk);
    }
  }

  @Test
  @Tag("fault")
  @Timeout(180)
  void theSameWithALimitOfTheSizeOfFiles() throws Exception {
    try (var disk = SmallDisk.bySizeOfFiles(dir.resolve("postgresql"))) {
      fillAndFree(disk);
    }
  }

  private static JsonNode acquire(RawClient client, String key) throws Exception {
    return client.json(
        "{\"action\":\"acquire\",\"key\":\"" + key + "\",\"ttl\":600,\"owner\":\"w\"}");
  }

  private static JsonNode of(RawClient client, String action, String key, long token)
      throws Exception {
    return client.json(
        "{\"action\":\"" + action + "\",\"key\":\"" + key + "\",\"token\":" + token + "}");
  }

  private static JsonNode ready(ServerProcess server) throws Exception {
    return ServerProcess.get(server.port("monitor"), "/ready");
  }

  private void fillAndFree(SmallDisk disk) throws Exception {
    try (var server =
            ServerProcess.start(
                dir.resolve("data"),
                "database.url=" + disk.database.url(),
                "database.user=" + disk.database.user());
        var client = server.client()) {
      Map<String, Long> granted = new HashMap<>();
      for (String key : new String[] {"held", "calm"}) {
        granted.put(key, acquire(client, key).path("token").longValue());
      }
      disk.fill();

      // a few more may fit into the last page; then nothing does, and it stays so
      Awaitility.await()
          .atMost(60, TimeUnit.SECONDS)
          .until(
              () -> {
                String key = "k" + granted.size();
                JsonNode answer = acquire(client, key);
                if (answer.path("success").booleanValue()) {
                  granted.put(key, answer.path("token").longValue());
                } else {
                  assertThat(answer.path("code").asText()).isIn("unavailable", "");
                }
                return !ready(server).path("ready").booleanValue();
              });
      assertThat(ready(server).path("reason").asText())
          .startsWith("storage: a journal cannot be written for ")
          .contains(disk.complaint());
      for (int i = 0; i < 20; i++) {
        JsonNode refused = acquire(client, "fresh" + i);
        assertThat(refused.path("success").booleanValue()).as(refused.toString()).isFalse();
        assertThat(refused.path("code").asText()).isEqualTo("unavailable");
      }
      assertThat(of(client, "verify", "held", granted.get("held")).path("code").asText())
          .isEqualTo("unavailable");
      for (String key : new String[] {"held", "calm"}) { // touched since, and not
        JsonNode exists = client.json("{\"action\":\"exists\",\"key\":\"" + key + "\"}");
        assertThat(exists.path("success").booleanValue()).as(exists.toString()).isTrue();
      }
      JsonNode free = client.json("{\"action\":\"exists\",\"key\":\"fresh0\"}");
      assertThat(free.path("reason").asText()).as(free.toString()).isEqualTo("not_held");

      disk.free();
      Awaitility.await()
          .atMost(20, TimeUnit.SECONDS)
          .until(() -> ready(server).path("ready").booleanValue());
      for (var lease : granted.entrySet()) {
        JsonNode verified = of(client, "verify", lease.getKey(), lease.getValue());
        assertThat(verified.path("success").booleanValue()).as(lease + ": " + verified).isTrue();
      }
      for (int i = 0; i < 20; i++) { // nobody got them
        JsonNode answer = acquire(client, "fresh" + i);
        assertThat(answer.path("success").booleanValue()).as(answer.toString()).isTrue();
      }
    }
  }
}
