package io.leasehold.app.fault;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/** Reads what the store says. */
final class StoreAnswers {
  private static final ObjectMapper JSON = new ObjectMapper();

  private StoreAnswers() {}

  /** What an answer means for the one who asked this. */
  static StoreOperation.Answer read(StoreOperation.Request request, int status, String body) {
    JsonNode answer;
    try {
      answer = JSON.readTree(body);
    } catch (JsonProcessingException e) {
      return StoreOperation.Answer.of(StoreOutcome.UNEXPECTED);
    }
    return status == 200 ? success(request, answer) : refusal(request, answer);
  }

  private static StoreOperation.Answer success(StoreOperation.Request request, JsonNode answer) {
    long version = answer.path("version").longValue();
    boolean created = answer.path("created").booleanValue();
    String value = answer.path("value").asText();
    boolean deleted = request.kind() == StoreKind.DELETE;
    if (deleted && !answer.path("existed").booleanValue()) {
      return StoreOperation.Answer.of(StoreOutcome.ABSENT);
    }
    if (version <= 0) {
      return StoreOperation.Answer.of(StoreOutcome.UNEXPECTED);
    }
    return switch (request.kind()) {
      case GET -> StoreOperation.Answer.found(version, value);
      case DELETE -> StoreOperation.Answer.deleted(version);
      case INCREMENT -> StoreOperation.Answer.counted(version, created, value);
      case PUT, CAS -> StoreOperation.Answer.stored(version, created);
    };
  }

  private static StoreOperation.Answer refusal(StoreOperation.Request request, JsonNode answer) {
    boolean names = request.expectedVersion() != StoreOperation.ANY_VERSION;
    return switch (answer.path("code").asText()) {
      case "not_found" ->
          StoreOperation.Answer.of(
              request.kind() == StoreKind.GET ? StoreOutcome.ABSENT : StoreOutcome.UNEXPECTED);
      case "precondition_failed", "cas_mismatch" ->
          names && answer.path("current_version").isIntegralNumber()
              ? StoreOperation.Answer.mismatch(answer.path("current_version").longValue())
              : StoreOperation.Answer.of(StoreOutcome.UNEXPECTED);
      case "stale_fence" -> StoreOperation.Answer.stale(answer.path("newest_token").longValue());
      case "unavailable", "overloaded", "draining", "internal" ->
          StoreOperation.Answer.of(
              answer.path("outcome").asText().equals("not_applied")
                  ? StoreOutcome.NOT_APPLIED
                  : StoreOutcome.UNKNOWN);
      default -> StoreOperation.Answer.of(StoreOutcome.UNEXPECTED);
    };
  }
}
