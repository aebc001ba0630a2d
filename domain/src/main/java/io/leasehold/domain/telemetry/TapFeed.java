package io.leasehold.domain.telemetry;

import java.util.List;

/** Messages for one who watches, until he closes it. Safe for any thread; never waits. */
public interface TapFeed extends AutoCloseable {
  /**
   * What came since the last time.
   *
   * @param messages JSON without blanks and line ends, oldest first
   * @param skipped messages that matched and are not shown: more than the rate, or nobody read
   * @param last nothing more will come
   */
  record Seen(List<String> messages, long skipped, boolean last) {
    public Seen {
      messages = List.copyOf(messages);
    }
  }

  /** Hands out what is there; empty if there is nothing. */
  Seen take();

  @Override
  void close();
}
