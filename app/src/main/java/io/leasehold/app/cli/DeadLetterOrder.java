package io.leasehold.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.leasehold.app.client.KvClient;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** What replaying and dropping have in common: an order to a running sidecar, and its end. */
final class DeadLetterOrder {
  @Parameters(paramLabel = "BACKEND", description = "A backend, or a chain such as routing.a/main.")
  private String backend = "";

  @Option(names = "--reason", paramLabel = "R", description = "Only those with this reason.")
  private @Nullable String reason;

  @Option(names = "--limit", paramLabel = "N", description = "At most so many, from the oldest.")
  private @Nullable Long limit;

  @Option(names = "--dry-run", description = "Only count them.")
  private boolean dryRun;

  @Mixin private AdminConnection connection = new AdminConnection();

  /**
   * Gives the order and waits for its end.
   *
   * @param more of the query, encoded
   * @param done what is printed first, such as {@code replayed}
   */
  int run(String path, String more, String done) throws InterruptedException {
    KvClient client = connection.open();
    try {
      HttpResponse<byte[]> taken =
          client.send(
              client.request(path + query() + more).POST(HttpRequest.BodyPublishers.noBody()));
      if (taken.statusCode() != 202) {
        System.err.println(KvClient.messageOf(taken.statusCode(), taken.body()));
        return 1;
      }
      JsonNode job;
      do { // the sidecar answers when it is done, or after some seconds
        HttpResponse<byte[]> answer = client.send(client.request("/dlq?wait=true").GET());
        if (answer.statusCode() != 200) {
          System.err.println(KvClient.messageOf(answer.statusCode(), answer.body()));
          return 1;
        }
        job = new ObjectMapper().readTree(answer.body()).path("job");
      } while (job.path("state").asText().equals("running"));
      return told(job, done);
    } catch (IOException e) {
      return connection.unreachable(client, e);
    }
  }

  private String query() {
    return "?backend="
        + KvClient.encoded(backend)
        + (reason == null ? "" : "&reason=" + KvClient.encoded(reason))
        + (limit == null ? "" : "&limit=" + limit)
        + (dryRun ? "&dry_run=true" : "");
  }

  private int told(JsonNode job, String done) {
    System.out.println(
        (dryRun ? "would be " : "")
            + done
            + " "
            + job.path(done).asLong()
            + ", failed "
            + job.path("failed").asLong()
            + ", left "
            + job.path("left").asLong());
    if (!job.path("state").asText().equals("done")) {
      System.err.println("broken off: " + job.path("why").asText());
      return 1;
    }
    return job.path("failed").asLong() == 0 ? 0 : 1;
  }
}
