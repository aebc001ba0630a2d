package io.leasehold.http.lock;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.leasehold.domain.lock.LockAnswer.ForceReleased.Lost;
import io.leasehold.domain.time.Clock;
import io.leasehold.http.access.Answer;
import io.leasehold.http.access.ApiCall;
import io.leasehold.http.observability.HealthViews;
import java.util.List;
import org.apache.pekko.http.javadsl.model.AttributeKeys;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes down who took a lock from whom, and why: one line of JSON. Safe for any thread. */
final class ReleaseAudit {
  private static final Logger AUDIT = LoggerFactory.getLogger("leasehold.audit");

  private final Clock clock;

  ReleaseAudit(Clock clock) {
    this.clock = clock;
  }

  /**
   * One release by force.
   *
   * @param released at least one; the first is named, all are listed if there are more
   */
  void record(ApiCall call, String key, String reason, List<Lost> released) {
    Lost first = released.get(0);
    ObjectNode line =
        Answer.object()
            .put("audit", "force_release")
            .put("timestamp", HealthViews.time(clock.wallMillis()))
            .put("key", key)
            .put("owner", first.owner())
            .put("token", first.token())
            .put("reason", reason)
            .put("admin_key", call.keyId())
            .put("peer", peer(call));
    if (released.size() > 1) {
      LockViews.fill(line.putArray("released"), released);
    }
    AUDIT.info("{}", line);
  }

  private static String peer(ApiCall call) {
    return call.request()
        .getAttribute(AttributeKeys.remoteAddress)
        .flatMap(
            remote ->
                remote
                    .getAddress()
                    .map(address -> address.getHostAddress() + ":" + remote.getPort()))
        .orElse("-");
  }
}
