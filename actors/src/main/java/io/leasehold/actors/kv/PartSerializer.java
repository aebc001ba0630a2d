package io.leasehold.actors.kv;

import io.leasehold.actors.cluster.NodeSerializer;
import io.leasehold.actors.journal.ByteReader;
import io.leasehold.actors.journal.ByteWriter;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvChange;
import io.leasehold.domain.kv.KvEntry;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.ExtendedActorSystem;

/**
 * The bytes of what travels between nodes and the parts of shards: watches, backups, restores. Safe
 * for any thread.
 */
public final class PartSerializer extends NodeSerializer {
  private static final int IDENTIFIER = 76_500_005;

  /** Made by Pekko. */
  public PartSerializer(ExtendedActorSystem system) {
    super(system, IDENTIFIER);
    form("p1", KvHistoryRead.Part.class, PartSerializer::writePart, PartSerializer::readPart);
    form(
        "g1",
        KvTransfer.Page.class,
        (out, page) -> {
          writeEntries(out, page.entries());
          writeFlag(out, page.more());
          out.writeOptional(page.failure());
        },
        in -> new KvTransfer.Page(readEntries(in), readFlag(in), in.readOptional()));
    form(
        "t1",
        KvTransfer.Taken.class,
        (out, taken) -> {
          out.writeLong(taken.restored());
          out.writeLong(taken.skipped());
          out.writeLong(taken.expired());
          writeFlag(out, taken.again());
          out.writeOptional(taken.failure());
        },
        in ->
            new KvTransfer.Taken(
                in.readInt(), in.readInt(), in.readInt(), readFlag(in), in.readOptional()));
    questions();
    events();
  }

  private void events() {
    form(
        "e1",
        EventTraffic.Told.class,
        PartSerializer::bytes,
        EventTraffic::writeTold,
        EventTraffic::readTold);
    form(
        "l1",
        EventTraffic.Listen.class,
        (out, listen) -> {
          out.writeLong(listen.shard());
          out.writeString(listen.instance());
          out.writeLong(listen.version());
          EventTraffic.writeWanted(out, listen.channels());
          EventTraffic.writeWanted(out, listen.patterns());
          out.writeLong(listen.monitors());
          writeRef(out, listen.replyTo());
        },
        in ->
            new EventTraffic.Listen(
                in.readInt(),
                in.readString(),
                in.readLong(),
                EventTraffic.readWanted(in),
                EventTraffic.readWanted(in),
                in.readInt(),
                this.readRef(in)));
    form(
        "l2",
        EventTraffic.Listening.class,
        (out, listening) -> {
          out.writeString(listening.instance());
          out.writeLong(listening.version());
          writeRef(out, listening.owner());
        },
        in -> new EventTraffic.Listening(in.readString(), in.readLong(), this.readRef(in)));
    form(
        "l3",
        EventTraffic.Lost.class,
        (out, lost) -> out.writeString(lost.instance()),
        in -> new EventTraffic.Lost(in.readString()));
    form(
        "k1",
        EventTraffic.Look.class,
        (out, look) -> {
          out.writeLong(look.shard());
          out.writeString(look.instance());
          EventTraffic.writeAll(out, look.keys());
          writeRef(out, look.replyTo());
        },
        in ->
            new EventTraffic.Look(
                in.readInt(), in.readString(), EventTraffic.readAll(in), this.readRef(in)));
    form("k2", EventTraffic.Seen.class, PartSerializer::writeSeen, PartSerializer::readSeen);
  }

  private static int bytes(EventTraffic.Told told) {
    long bytes = 256;
    for (EventTraffic.Item item : told.items()) {
      bytes += item.weight();
    }
    return (int) bytes;
  }

  private static void writeSeen(ByteWriter out, EventTraffic.Seen seen) {
    out.writeLong(seen.versions().size());
    seen.versions().forEach(out::writeLong);
  }

  private static EventTraffic.Seen readSeen(ByteReader in) {
    int count = in.readInt();
    var versions = new ArrayList<Long>(Math.min(count, 1_024));
    for (int i = 0; i < count; i++) {
      versions.add(in.readLong());
    }
    return new EventTraffic.Seen(versions);
  }

  private void questions() {
    form(
        "a1",
        KvHistoryRead.Ask.class,
        (out, ask) -> {
          out.writeLong(ask.shard());
          out.writeLong(ask.question());
          out.writeLong(ask.behind());
          writeFlag(out, ask.waits());
          out.writeLong(ask.epoch());
          writeRef(out, ask.replyTo());
        },
        in ->
            new KvHistoryRead.Ask(
                in.readInt(),
                in.readLong(),
                in.readLong(),
                readFlag(in),
                in.readLong(),
                this.readRef(in)));
    form(
        "d1",
        KvTransfer.Draw.class,
        (out, draw) -> {
          out.writeLong(draw.shard());
          out.writeLong(draw.id());
          out.writeBytes(draw.prefix().array());
          out.writeLong(draw.from());
          writeRef(out, draw.replyTo());
        },
        in ->
            new KvTransfer.Draw(
                in.readInt(),
                in.readLong(),
                Bytes.of(in.readBytes()),
                in.readInt(),
                this.readRef(in)));
    form(
        "i1",
        KvTransfer.Import.class,
        (out, batch) -> {
          out.writeLong(batch.shard());
          writeEntries(out, batch.entries());
          writeFlag(out, batch.overwrite());
          writeRef(out, batch.replyTo());
        },
        in -> new KvTransfer.Import(in.readInt(), readEntries(in), readFlag(in), this.readRef(in)));
    form(
        "c1",
        KvTransfer.Clear.class,
        (out, clear) -> {
          out.writeLong(clear.shard());
          out.writeLong(clear.epoch());
          writeRef(out, clear.replyTo());
        },
        in -> new KvTransfer.Clear(in.readInt(), in.readLong(), this.readRef(in)));
  }

  private static void writePart(ByteWriter out, KvHistoryRead.Part part) {
    out.writeLong(part.shard());
    out.writeLong(part.question());
    out.writeLong(part.incarnation());
    out.writeLong(part.epoch());
    out.writeLong(part.behind());
    out.writeLong(part.upTo());
    writeFlag(out, part.more());
    out.writeLong(part.changes().size());
    for (KvChange change : part.changes()) {
      KvChangeCodec.write(out, change);
    }
  }

  private static KvHistoryRead.Part readPart(ByteReader in) {
    int shard = in.readInt();
    long question = in.readLong();
    long incarnation = in.readLong();
    long epoch = in.readLong();
    long behind = in.readLong();
    long upTo = in.readLong();
    boolean more = readFlag(in);
    int count = in.readInt();
    var changes = new ArrayList<KvChange>(Math.min(count, 1_024));
    for (int i = 0; i < count; i++) {
      changes.add(KvChangeCodec.read(in));
    }
    return new KvHistoryRead.Part(shard, question, incarnation, epoch, behind, upTo, more, changes);
  }

  private static void writeEntries(ByteWriter out, List<KvEntry> entries) {
    out.writeLong(entries.size());
    for (KvEntry entry : entries) {
      KvChangeCodec.writeEntry(out, entry);
    }
  }

  private static List<KvEntry> readEntries(ByteReader in) {
    int count = in.readInt();
    var entries = new ArrayList<KvEntry>(Math.min(count, 1_024));
    for (int i = 0; i < count; i++) {
      entries.add(KvChangeCodec.readEntry(in));
    }
    return entries;
  }
}
