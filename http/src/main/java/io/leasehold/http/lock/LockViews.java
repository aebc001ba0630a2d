package io.leasehold.http.lock;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.leasehold.domain.lock.LockAnswer;
import io.leasehold.domain.lock.LockView;
import io.leasehold.http.access.Answer;
import java.util.List;

/** Renders locks with the members that the lock protocol has. No state; safe for any thread. */
final class LockViews {
  private LockViews() {}

  static ObjectNode list(List<LockView> locks) {
    ObjectNode body = Answer.object().put("success", true);
    ArrayNode rows = body.putArray("locks");
    for (LockView view : locks) {
      if (!view.holders().isEmpty()) {
        LockView.Holder oldest = view.holders().get(0);
        rows.addObject()
            .put("key", view.key())
            .put("mode", view.mode().wire())
            .put("limit", view.limit())
            .put("holders", view.holdersTotal())
            .put("waiters", view.waitersTotal())
            .put("owner", oldest.owner())
            .put("token", oldest.token())
            .put("ttl_ms", oldest.ttlMillis());
      }
    }
    return body;
  }

  static ObjectNode inspect(LockView view) {
    ObjectNode body =
        Answer.object()
            .put("success", true)
            .put("key", view.key())
            .put("mode", view.mode().wire())
            .put("limit", view.limit())
            .put("lock_delay_ms", 0);
    ArrayNode holders = body.putArray("holders");
    for (LockView.Holder holder : view.holders()) {
      ObjectNode row = holders.addObject().put("owner", holder.owner());
      if (holder.session() != null) {
        row.put("session", holder.session());
      }
      row.put("token", holder.token())
          .put("permits", holder.permits())
          .put("count", holder.count())
          .put("mode", holder.mode().wire())
          .put("ttl_ms", holder.ttlMillis())
          .put("held_ms", holder.heldMillis());
      if (holder.metadata() != null) {
        row.put("metadata", holder.metadata());
      }
    }
    ArrayNode waiters = body.putArray("waiters");
    for (LockView.Waiter waiter : view.waiters()) {
      waiters
          .addObject()
          .put("owner", waiter.owner())
          .put("permits", waiter.permits())
          .put("mode", waiter.mode().wire())
          .put("position", waiter.position())
          .put("waited_ms", waiter.waitedMillis())
          .put("wait_left_ms", waiter.waitLeftMillis());
    }
    return body.put("holders_total", view.holdersTotal()).put("waiters_total", view.waitersTotal());
  }

  static ObjectNode released(List<LockAnswer.ForceReleased.Lost> leases) {
    ObjectNode body = Answer.object().put("success", true);
    fill(body.putArray("released"), leases);
    return body;
  }

  static void fill(ArrayNode array, List<LockAnswer.ForceReleased.Lost> leases) {
    leases.forEach(each -> array.addObject().put("owner", each.owner()).put("token", each.token()));
  }
}
