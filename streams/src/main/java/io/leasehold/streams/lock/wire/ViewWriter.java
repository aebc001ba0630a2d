package io.leasehold.streams.lock.wire;

import io.leasehold.domain.lock.LockAnswer;
import io.leasehold.domain.lock.LockView;
import java.util.List;

/** Writes pictures of keys as members of an answer. */
final class ViewWriter {
  private ViewWriter() {}

  static void inspect(LineBuffer out, LockView view) {
    out.ascii(",\"key\":");
    out.json(view.key());
    out.ascii(",\"mode\":\"");
    out.ascii(view.mode().wire());
    out.ascii("\",\"limit\":");
    out.number(view.limit());
    out.ascii(",\"lock_delay_ms\":0,\"holders\":[");
    String separator = "";
    for (LockView.Holder holder : view.holders()) {
      out.ascii(separator);
      separator = ",";
      holder(out, holder);
    }
    out.ascii("],\"waiters\":[");
    separator = "";
    for (LockView.Waiter waiter : view.waiters()) {
      out.ascii(separator);
      separator = ",";
      waiter(out, waiter);
    }
    out.ascii("],\"holders_total\":");
    out.number(view.holdersTotal());
    out.ascii(",\"waiters_total\":");
    out.number(view.waitersTotal());
  }

  static void released(LineBuffer out, List<LockAnswer.ForceReleased.Lost> leases) {
    out.ascii(",\"released\":[");
    String separator = "";
    for (LockAnswer.ForceReleased.Lost lease : leases) {
      out.ascii(separator);
      separator = ",";
      out.ascii("{\"owner\":");
      out.json(lease.owner());
      out.ascii(",\"token\":");
      out.number(lease.token());
      out.put('}');
    }
    out.put(']');
  }

  static void list(LineBuffer out, List<LockView> locks) {
    out.ascii(",\"locks\":[");
    String separator = "";
    for (LockView view : locks) {
      LockView.Holder oldest = view.holders().get(0);
      out.ascii(separator);
      separator = ",";
      out.ascii("{\"key\":");
      out.json(view.key());
      out.ascii(",\"mode\":\"");
      out.ascii(view.mode().wire());
      out.ascii("\",\"limit\":");
      out.number(view.limit());
      out.ascii(",\"holders\":");
      out.number(view.holdersTotal());
      out.ascii(",\"waiters\":");
      out.number(view.waitersTotal());
      out.ascii(",\"owner\":");
      out.json(oldest.owner());
      out.ascii(",\"token\":");
      out.number(oldest.token());
      out.ascii(",\"ttl_ms\":");
      out.number(oldest.ttlMillis());
      out.put('}');
    }
    out.put(']');
  }

  private static void holder(LineBuffer out, LockView.Holder holder) {
    out.ascii("{\"owner\":");
    out.json(holder.owner());
    var session = holder.session();
    if (session != null) {
      out.ascii(",\"session\":");
      out.json(session);
    }
    out.ascii(",\"token\":");
    out.number(holder.token());
    out.ascii(",\"permits\":");
    out.number(holder.permits());
    out.ascii(",\"count\":");
    out.number(holder.count());
    out.ascii(",\"mode\":\"");
    out.ascii(holder.mode().wire());
    out.ascii("\",\"ttl_ms\":");
    out.number(holder.ttlMillis());
    out.ascii(",\"held_ms\":");
    out.number(holder.heldMillis());
    var metadata = holder.metadata();
    if (metadata != null) {
      out.ascii(",\"metadata\":");
      out.json(metadata);
    }
    out.put('}');
  }

  private static void waiter(LineBuffer out, LockView.Waiter waiter) {
    out.ascii("{\"owner\":");
    out.json(waiter.owner());
    out.ascii(",\"permits\":");
    out.number(waiter.permits());
    out.ascii(",\"mode\":\"");
    out.ascii(waiter.mode().wire());
    out.ascii("\",\"position\":");
    out.number(waiter.position());
    out.ascii(",\"waited_ms\":");
    out.number(waiter.waitedMillis());
    out.ascii(",\"wait_left_ms\":");
    out.number(waiter.waitLeftMillis());
    out.put('}');
  }
}
