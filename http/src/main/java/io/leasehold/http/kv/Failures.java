package io.leasehold.http.kv;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.Fence;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.KvResult;
import io.leasehold.domain.kv.Precondition;
import io.leasehold.http.access.Answer.Problem;
import io.leasehold.http.access.Answers;
import io.leasehold.http.access.ApiCall;
import io.leasehold.http.access.Refused;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.jspecify.annotations.Nullable;

/** The one place where what the store refused becomes an error of HTTP. */
final class Failures {
  private static final String CURRENT_VERSION = "current_version";
  private static final String OUTCOME = "outcome";
  private static final String NOT_APPLIED = "not_applied";

  private Failures() {}

  /** What a result is refused with. Only for results that are failures, and for an absent key. */
  static Refused of(KvResult result, KvOperation operation) {
    if (result instanceof KvResult.Absent) {
      return new Refused(Problem.NOT_FOUND, "no such key");
    } else if (result instanceof KvResult.PreconditionFailed failed) {
      return new Refused(
          Problem.PRECONDITION_FAILED,
          asked(failed.currentVersion(), operation.precondition()),
          Map.of(CURRENT_VERSION, failed.currentVersion()));
    } else if (result instanceof KvResult.StaleFence stale) {
      return new Refused(
          Problem.STALE_FENCE,
          shown(operation.fence()) + " is older than " + stale.newestToken(),
          Map.of("newest_token", stale.newestToken()));
    } else if (result instanceof KvResult.UnknownFence) {
      return new Refused(
          Problem.UNKNOWN_FENCE, shown(operation.fence()) + " is not that of a live lease");
    } else if (result instanceof KvResult.CasMismatch mismatch) {
      return new Refused(
          Problem.CAS_MISMATCH,
          mismatch.currentVersion() == 0
              ? "the key is absent"
              : "the key is not as expected, version is " + mismatch.currentVersion(),
          Map.of(CURRENT_VERSION, mismatch.currentVersion()));
    } else if (result instanceof KvResult.NotAnInteger) {
      return new Refused(Problem.NOT_AN_INTEGER, "the value is not a decimal 64-bit integer");
    } else if (result instanceof KvResult.Overflow) {
      return new Refused(Problem.OVERFLOW, "the result would not fit into 64 bits");
    } else if (result instanceof KvResult.Conflict conflict) {
      return conflict(conflict);
    } else if (result instanceof KvResult.StorageFull full) {
      return new Refused(
          Problem.STORAGE_FULL,
          "the "
              + full.scope()
              + " holds "
              + full.usedBytes()
              + " of "
              + full.limitBytes()
              + " bytes");
    } else if (result instanceof KvResult.Overloaded overloaded) {
      return new Refused(Problem.OVERLOADED, overloaded.message(), Map.of(OUTCOME, NOT_APPLIED));
    } else if (result instanceof KvResult.Unavailable unavailable) {
      return unavailable(unavailable);
    }
    throw new IllegalArgumentException("no failure: " + result);
  }

  /** What cannot be done now. */
  static Refused unavailable(KvResult.Unavailable unavailable) {
    String outcome = unavailable.outcomeUnknown() ? "unknown" : NOT_APPLIED;
    return new Refused(Problem.UNAVAILABLE, unavailable.message(), Map.of(OUTCOME, outcome));
  }

  /** The same of a question that has no result of its own. */
  static Refused unavailable(String message) {
    return unavailable(new KvResult.Unavailable(message, false));
  }

  /** As many watchers as there may be are there. */
  static Refused watchLimit() {
    return new Refused(
        Problem.WATCH_LIMIT, "kv.watch.max-watchers are connected", Map.of(OUTCOME, NOT_APPLIED));
  }

  private static Refused conflict(KvResult.Conflict conflict) {
    var failed = new LinkedHashMap<String, Object>();
    failed.put("kind", conflict.inStep() ? "operation" : "condition");
    failed.put("index", conflict.index());
    failed.put(CURRENT_VERSION, conflict.currentVersion());
    return new Refused(Problem.TRANSACTION_CONFLICT, conflict.message(), Map.of("failed", failed));
  }

  private static String asked(long version, Precondition precondition) {
    String is = version == 0 ? "the key is absent" : "version is " + version;
    List<Long> match = precondition.ifMatch();
    boolean matches =
        match.isEmpty()
            || (version != 0 && (match.equals(Precondition.ANY) || match.contains(version)));
    return matches
        ? is + ", If-None-Match asked for another than " + listed(precondition.ifNoneMatch())
        : is + ", If-Match asked for " + listed(match);
  }

  private static String listed(List<Long> versions) {
    return versions.equals(Precondition.ANY)
        ? "*"
        : versions.stream()
            .map(version -> version < 0 ? "a tag of no version" : version.toString())
            .collect(Collectors.joining(", "));
  }

  private static String shown(@Nullable Fence fence) {
    return fence == null
        ? "the token"
        : "token " + fence.token() + " of lock " + Bytes.utf8(fence.lock());
  }

  /** The answer of a key that is not there. */
  static HttpResponse notFound(ApiCall call) {
    byte[] body =
        Json.bytes(
            json -> {
              json.writeStartObject();
              json.writeBooleanField("found", false);
              json.writeStringField("error", Problem.NOT_FOUND.title());
              json.writeStringField("code", Problem.NOT_FOUND.code());
              json.writeStringField("message", "no such key");
              json.writeStringField("correlation_id", call.correlationId());
              json.writeEndObject();
            });
    HttpResponse response = Answers.json(Problem.NOT_FOUND.status(), body, List.of());
    return Answers.marked(response, Problem.NOT_FOUND);
  }
}
