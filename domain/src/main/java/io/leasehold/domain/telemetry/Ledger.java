package io.leasehold.domain.telemetry;

/**
 * Every message accounted for. Each term is counted on its own, where it happens; none is the
 * difference of others.
 *
 * @param received non-empty lines but hello and goodbye
 * @param fanout copies beyond the first of a message
 * @param derived copies of records made here
 * @param recovered copies found in the spool at start
 * @param replayed copies put back from the dead letters
 * @param delivered copies confirmed by their backend
 * @param dropped messages and copies that are lost, for all reasons
 * @param deadLettered copies kept as dead letters
 * @param inFlight copies that are on their way
 */
public record Ledger(
    long received,
    long fanout,
    long derived,
    long recovered,
    long replayed,
    long delivered,
    long dropped,
    long deadLettered,
    long inFlight) {

  /** What is missing; 0 at every quiet moment. */
  public long imbalance() {
    return received
        + fanout
        + derived
        + recovered
        + replayed
        - delivered
        - dropped
        - deadLettered
        - inFlight;
  }

  @Override
  public String toString() {
    return "received="
        + received
        + " fanout="
        + fanout
        + " derived="
        + derived
        + " recovered="
        + recovered
        + " replayed="
        + replayed
        + " delivered="
        + delivered
        + " dropped="
        + dropped
        + " dead_lettered="
        + deadLettered
        + " in_flight="
        + inFlight;
  }
}
