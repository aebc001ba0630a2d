package io.leasehold.http.kv;

import io.leasehold.domain.access.DoorClient;
import io.leasehold.domain.time.Clock;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** Who watches the store over HTTP at this moment. Safe for any thread. */
final class WatchBook {
  /** One watch. Written by its stream, read by any thread. */
  @SuppressWarnings("NonAtomicVolatileUpdate") // one thread at a time writes
  final class Entry {
    private final long id = ids.incrementAndGet();
    private final long connectedAtMillis = clock.wallMillis();
    private final String remote;
    private final @Nullable String keyId;
    private volatile long lastNanos = clock.nanos();
    private volatile long bytesOut;

    private Entry(String remote, @Nullable String keyId) {
      this.remote = remote;
      this.keyId = keyId;
    }

    /** It is sent so many bytes. */
    void sent(int bytes) {
      bytesOut = bytesOut + bytes;
      lastNanos = clock.nanos();
    }

    void end() {
      open.remove(id);
    }

    private DoorClient view(long now) {
      return new DoorClient(
          id,
          "watch",
          remote,
          connectedAtMillis,
          Math.max(0, (now - lastNanos) / 1_000_000),
          1,
          0,
          0,
          1,
          0,
          bytesOut,
          "watch",
          keyId != null,
          keyId);
    }
  }

  private final Clock clock;
  private final AtomicLong ids = new AtomicLong();
  private final Map<Long, Entry> open = new ConcurrentSkipListMap<>();

  WatchBook(Clock clock) {
    this.clock = clock;
  }

  /** A watch begins; {@link Entry#end} must follow. */
  Entry begin(String remote, @Nullable String keyId) {
    var entry = new Entry(remote, keyId);
    open.put(entry.id, entry);
    return entry;
  }

  /** At most so many, the oldest first. */
  DoorClient.Page clients(int limit) {
    long now = clock.nanos();
    return new DoorClient.Page(
        open.values().stream().limit(limit).map(each -> each.view(now)).toList(), open.size());
  }
}
