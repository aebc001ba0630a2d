package io.leasehold.actors.kv.redis.external;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Connections that many use at a time, in turn. Safe for any thread. */
final class SharedLinks {
  private final List<Link> links = new CopyOnWriteArrayList<>();
  private final AtomicInteger turns = new AtomicInteger();

  /** The next one that is open, if there is any. */
  @Nullable Link next() {
    Object[] all = links.toArray(); // one state of it
    for (int i = 0; i < all.length; i++) {
      Link link = (Link) all[Math.floorMod(turns.getAndIncrement(), all.length)];
      if (link.isOpen()) {
        return link;
      }
    }
    return null;
  }

  void add(Link link) {
    links.add(link);
  }

  /** Whether that was the last one. */
  boolean remove(Link link) {
    return links.remove(link) && links.isEmpty();
  }

  int size() {
    return links.size();
  }

  List<Link> all() {
    return List.copyOf(links);
  }
}
