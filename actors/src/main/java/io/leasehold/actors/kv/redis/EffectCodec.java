package io.leasehold.actors.kv.redis;

import io.leasehold.actors.journal.ByteReader;
import io.leasehold.actors.journal.ByteWriter;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Effect;
import io.leasehold.domain.kv.redis.KeyImage;
import io.leasehold.domain.kv.redis.Keyspace;
import io.leasehold.domain.kv.redis.Keyspaces;
import io.leasehold.domain.kv.redis.SetOperation;
import io.leasehold.domain.kv.redis.ValueType;
import java.util.ArrayList;
import java.util.List;

/**
 * The bytes of effects and keyspaces in the journal of a shard. What is written here is read by
 * later versions: kinds are only ever added.
 */
public final class EffectCodec {
  private static final int STRING_SET = 1;
  private static final int STRING_PATCHED = 2;
  private static final int DEADLINE_SET = 3;
  private static final int REMOVED = 4;
  private static final int RENAMED = 5;
  private static final int COPIED = 6;
  private static final int FLUSHED = 7;
  private static final int FIELDS_SET = 8;
  private static final int FIELDS_REMOVED = 9;
  private static final int PUSHED = 10;
  private static final int POPPED = 11;
  private static final int ELEMENT_SET = 12;
  private static final int ELEMENT_INSERTED = 13;
  private static final int ELEMENTS_REMOVED = 14;
  private static final int MEMBERS_ADDED = 15;
  private static final int MEMBERS_REMOVED = 16;
  private static final int SET_STORED = 17;

  private EffectCodec() {}

  /** Effects of one instance, in order. */
  public static void writeAll(ByteWriter out, List<Effect> effects) {
    out.writeLong(effects.size());
    for (Effect effect : effects) {
      write(out, effect);
    }
  }

  /** The reverse of {@link #writeAll}. */
  public static List<Effect> readAll(ByteReader in) {
    int count = in.readInt();
    var effects = new ArrayList<Effect>(Math.min(count, 1_024));
    for (int i = 0; i < count; i++) {
      effects.add(read(in));
    }
    return effects;
  }

  private static void write(ByteWriter out, Effect effect) {
    if (effect instanceof Effect.StringSet set) {
      begin(out, STRING_SET, set.key());
      write(out, set.value());
      out.writeLong(set.deadlineMillis());
    } else if (effect instanceof Effect.StringPatched patched) {
      begin(out, STRING_PATCHED, patched.key());
      out.writeLong(patched.offset());
      write(out, patched.bytes());
    } else if (effect instanceof Effect.DeadlineSet set) {
      begin(out, DEADLINE_SET, set.key());
      out.writeLong(set.deadlineMillis());
    } else if (effect instanceof Effect.Removed removed) {
      begin(out, REMOVED, removed.key());
      write(out, removed.expired());
    } else if (effect instanceof Effect.Renamed renamed) {
      begin(out, RENAMED, renamed.from());
      write(out, renamed.to());
    } else if (effect instanceof Effect.Copied copied) {
      begin(out, COPIED, copied.from());
      write(out, copied.to());
    } else if (effect instanceof Effect.Flushed) {
      out.writeByte(FLUSHED);
    } else {
      writeOfCollection(out, effect);
    }
  }

  private static void writeOfCollection(ByteWriter out, Effect effect) {
    if (effect instanceof Effect.FieldsSet set) {
      begin(out, FIELDS_SET, set.key());
      write(out, set.pairs());
    } else if (effect instanceof Effect.FieldsRemoved removed) {
      begin(out, FIELDS_REMOVED, removed.key());
      write(out, removed.fields());
    } else if (effect instanceof Effect.MembersAdded added) {
      begin(out, MEMBERS_ADDED, added.key());
      write(out, added.members());
    } else if (effect instanceof Effect.MembersRemoved removed) {
      begin(out, MEMBERS_REMOVED, removed.key());
      write(out, removed.members());
    } else if (effect instanceof Effect.SetStored stored) {
      begin(out, SET_STORED, stored.key());
      out.writeString(stored.operation().name());
      write(out, stored.sources());
    } else {
      writeOfList(out, effect);
    }
  }

  private static void writeOfList(ByteWriter out, Effect effect) {
    if (effect instanceof Effect.Pushed pushed) {
      begin(out, PUSHED, pushed.key());
      write(out, pushed.left());
      write(out, pushed.values());
    } else if (effect instanceof Effect.Popped popped) {
      begin(out, POPPED, popped.key());
      out.writeLong(popped.left());
      out.writeLong(popped.right());
    } else if (effect instanceof Effect.ElementSet set) {
      begin(out, ELEMENT_SET, set.key());
      out.writeLong(set.index());
      write(out, set.value());
    } else if (effect instanceof Effect.ElementInserted inserted) {
      begin(out, ELEMENT_INSERTED, inserted.key());
      out.writeLong(inserted.index());
      write(out, inserted.value());
    } else if (effect instanceof Effect.ElementsRemoved removed) {
      begin(out, ELEMENTS_REMOVED, removed.key());
      out.writeLong(removed.count());
      write(out, removed.fromLeft());
      write(out, removed.value());
    } else {
      throw new IllegalArgumentException("no bytes for " + effect.getClass().getName());
    }
  }

