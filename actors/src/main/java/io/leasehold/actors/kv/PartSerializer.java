package io.leasehold.actors.kv;

import io.leasehold.actors.journal.ByteReader;
import io.leasehold.actors.journal.ByteWriter;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvChange;
import io.leasehold.domain.kv.KvEntry;
import java.io.NotSerializableException;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/**
 * The bytes of what travels between nodes and the parts of shards: watches, backups, restores. A
 * manifest names one form of one message; a new form gets a new manifest, so that nodes of two
 * releases can talk. Safe for any thread.
 */
public final class PartSerializer extends SerializerWithStringManifest {
  /** On the wire between nodes: never changes. */
  public static final int IDENTIFIER = 76_500_005;

  private static final String ASK = "a1";
  private static final String PART = "p1";
  private static final String DRAW = "d1";
  private static final String PAGE = "g1";
  private static final String IMPORT = "i1";
  private static final String CLEAR = "c1";
  private static final String TAKEN = "t1";

  private final ActorRefResolver refs;

  /** Made by Pekko. */
  public PartSerializer(ExtendedActorSystem system) {
    this.refs = ActorRefResolver.get(Adapter.toTyped(system));
  }

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object message) {
    if (message instanceof KvHistoryRead.Ask) {
      return ASK;
    } else if (message instanceof KvHistoryRead.Part) {
      return PART;
    } else if (message instanceof KvTransfer.Draw) {
      return DRAW;
    } else if (message instanceof KvTransfer.Page) {
      return PAGE;
    } else if (message instanceof KvTransfer.Import) {
      return IMPORT;
    } else if (message instanceof KvTransfer.Clear) {
      return CLEAR;
    } else if (message instanceof KvTransfer.Taken) {
      return TAKEN;
    }
    throw new IllegalArgumentException(message.getClass().getName() + ": stays on its node");
  }

  @Override
  public byte[] toBinary(Object message) {
    var out = new ByteWriter(256);
    if (message instanceof KvHistoryRead.Ask ask) {
      out.writeLong(ask.shard());
      out.writeLong(ask.question());
      out.writeLong(ask.behind());
      out.writeByte(ask.waits() ? 1 : 0);
      out.writeLong(ask.epoch());
      writeRef(out, ask.replyTo());
    } else if (message instanceof KvHistoryRead.Part part) {
      writePart(out, part);
    } else if (message instanceof KvTransfer.Draw draw) {
      out.writeLong(draw.shard());
      out.writeLong(draw.id());
      out.writeBytes(draw.prefix().array());
      out.writeLong(draw.from());
      writeRef(out, draw.replyTo());
    } else if (message instanceof KvTransfer.Page page) {
      writeEntries(out, page.entries());
      out.writeByte(page.more() ? 1 : 0);
      out.writeOptional(page.failure());
    } else if (message instanceof KvTransfer.Import batch) {
      out.writeLong(batch.shard());
      writeEntries(out, batch.entries());
      out.writeByte(batch.overwrite() ? 1 : 0);
      writeRef(out, batch.replyTo());
    } else if (message instanceof KvTransfer.Clear clear) {
      out.writeLong(clear.shard());
      out.writeLong(clear.epoch());
      writeRef(out, clear.replyTo());
    } else if (message instanceof KvTransfer.Taken taken) {
      out.writeLong(taken.restored());
      out.writeLong(taken.skipped());
      out.writeLong(taken.expired());
      out.writeByte(taken.again() ? 1 : 0);
      out.writeOptional(taken.failure());
    } else {
      throw new IllegalArgumentException(message.getClass().getName() + ": stays on its node");
    }
    return out.toByteArray();
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
    var in = new ByteReader(bytes);
    return switch (manifest) {
      case ASK ->
          new KvHistoryRead.Ask(
              in.readInt(),
              in.readLong(),
              in.readLong(),
              in.readByte() != 0,
              in.readLong(),
              this.readRef(in));
      case PART -> readPart(in);
      case DRAW ->
          new KvTransfer.Draw(
              in.readInt(),
              in.readLong(),
              Bytes.of(in.readBytes()),
              in.readInt(),
              this.readRef(in));
      case PAGE -> new KvTransfer.Page(readEntries(in), in.readByte() != 0, in.readOptional());
      case IMPORT ->
          new KvTransfer.Import(
              in.readInt(), readEntries(in), in.readByte() != 0, this.readRef(in));
      case CLEAR -> new KvTransfer.Clear(in.readInt(), in.readLong(), this.readRef(in));
      case TAKEN ->
          new KvTransfer.Taken(
              in.readInt(), in.readInt(), in.readInt(), in.readByte() != 0, in.readOptional());
      default ->
          throw new NotSerializableException(
              "manifest " + manifest + ": unknown to this version, it is of a newer one");
    };
  }

  private static void writePart(ByteWriter out, KvHistoryRead.Part part) {
    out.writeLong(part.shard());
    out.writeLong(part.question());
    out.writeLong(part.incarnation());
    out.writeLong(part.epoch());
    out.writeLong(part.behind());
    out.writeLong(part.upTo());
    out.writeByte(part.more() ? 1 : 0);
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
    boolean more = in.readByte() != 0;
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

  private void writeRef(ByteWriter out, ActorRef<?> ref) {
    out.writeString(refs.toSerializationFormat(ref));
  }

  private <T> ActorRef<T> readRef(ByteReader in) {
    return refs.resolveActorRef(in.readString());
  }
}
