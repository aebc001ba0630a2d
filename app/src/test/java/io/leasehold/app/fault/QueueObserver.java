package io.leasehold.app.fault;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.time.Duration;
import java.util.Random;

/** Looks into the queue of one key after the other and notes who stands there. */
final class QueueObserver {
  private static final long PAUSE = 4 * History.MILLI;
  private static final Duration PATIENCE = Duration.ofSeconds(7);

  private final Workload workload;
  private final ReconnectingWire wire;

  QueueObserver(Workload workload) {
    this.workload = workload;
    wire = new ReconnectingWire(workload, new Random(0));
  }

  void run() {
    History history = workload.history();
    for (int look = 0; workload.rest(PAUSE); look++) {
      String key = history.keys().get(look % history.keys().size()).name();
      String id = "look-" + look;
      String line = "{\"action\":\"inspect\",\"key\":\"" + key + "\",\"id\":\"" + id + "\"}";
      try {
        if (wire.connect()) {
          note(wire.ask(line, id, PATIENCE), history);
        }
      } catch (IOException e) {
        // the next look connects again
      }
    }
    wire.close();
  }

  private static void note(JsonNode answer, History history) {
    for (JsonNode waiter : answer.path("waiters")) {
      String owner = waiter.path("owner").asText();
      if (owner.startsWith("r")) {
        history.seenQueued(Integer.parseInt(owner.substring(1)));
      }
    }
  }
}