  private static Effect read(ByteReader in) {
    int kind = in.readByte();
    return switch (kind) {
      case STRING_SET -> new Effect.StringSet(readOne(in), readOne(in), in.readLong());
      case STRING_PATCHED -> new Effect.StringPatched(readOne(in), in.readInt(), readOne(in));
      case DEADLINE_SET -> new Effect.DeadlineSet(readOne(in), in.readLong());
      case REMOVED -> new Effect.Removed(readOne(in), readFlag(in));
      case RENAMED -> new Effect.Renamed(readOne(in), readOne(in));
      case COPIED -> new Effect.Copied(readOne(in), readOne(in));
      case FLUSHED -> new Effect.Flushed();
      case FIELDS_SET -> new Effect.FieldsSet(readOne(in), readList(in));
      case FIELDS_REMOVED -> new Effect.FieldsRemoved(readOne(in), readList(in));
      case PUSHED -> new Effect.Pushed(readOne(in), readFlag(in), readList(in));
      case POPPED -> new Effect.Popped(readOne(in), in.readInt(), in.readInt());
      case ELEMENT_SET -> new Effect.ElementSet(readOne(in), in.readInt(), readOne(in));
      case ELEMENT_INSERTED -> new Effect.ElementInserted(readOne(in), in.readInt(), readOne(in));
      case ELEMENTS_REMOVED ->
          new Effect.ElementsRemoved(readOne(in), in.readInt(), readFlag(in), readOne(in));
      case MEMBERS_ADDED -> new Effect.MembersAdded(readOne(in), readList(in));
      case MEMBERS_REMOVED -> new Effect.MembersRemoved(readOne(in), readList(in));
      case SET_STORED ->
          new Effect.SetStored(readOne(in), SetOperation.valueOf(in.readString()), readList(in));
      default ->
          throw new IllegalArgumentException(
              "effect of kind " + kind + ": this version reads 1 to " + SET_STORED);
    };
  }

  /** All keyspaces of a shard, keys and elements in their order. */
  public static void writeKeyspaces(ByteWriter out, Keyspaces keyspaces) {
    out.writeLong(keyspaces.all().size());
    keyspaces
        .all()
        .forEach(
            (instance, keyspace) -> {
              out.writeString(instance);
              out.writeLong(keyspace.size());
              keyspace.forEach(key -> writeKey(out, key));
            });
  }

  /** The reverse of {@link #writeKeyspaces}, into none. */
  public static void readKeyspaces(ByteReader in, Keyspaces keyspaces) {
    int count = in.readInt();
    for (int i = 0; i < count; i++) {
      String instance = in.readString();
      int keys = in.readInt();
      var images = new ArrayList<KeyImage>(Math.min(keys, 1_024));
      for (int key = 0; key < keys; key++) {
        images.add(readKey(in));
      }
      keyspaces.put(instance, Keyspace.of(images));
    }
  }

  private static void writeKey(ByteWriter out, KeyImage key) {
    write(out, key.key());
    out.writeLong(key.deadlineMillis());
    out.writeString(key.type().name());
    write(out, key.parts());
  }

  private static KeyImage readKey(ByteReader in) {
    return new KeyImage(
        readOne(in), in.readLong(), ValueType.valueOf(in.readString()), readList(in));
  }

  private static void begin(ByteWriter out, int kind, Bytes key) {
    out.writeByte(kind);
    write(out, key);
  }

  private static void write(ByteWriter out, Bytes bytes) {
    out.writeBytes(bytes.array());
  }

  private static void write(ByteWriter out, boolean flag) {
    out.writeByte(flag ? 1 : 0);
  }

  private static void write(ByteWriter out, List<Bytes> list) {
    out.writeLong(list.size());
    list.forEach(each -> write(out, each));
  }

  private static Bytes readOne(ByteReader in) {
    return Bytes.of(in.readBytes());
  }

  private static boolean readFlag(ByteReader in) {
    return in.readByte() != 0;
  }

  private static List<Bytes> readList(ByteReader in) {
    int count = in.readInt();
    var list = new ArrayList<Bytes>(Math.min(count, 1_024));
    for (int i = 0; i < count; i++) {
      list.add(readOne(in));
    }
    return list;
  }
}
