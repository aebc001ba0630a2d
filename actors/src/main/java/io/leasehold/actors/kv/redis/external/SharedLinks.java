package io.leasehold.actors.kv.redis.external;

import io.leasehold.actors.socket.SocketLoop;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Connections that many use at a time, in turn. Safe for any thread. */
final class SharedLinks {
  private final List<Link> links = new CopyOnWriteArrayList<>();
  private final AtomicInteger turns = new AtomicInteger();

  /** Each is touched by the thread of its loop only. */
  private final ConcurrentHashMap<SocketLoop, Choice> ofLoops = new ConcurrentHashMap<>();

  /** The connection that a turn of a loop has chosen, until it ends. */
  private static final class Choice {
    @Nullable Link link;

    void end() {
      link = null;
    }
  }

  /**
   * The next one that is open, if there is any; in the thread of a loop the same until its turn
   * ends, so that what many ask in it leaves together.
   */
  @Nullable Link nextOfTurn() {
    SocketLoop loop = SocketLoop.current();
    if (loop == null) {
      return next();
    }
    Choice choice = ofLoops.computeIfAbsent(loop, each -> new Choice());
    Link chosen = choice.link;
    if (chosen != null && chosen.isOpen()) {
      return chosen;
    }
    choice.link = next();
    loop.atEndOfTurn(choice::end);
    return choice.link;
  }

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
