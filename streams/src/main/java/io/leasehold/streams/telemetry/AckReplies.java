package io.leasehold.streams.telemetry;

import io.leasehold.domain.telemetry.DropReason;
import java.util.ArrayDeque;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * What a client in acknowledged mode is still to be told: of acknowledgements and credits only the
 * newest, of refusals all. For one thread at a time.
 */
final class AckReplies {
  /** With so many refusals unsent the connection is not read. */
  static final int MAX_NACKS = 10_000;

  private final ArrayDeque<String> nacks = new ArrayDeque<>();
  private @Nullable String first;
  private @Nullable String last;
  private long acked;
  private long told;
  private int credit;
  private int toldCredit;

  /** The answer to the greeting, before all else. */
  void greet(long settled, int startCredit) {
    acked = settled;
    told = settled;
    credit = startCredit;
    toldCredit = startCredit;
    first = "{\"ack\":" + settled + ",\"credit\":" + startCredit + "}\n";
  }

  /** Every number up to this one is settled; of those that are not stored the nack came before. */
  void ack(long number) {
    acked = Math.max(acked, number);
  }

  /**
   * A number is refused.
   *
   * @param retry it was not stored, and may come again
   */
  void nack(long number, DropReason why, boolean retry) {
    nacks.add(
        "{\"nack\":"
            + number
            + ",\"code\":\""
            + why.wire()
            + (retry ? "\",\"retry\":true}\n" : "\"}\n"));
  }

  /** How many messages may be on their way from now on; 0 = pause. */
  void credit(int messages) {
    credit = messages;
  }

  /** The last word. */
  void error(String code, String why) {
    last = "{\"error\":\"" + code + "\",\"why\":\"" + why + "\"}\n";
  }

  boolean isClogged() {
    return nacks.size() >= MAX_NACKS;
  }

  boolean isEmpty() {
    return first == null
        && last == null
        && nacks.isEmpty()
        && acked == told
        && credit == toldCredit;
  }

  /** All there is to say, refusals before the acknowledgement that covers them. */
  ByteString take() {
    var text = new StringBuilder(64);
    if (first != null) {
      text.append(first);
      first = null;
    }
    nacks.forEach(text::append);
    nacks.clear();
    if (acked > told) {
      text.append("{\"ack\":").append(acked).append("}\n");
      told = acked;
    }
    if (credit != toldCredit) {
      text.append("{\"credit\":").append(credit).append("}\n");
      toldCredit = credit;
    }
    if (last != null) {
      text.append(last);
      last = null;
    }
    return ByteString.fromString(text.toString());
  }
}
