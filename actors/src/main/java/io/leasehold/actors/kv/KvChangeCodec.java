package io.leasehold.actors.kv;

import io.leasehold.actors.journal.ByteReader;
import io.leasehold.actors.journal.ByteWriter;
import io.leasehold.actors.kv.redis.EffectCodec;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvChange;
import io.leasehold.domain.kv.KvEntry;
import io.leasehold.domain.kv.KvImage;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * The bytes of changes and images of a shard in the journal. What is written here is read by later
 * versions: kinds and flags are only ever added, and another layout is another format.
 */
final class KvChangeCodec {
  private static final int FORMAT = 1;

  private static final int WRITTEN = 1;
  private static final int REMOVED = 2;
  private static final int TOUCHED = 3;
  private static final int MARKED = 4;
  private static final int MARK_EVICTED = 5;
  private static final int MARK_FORGOTTEN = 6;
  private static final int TAKEN_OVER = 7;
  private static final int EPOCH_BEGUN = 8;
  private static final int INSTANCE_CHANGED = 9;

  private static final int CREATED = 1;
  private static final int EXPIRED = 1;

  private static final int HAS_METADATA = 1;
  private static final int HAS_DEADLINE = 2;

  private KvChangeCodec() {}

  static void writeFormat(ByteWriter out) {
    out.writeByte(FORMAT);
  }

  static void readFormat(ByteReader in) {
    int format = in.readByte();
    if (format != FORMAT) {
      throw new IllegalArgumentException("format " + format + ": this version reads " + FORMAT);
    }
  }

  static void write(ByteWriter out, KvChange change) {
    if (change instanceof KvChange.Written written) {
      out.writeByte(WRITTEN);
      out.writeByte(written.created() ? CREATED : 0);
      writeEntry(out, written.entry());
    } else if (change instanceof KvChange.Removed removed) {
      out.writeByte(REMOVED);
      out.writeByte(removed.expired() ? EXPIRED : 0);
      out.writeBytes(removed.key().array());
      out.writeLong(removed.revision());
    } else if (change instanceof KvChange.Touched touched) {
      out.writeByte(TOUCHED);
      out.writeBytes(touched.key().array());
      out.writeLong(touched.expiresAtMillis());
    } else if (change instanceof KvChange.Marked marked) {
      out.writeByte(MARKED);
      out.writeString(marked.lock());
      out.writeLong(marked.token());
    } else if (change instanceof KvChange.MarkEvicted evicted) {
      out.writeByte(MARK_EVICTED);
      out.writeString(evicted.lock());
      out.writeLong(evicted.lockPartition());
      out.writeLong(evicted.floor());
    } else if (change instanceof KvChange.MarkForgotten forgotten) {
      out.writeByte(MARK_FORGOTTEN);
      out.writeString(forgotten.lock());
    } else if (change instanceof KvChange.TakenOver taken) {
      out.writeByte(TAKEN_OVER);
      out.writeString(taken.node());
    } else if (change instanceof KvChange.EpochBegun begun) {
      out.writeByte(EPOCH_BEGUN);
      out.writeLong(begun.epoch());
    } else if (change instanceof KvChange.InstanceChanged changed) {
      out.writeByte(INSTANCE_CHANGED);
      out.writeString(changed.instance());
      EffectCodec.writeAll(out, changed.effects());
    }
  }

  static KvChange read(ByteReader in) {
    int kind = in.readByte();
    return switch (kind) {
      case WRITTEN -> {
        boolean created = (in.readByte() & CREATED) != 0;
        yield new KvChange.Written(readEntry(in), created);
      }
      case REMOVED -> {
        boolean expired = (in.readByte() & EXPIRED) != 0;
        yield new KvChange.Removed(readKey(in), in.readLong(), expired);
      }
      case TOUCHED -> new KvChange.Touched(readKey(in), in.readLong());
      case MARKED -> new KvChange.Marked(in.readString(), in.readLong());
      case MARK_EVICTED -> new KvChange.MarkEvicted(in.readString(), in.readInt(), in.readLong());
      case MARK_FORGOTTEN -> new KvChange.MarkForgotten(in.readString());
      case TAKEN_OVER -> new KvChange.TakenOver(in.readString());
      case EPOCH_BEGUN -> new KvChange.EpochBegun(in.readLong());
      case INSTANCE_CHANGED ->
          new KvChange.InstanceChanged(in.readString(), EffectCodec.readAll(in));
      default ->
          throw new IllegalArgumentException(
              "change of kind " + kind + ": this version reads 1 to " + INSTANCE_CHANGED);
    };
  }

