package io.leasehold.streams.telemetry;

import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.streams.telemetry.ChunkCopies.Handover;
import io.leasehold.streams.telemetry.spool.Spool;
import io.leasehold.streams.telemetry.spool.Submission;
import io.leasehold.streams.telemetry.spool.Submission.Outcome;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What of one connection is on its way to the disk: bounded in bytes and messages. Confined to its
 * connection but for {@link #account}.
 */
final class SpoolDesk {
  /** Before the connection is read further. */
  private static final long MAX_BYTES = 512 << 10;

  /** The messages of a chunk. */
  static final class Sent {
    private final List<Handover> copies;
    private final int messages;
    private final long number;
    private final long[] accepted;
    private final boolean durable;
    private final long receivedNanos;
    private @Nullable TracedLines traced;

    /** The arrays are not copied. */
    Sent(
        List<Handover> copies,
        int messages,
        long number,
        long[] accepted,
        boolean durable,
        long receivedNanos) {
      this.copies = copies;
      this.messages = messages;
      this.number = number;
      this.accepted = accepted;
      this.durable = durable;
      this.receivedNanos = receivedNanos;
    }

    int messages() {
      return messages;
    }

    /** The highest that its client counts. */
    long number() {
      return number;
    }

    /** Numbers of those with a target. */
    long[] accepted() {
      return accepted;
    }

    /** They must not go past the spool. */
    boolean durable() {
      return durable;
    }

    long receivedNanos() {
      return receivedNanos;
    }

    long bytes() {
      return copies.stream().mapToLong(each -> each.lines().byteCount()).sum();
    }

    /** The copies as they go to their targets past the spool: under ids of this run. */
    List<Handover> inMemory(Intake intake) {
      long span = 0;
      for (Handover each : copies) {
        int last = each.lines().size() - 1;
        span = Math.max(span, each.lines().number(last) - each.lines().firstNumber() + 1);
      }
      long first = intake.numbers().getAndAdd(span);
      return copies.stream()
          .map(each -> new Handover(each.target(), each.lines().under(intake.origin(), first)))
          .toList();
    }
  }

  private final Intake intake;
  private final Supplier<@Nullable TracedLines> traced;
  private int chunks;
  private int messages;
  private long bytes;

  /**
   * Has nothing under way.
   *
   * @param traced gives the lines of traces in what is submitted next
   */
  SpoolDesk(Intake intake, Supplier<@Nullable TracedLines> traced) {
    this.intake = intake;
    this.traced = traced;
  }

  /** Tells when all that anybody has submitted before is settled. */
  static void await(Spool spool, Consumer<Outcome> settled) {
    spool.submit(new Submission(List.of(), null, null, 0, true, 0, settled));
  }

  boolean isEmpty() {
    return chunks == 0;
  }

  boolean isFull() {
    return bytes >= MAX_BYTES || messages >= AckSession.CREDIT;
  }

  /**
   * Submits a chunk.
   *
   * @param outcome called by the thread of the spool, when the copies are accounted for; {@link
   *     #settled} must follow
   */
  void submit(Spool spool, AckSession session, Sent sent, BiConsumer<Sent, Outcome> outcome) {
    chunks++;
    messages += sent.messages;
    bytes += sent.bytes();
    intake.memory().take(sent.bytes());
    sent.traced = traced.get();
    spool.submit(
        new Submission(
            sent.copies.stream().map(Handover::forSpool).toList(),
            sent.durable ? session.stream() : null,
            session.owner(),
            sent.number,
            sent.durable,
            intake.clock().wallMillis(),
            what -> {
              account(sent, what); // here, for the connection may be gone
              outcome.accept(sent, what);
            }));
  }

  void settled(Sent sent) {
    chunks--;
    messages -= sent.messages;
    bytes -= sent.bytes();
    intake.memory().give(sent.bytes());
  }

  /** The connection is gone: it hears of nothing more. */
  void leave() {
    intake.memory().give(bytes);
    bytes = 0;
  }

  private void account(Sent sent, Outcome outcome) {
    if (outcome == Outcome.COMMITTED || !sent.durable) {
      intake.correlator().offer(sent.traced); // others come again
    }
    for (Handover each : sent.copies) {
      if (outcome == Outcome.COMMITTED) {
        each.target().stored(each.lines());
      } else if (sent.durable) {
        each.target().lost(reasonOf(outcome), each.lines());
      }
    }
  }

  /** Why what is durable and was not stored counts as dropped. */
  static DropReason reasonOf(Outcome outcome) {
    return switch (outcome) {
      case FULL -> DropReason.SPOOL_FULL;
      case REPLACED -> DropReason.DUPLICATE; // its client sends it again
      case FAILED, COMMITTED -> DropReason.SPOOL_ERROR;
    };
  }
}
