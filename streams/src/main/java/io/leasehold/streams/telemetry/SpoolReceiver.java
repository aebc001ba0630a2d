package io.leasehold.streams.telemetry;

import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.streams.telemetry.backend.Batch;
import io.leasehold.streams.telemetry.backend.Lines;
import io.leasehold.streams.telemetry.spool.Cut;
import io.leasehold.streams.telemetry.spool.SpoolFeed;

/** The buffer of a target as the spool sees it, with the counts of what never came there. */
record SpoolReceiver(TargetCounts counts, TargetBuffer buffer) implements SpoolFeed.Receiver {
  @Override
  public boolean take(Lines lines, Cut cut) {
    return buffer.take(lines, cut);
  }

  @Override
  public void endBatch() {
    buffer.endBatch();
  }

  @Override
  public boolean hasRoom() {
    return buffer.hasRoomFor(0);
  }

  @Override
  public Batch giveUp() {
    Batch waiting = buffer.takeSpooled();
    counts.dropped(DropReason.SPOOL_FULL, waiting);
    return waiting;
  }

  @Override
  public void inMemory(Lines lines, int sign) {
    TargetCounts.inMemory(lines, sign);
  }

  @Override
  public void lost(DropReason reason, long copies) {
    counts.droppedUnread(reason, copies);
  }
}
