package io.leasehold.streams.kv.redis;

import io.leasehold.actors.kv.redis.EmbeddedInstances.Outcome;
import io.leasehold.domain.access.RateDecision;
import io.leasehold.domain.kv.redis.Reply;

/** What the port says of limits and of what could not be asked. No state. */
final class RespTexts {
  private static final long NANOS_A_MILLI = 1_000_000;

  private RespTexts() {}

  static String limited(RateDecision decision) {
    if (decision.retryInNanos() == RateDecision.NEVER) {
      return "ERR rate limit exceeded: more than the burst of " + decision.policy().burst();
    }
    long nanos = Math.max(1, decision.retryInNanos());
    long millis = (nanos + NANOS_A_MILLI - 1) / NANOS_A_MILLI;
    return "ERR rate limit exceeded, retry in " + millis + " ms";
  }

  /** What a command came to, as a reply. */
  static Reply reply(Outcome outcome) {
    if (outcome instanceof Outcome.Replied replied) {
      return replied.reply();
    }
    if (outcome instanceof Outcome.Late late) {
      return new Reply.Failure(
          "ERR timeout after " + late.waitedMillis() + " ms, the command may have run");
    }
    var unavailable = (Outcome.Unavailable) outcome;
    return new Reply.Failure(
        "ERR instance unavailable: "
            + unavailable.cause()
            + (unavailable.mayHaveRun() ? ", the command may have run" : ""));
  }
}
