package io.leasehold.domain.telemetry;

import io.leasehold.domain.access.DoorClient;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/** What the administration of the sidecar may ask for. Safe for any thread, never blocks. */
public interface TelemetryControl {
  /** How it is now. */
  TelemetryStatus status();

  /** At most so many of the connections that are open. */
  DoorClient.Page clients(int limit);

  /** What went through in the last second. */
  TopFigures top();

  /** The configuration in force; takes as long as reading the files of those before. */
  CompletionStage<ConfigReport> config();

  /** Whether {@link #tap} would show something now, or all its places are taken. */
  boolean mayTap();

  /**
   * Shows messages as they are accepted from now on.
   *
   * @param limit messages, then it is over; {@link Long#MAX_VALUE} = no limit
   * @return empty if all places are taken
   */
  Optional<TapFeed> tap(TapFilter filter, long limit);

  /** What would become of a line that came now. */
  Explanation explain(byte[] line);

  /**
   * Reads the configuration again, and takes it into force if it is valid.
   *
   * @param wait answer when the change is settled or taken back, not when it is in force
   */
  CompletionStage<ReloadOutcome> reload(boolean wait);

  /**
   * What there is of dead letters; takes as long as reading them.
   *
   * @param wait answer when no work on them runs any more, or after a few seconds
   */
  CompletionStage<DeadLetterReport> deadLetters(boolean wait);

  /**
   * Begins work on dead letters, which {@link #deadLetters} tells the end of.
   *
   * @return why it cannot begin; empty if it has
   */
  String work(DeadLetterJob.Order order);

  /**
   * A trace that is open, or was closed a while ago, wherever in the cluster it is put together.
   *
   * @return JSON, empty if nobody knows it; fails with a TimeoutException if its owner is silent,
   *     or is asked too much already
   */
  CompletionStage<Optional<String>> trace(String tid);

  /**
   * Traces that this node puts together, open ones before those that are closed.
   *
   * @param limit at most so many, the newest of each
   */
  CompletionStage<List<TraceSummary>> traces(int limit);

  /**
   * Of the closed traces of this node that can still be shown, those that took the longest.
   *
   * @param limit at most so many
   */
  CompletionStage<List<SlowTrace>> slowestTraces(int limit);
}
