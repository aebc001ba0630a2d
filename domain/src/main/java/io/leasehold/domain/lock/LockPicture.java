package io.leasehold.domain.lock;

import java.util.ArrayList;
import java.util.List;

/** Draws a {@link LockView} from live state. */
final class LockPicture {
  private LockPicture() {}

  static List<LockView.Holder> holders(Leases leases, int max, long nowNanos) {
    var holders = new ArrayList<LockView.Holder>();
    for (Lease lease : leases.oldest(max)) {
      holders.add(
          new LockView.Holder(
              lease.owner(),
              null,
              lease.token,
              lease.request.permits(),
              lease.count,
              lease.request.mode(),
              lease.ttlLeftMillis(nowNanos),
              Math.max(0, (nowNanos - lease.grantedNanos) / 1_000_000),
              lease.request.metadata()));
    }
    return holders;
  }

  static List<LockView.Waiter> waiters(Waiters<?> waiters, int max, long nowNanos) {
    var places = new ArrayList<LockView.Waiter>();
    for (var waiter : waiters.firstPlaces(max)) {
      places.add(
          new LockView.Waiter(
              waiter.request.owner(),
              waiter.request.permits(),
              waiter.request.mode(),
              places.size() + 1,
              waiter.waitedMillis(nowNanos),
              Math.max(0, (waiter.deadlineNanos - nowNanos) / 1_000_000)));
    }
    return places;
  }
}
