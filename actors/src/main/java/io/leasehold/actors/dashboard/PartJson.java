package io.leasehold.actors.dashboard;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.leasehold.domain.health.alert.Alert;
import io.leasehold.domain.health.alert.Alerts;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The document in which a node tells another its part of a picture. What a newer node adds is left
 * out by an older one. No state; safe for any thread.
 */
final class PartJson {
  /** Of each list of alerts: nobody reads more of one node. */
  private static final int MAX_ALERTS = 50;

  private static final Logger LOG = LoggerFactory.getLogger(PartJson.class);
  private static final ObjectMapper MAPPER =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  private PartJson() {}

  static String written(NodePart part) {
    var alerts = new Alerts(first(part.alerts().active()), first(part.alerts().resolved()));
    try {
      return MAPPER.writeValueAsString(
          new NodePart(
              part.node(),
              part.held(),
              part.waiting(),
              part.rates(),
              part.telemetry(),
              part.rows(),
              alerts));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("records of figures and texts can be written", e);
    }
  }

  private static List<Alert> first(List<Alert> alerts) {
    return alerts.subList(0, Math.min(alerts.size(), MAX_ALERTS));
  }

  /** Empty if the other node speaks of something this one does not know. */
  static Optional<NodePart> read(String document) {
    try {
      return Optional.of(MAPPER.readValue(document, NodePart.class));
    } catch (JsonProcessingException e) {
      LOG.warn("the figures of a node cannot be read: {}", e.getOriginalMessage());
      return Optional.empty();
    }
  }
}
