package io.leasehold.streams.telemetry;

import io.leasehold.actors.metrics.DurationHistogram;
import io.leasehold.actors.metrics.EventCounter;
import io.leasehold.domain.telemetry.DropReason;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** What is counted before a message has a target. Safe for any thread. */
final class Traffic {
  /** Why a connection ended. */
  enum End {
    EOF,
    GOODBYE,
    PARTIAL_LINE,
    LIMIT,
    ERROR,
    SHUTDOWN
  }

  final LongAdder fanout = new LongAdder();
  final LongAdder derived = new LongAdder();
  final LongAdder replayed = new LongAdder();
  final LongAdder bytes = new LongAdder();
  final AtomicInteger open = new AtomicInteger();
  final EventCounter connections =
      new EventCounter("sidecar_connections", "Connections that were accepted.");
  final EventCounter ends =
      new EventCounter(
          "sidecar_connections_closed",
          "Connections that ended, by reason.",
          List.of("reason"),
          Arrays.stream(End.values())
              .map(each -> List.of(each.name().toLowerCase(Locale.ROOT)))
              .toList());
  final DurationHistogram routed =
      DurationHistogram.ofSeconds(
          "sidecar_recv_to_route_seconds", "Bytes read to copies in all buffers, per message.");
  final DurationHistogram acks =
      DurationHistogram.ofSeconds(
          "sidecar_ack_seconds", "Bytes read to their acknowledgement, per message.");
  final EventCounter nacks =
      new EventCounter(
          "sidecar_nacks",
          "Lines that were refused, told to clients in acknowledged mode.",
          List.of("code"),
          Arrays.stream(DropReason.values()).map(each -> List.of(each.wire())).toList());
  private final LongAdder[] dropped = new LongAdder[DropReason.values().length];

  Traffic() {
    for (int i = 0; i < dropped.length; i++) {
      dropped[i] = new LongAdder();
    }
  }

  void dropped(DropReason reason, long messages) {
    dropped[reason.ordinal()].add(messages);
  }

  long dropped(DropReason reason) {
    return dropped[reason.ordinal()].sum();
  }

  long dropped() {
    long sum = 0;
    for (LongAdder each : dropped) {
      sum += each.sum();
    }
    return sum;
  }

  void ended(End reason) {
    ends.count(reason.ordinal(), 1);
  }
}