  static void writeEntry(ByteWriter out, KvEntry entry) {
    out.writeByte(
        (entry.metadata().isEmpty() ? 0 : HAS_METADATA)
            | (entry.expiresAtMillis() == 0 ? 0 : HAS_DEADLINE));
    out.writeBytes(entry.key().array());
    out.writeBytes(entry.value().array());
    out.writeLong(entry.version());
    out.writeLong(entry.createdAtMillis());
    out.writeLong(entry.updatedAtMillis());
    if (entry.expiresAtMillis() != 0) {
      out.writeLong(entry.expiresAtMillis());
    }
    if (!entry.metadata().isEmpty()) {
      writeMetadata(out, entry.metadata());
    }
  }

  static KvEntry readEntry(ByteReader in) {
    int flags = in.readByte();
    Bytes key = readKey(in);
    Bytes value = Bytes.of(in.readBytes());
    long version = in.readLong();
    long createdAt = in.readLong();
    long updatedAt = in.readLong();
    long expiresAt = (flags & HAS_DEADLINE) == 0 ? 0 : in.readLong();
    Map<String, String> metadata = (flags & HAS_METADATA) == 0 ? Map.of() : readMetadata(in);
    return new KvEntry(key, value, metadata, version, createdAt, updatedAt, expiresAt);
  }

  /** By name, so that equal maps are equal bytes. */
  static void writeMetadata(ByteWriter out, Map<String, String> metadata) {
    out.writeLong(metadata.size());
    for (var each : new TreeMap<>(metadata).entrySet()) {
      out.writeString(each.getKey());
      out.writeString(each.getValue());
    }
  }

  static Map<String, String> readMetadata(ByteReader in) {
    int count = in.readInt();
    var metadata = new HashMap<String, String>();
    for (int i = 0; i < count; i++) {
      metadata.put(in.readString(), in.readString());
    }
    return metadata;
  }

  static void writeImage(ByteWriter out, KvImage image) {
    out.writeLong(image.revision());
    out.writeLong(image.epoch());
    out.writeLong(image.entries().size());
    for (KvEntry entry : image.entries().values()) {
      writeEntry(out, entry);
    }
    out.writeLong(image.marks().size());
    image
        .marks()
        .tokens()
        .forEach(
            (lock, token) -> {
              out.writeString(lock);
              out.writeLong(token);
            });
    out.writeLong(image.marks().floors().size());
    new TreeMap<>(image.marks().floors())
        .forEach(
            (partition, floor) -> {
              out.writeLong(partition);
              out.writeLong(floor);
            });
    if (!image.keyspaces().all().isEmpty()) {
      EffectCodec.writeKeyspaces(out, image.keyspaces());
    }
  }

  static KvImage readImage(ByteReader in, KvImage.HistoryBounds history) {
    long revision = in.readLong();
    long epoch = in.readLong();
    int entryCount = in.readInt();
    var entries = new ArrayList<KvEntry>();
    for (int i = 0; i < entryCount; i++) {
      entries.add(readEntry(in));
    }
    int markCount = in.readInt();
    var marks = new LinkedHashMap<String, Long>(); // least recently used first
    for (int i = 0; i < markCount; i++) {
      marks.put(in.readString(), in.readLong());
    }
    int floorCount = in.readInt();
    var floors = new HashMap<Integer, Long>();
    for (int i = 0; i < floorCount; i++) {
      floors.put(in.readInt(), in.readLong());
    }
    var image = KvImage.of(history, entries, revision, epoch, marks, floors);
    if (!in.isAtEnd()) { // none, or written before there were any
      EffectCodec.readKeyspaces(in, image.keyspaces());
    }
    return image;
  }

  private static Bytes readKey(ByteReader in) {
    return Bytes.of(in.readBytes());
  }
}
