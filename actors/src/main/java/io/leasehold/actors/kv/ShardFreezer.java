package io.leasehold.actors.kv;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvChange;
import io.leasehold.domain.kv.KvEntry;
import io.leasehold.domain.kv.KvGroup;
import io.leasehold.domain.kv.KvImage;
import io.leasehold.domain.kv.KvResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Gives the entries of a shard as they were at one instant, page by page. Entries are immutable, so
 * an instant costs a list of them, and what has been overwritten since stays in memory until its
 * reader has read it, or has not come back for half a minute. Confined to the actor of the shard.
 */
final class ShardFreezer implements ShardPart {
  /** Backups of one shard at a time: each may hold on to what the shard has written since. */
  private static final int MAX_FROZEN = 2;

  private static final long PATIENCE_NANOS = 30_000_000_000L;

  private static final class Frozen {
    final List<KvEntry> entries;
    long readNanos;

    Frozen(List<KvEntry> entries, long nowNanos) {
      this.entries = entries;
      this.readNanos = nowNanos;
    }
  }

  private final ShardAccess shard;
  private final Map<Long, Frozen> frozen = new HashMap<>();

  ShardFreezer(ShardAccess shard) {
    this.shard = shard;
  }

  @Override
  public boolean onMessage(KvMessage message) {
    if (!(message instanceof KvTransfer.Draw draw)) {
      return false;
    }
    if (draw.from() > 0) {
      drawOn(draw);
    } else if (shard.image() != null && shard.isProven()) {
      freeze(draw);
    } else {
      shard.submit(new FreezeWork(draw));
    }
    return true;
  }

  private void drawOn(KvTransfer.Draw draw) {
    Frozen instant = frozen.get(draw.id());
    if (instant == null) {
      refuse(draw, "what it had at the instant of the backup is gone: it has been started again");
    } else {
      give(draw, instant);
    }
  }

  private void freeze(KvTransfer.Draw draw) {
    KvImage image = shard.image();
    if (image == null) {
      refuse(draw, "its journal is being read");
      return;
    }
    var instant =
        new Frozen(
            live(image, draw.prefix(), shard.now().shardMillis()), shard.node().clock().nanos());
    if (frozen.size() < MAX_FROZEN || pageEnd(instant.entries, 0) == instant.entries.size()) {
      give(draw, instant);
    } else {
      refuse(draw, MAX_FROZEN + " backups of it are under way, and there may not be more");
    }
  }

  private static List<KvEntry> live(KvImage image, Bytes prefix, long shardMillis) {
    var live = new ArrayList<KvEntry>();
    for (KvEntry entry : image.entries().tailMap(prefix, true).values()) {
      if (!entry.key().startsWith(prefix)) {
        break;
      }
      if (!entry.isExpired(shardMillis)) {
        live.add(entry);
      }
    }
    return live;
  }

  private void give(KvTransfer.Draw draw, Frozen instant) {
    int from = Math.min(draw.from(), instant.entries.size());
    int end = pageEnd(instant.entries, from);
    boolean more = end < instant.entries.size();
    if (more) {
      instant.readNanos = shard.node().clock().nanos();
      frozen.put(draw.id(), instant);
    } else {
      frozen.remove(draw.id());
    }
    draw.replyTo().tell(new KvTransfer.Page(instant.entries.subList(from, end), more, null));
  }

  private static int pageEnd(List<KvEntry> entries, int from) {
    long bytes = 0;
    int end = from;
    while (end < entries.size()) {
      bytes += entries.get(end).accountedBytes();
      if (bytes > KvTransfer.PART_BYTES && end > from) {
        break;
      }
      end++;
    }
    return end;
  }

  private void refuse(KvTransfer.Draw draw, String why) {
    draw.replyTo().tell(KvTransfer.Page.failed("shard " + shard.shard() + ": " + why));
  }

  /** Waits at the gate for the proof that the shard is ours. */
  private final class FreezeWork implements GateWork {
    private final KvTransfer.Draw draw;

    FreezeWork(KvTransfer.Draw draw) {
      this.draw = draw;
    }

    @Override
    public long weight() {
      return draw.prefix().size();
    }

    @Override
    public void run(KvGroup group) {} // what the group changes is in the image when it is done

    @Override
    public void done() {
      freeze(draw);
    }

    @Override
    public void refused(KvResult why) {
      refuse(draw, ShardRestorer.text(why));
    }

    @Override
    public void moved() {
      refuse(draw, "it moves to another node");
    }
  }

  @Override
  public void onImage() {}

  @Override
  public void onCommitted(List<KvChange> changes) {}

  @Override
  public void onTick() {
    long now = shard.node().clock().nanos();
    frozen.values().removeIf(instant -> now - instant.readNanos >= PATIENCE_NANOS);
  }

  @Override
  public void onEnd() {
    frozen.clear();
  }
}
