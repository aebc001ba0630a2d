package io.leasehold.domain.telemetry;

import org.jspecify.annotations.Nullable;

/**
 * Work on the dead letters of one target: how far it is, or what came of it. Immutable.
 *
 * @param replayed confirmed by the target, and no dead letters any more
 * @param failed tried, and still dead letters
 * @param dropped deleted
 * @param left dead letters of the target when it ended, whatever their reason; 0 before
 * @param why it was broken off, empty if it was not
 */
public record DeadLetterJob(
    Order order, State state, long replayed, long failed, long dropped, long left, String why) {

  /** Before the first. */
  public static final DeadLetterJob NONE =
      new DeadLetterJob(
          new Order(Action.REPLAY, "", null, "", 0, false), State.NONE, 0, 0, 0, 0, "");

  /** What is done with them. */
  public enum Action {
    REPLAY,
    DROP
  }

  /** How far it is. */
  public enum State {
    NONE,
    RUNNING,
    DONE,
    BROKEN_OFF
  }

  /**
   * What is to be done.
   *
   * @param target whose dead letters
   * @param reason only those with this one; null = all
   * @param to the target that gets them; of a replay only
   * @param limit at most so many, from the oldest
   * @param dryRun only count: what would be replayed or dropped
   */
  public record Order(
      Action action,
      String target,
      @Nullable String reason,
      String to,
      long limit,
      boolean dryRun) {}

  /** Whether it goes on. */
  public boolean isRunning() {
    return state == State.RUNNING;
  }
}
