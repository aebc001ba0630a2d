package io.leasehold.actors.lock;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.leasehold.domain.lock.LockAnswer;
import io.leasehold.domain.lock.LockAnswer.ForceReleased.Lost;
import io.leasehold.domain.lock.LockOperation;
import io.leasehold.domain.time.Clock;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes locks from their owners for an administrator, and writes down who took what from whom, and
 * why: one line of JSON. Safe for any thread.
 */
public final class ForcedRelease {
  private static final Logger AUDIT = LoggerFactory.getLogger("leasehold.audit");
  private static final JsonFactory JSON = new JsonFactory();
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  /**
   * What an administrator wants.
   *
   * @param token only the lease with this token, 0 = every lease of the key
   * @param reason for the record
   * @param keyId whose API key it was, fit for a log
   * @param peer address and port
   */
  public record Order(String key, long token, String reason, String keyId, String peer) {}

  private final LockDesk desk;
  private final Clock clock;

  /**
   * @param desk asks the keys
   */
  public ForcedRelease(LockDesk desk, Clock clock) {
    this.desk = desk;
    this.clock = clock;
  }

  /**
   * Releases, and records it before anybody is told, also if whoever asked is gone by then. Never
   * fails, as {@link LockDesk#ask}.
   */
  public CompletionStage<LockAnswer> carryOut(Order order) {
    return desk.ask(order.key(), new LockOperation.ForceRelease(order.token()))
        .thenApply(
            answer -> {
              if (answer instanceof LockAnswer.ForceReleased released) {
                AUDIT.info("{}", line(order, released.leases()));
              }
              return answer;
            });
  }

  /** The first lease is named, all are listed if there are more. */
  private String line(Order order, List<Lost> released) {
    Lost first = released.get(0);
    var text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      json.writeStartObject();
      json.writeStringField("audit", "force_release");
      json.writeStringField("timestamp", TIME.format(Instant.ofEpochMilli(clock.wallMillis())));
      json.writeStringField("key", order.key());
      json.writeStringField("owner", first.owner());
      json.writeNumberField("token", first.token());
      json.writeStringField("reason", order.reason());
      json.writeStringField("admin_key", order.keyId());
      json.writeStringField("peer", order.peer());
      if (released.size() > 1) {
        json.writeArrayFieldStart("released");
        for (Lost each : released) {
          json.writeStartObject();
          json.writeStringField("owner", each.owner());
          json.writeNumberField("token", each.token());
          json.writeEndObject();
        }
        json.writeEndArray();
      }
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // to memory: cannot fail
    }
    return text.toString();
  }
}
