package io.leasehold.domain.kv.redis;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Value.Elements;
import io.leasehold.domain.kv.redis.Value.Hash;
import io.leasehold.domain.kv.redis.Value.Members;
import io.leasehold.domain.kv.redis.Value.Text;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The keys of one instance: what its committed effects add up to. Confined to whoever owns it.
 *
 * <p>A key past its deadline stays here until an effect removes it; {@link RedisGroup} shows it to
 * no command.
 */
public final class Keyspace {
  /** A key's value, and from when on it is dead; 0 = never. */
  record Item(Value value, long deadlineMillis) {
    boolean isDead(long nowMillis) {
      return deadlineMillis != 0 && deadlineMillis <= nowMillis;
    }
  }

  private Table<Item> items = new Table<>();
  private Deadlines deadlines = new Deadlines();
  private long accountedBytes;

  /** An empty one. */
  public Keyspace() {}

  /** One as a snapshot has it, keys in the order of {@link #forEach}. */
  public static Keyspace of(Iterable<KeyImage> keys) {
    var keyspace = new Keyspace();
    for (KeyImage each : keys) {
      var value = Value.of(each.type(), each.parts());
      keyspace.put(each.key(), value, each.deadlineMillis(), Undo.NEVER);
    }
    return keyspace;
  }

  /** Shows every key as a snapshot has it, those past their deadline too, in their order. */
  public void forEach(Consumer<KeyImage> reader) {
    for (int i = 0; i < items.size(); i++) {
      Item item = items.valueAt(i);
      var value = item.value();
      reader.accept(
          new KeyImage(items.nameAt(i), item.deadlineMillis(), value.type(), value.parts()));
    }
  }

  /** The same again, independent of this one. Cost: one step an element. */
  public Keyspace copy() {
    var copy = new Keyspace();
    for (int i = 0; i < items.size(); i++) {
      Item item = items.valueAt(i);
      copy.put(items.nameAt(i), item.value().copy(), item.deadlineMillis(), Undo.NEVER);
    }
    return copy;
  }

  /** Takes a committed effect. */
  public void apply(Effect effect) {
    apply(effect, Undo.NEVER);
  }

  /** What counts towards the limits: keys, values, and 64 a key and an element. */
  public long accountedBytes() {
    return accountedBytes;
  }

  /** Keys, those past their deadline too. */
  public int size() {
    return items.size();
  }

  /** Keys that have a deadline, past or not. */
  public int expiring() {
    return deadlines.size();
  }

  /** When the next key dies; 0 = none does. */
  public long nextDeadlineMillis() {
    return deadlines.nextMillis();
  }

  /** Keys that are alive. Cost: one step a dead one. */
  public int liveSize(long nowMillis) {
    return items.size() - deadlines.countDue(nowMillis);
  }

  /** The first so many keys that are past their deadline. */
  List<Bytes> due(long nowMillis, int max) {
    return deadlines.due(nowMillis, max);
  }

  /** To be read only. */
  Table<Item> items() {
    return items;
  }

  void apply(Effect effect, Undo undo) {
    if (effect instanceof Effect.StringSet set) {
      put(set.key(), new Text(set.value()), set.deadlineMillis(), undo);
    } else if (effect instanceof Effect.StringPatched patched) {
      patch(patched, undo);
    } else if (effect instanceof Effect.DeadlineSet set) {
      put(set.key(), item(set.key()).value(), set.deadlineMillis(), undo);
    } else if (effect instanceof Effect.Removed removed) {
      remove(removed.key(), undo);
    } else if (effect instanceof Effect.Renamed renamed) {
      Item item = item(renamed.from());
      remove(renamed.from(), undo);
      put(renamed.to(), item.value(), item.deadlineMillis(), undo);
    } else if (effect instanceof Effect.Copied copied) {
      Item item = item(copied.from());
      put(copied.to(), item.value().copy(), item.deadlineMillis(), undo);
    } else if (effect instanceof Effect.Flushed) {
      flush(undo);
    } else if (effect instanceof Effect.SetStored stored) {
      store(stored, undo);
    } else {
      applyToCollection(effect, undo);
    }
  }

  private void applyToCollection(Effect effect, Undo undo) {
    if (effect instanceof Effect.FieldsSet set) {
      change(set.key(), Hash.class, Hash::new, hash -> setFields(hash, set.pairs(), undo), undo);
    } else if (effect instanceof Effect.FieldsRemoved removed) {
      change(
          removed.key(),
          Hash.class,
          Hash::new,
          hash -> removed.fields().forEach(field -> hash.remove(field, undo)),
          undo);
    } else if (effect instanceof Effect.MembersAdded added) {
      change(
          added.key(),
          Members.class,
          Members::new,
          set -> added.members().forEach(member -> set.add(member, undo)),
          undo);
    } else if (effect instanceof Effect.MembersRemoved removed) {
      change(
          removed.key(),
          Members.class,
          Members::new,
          set -> removed.members().forEach(member -> set.remove(member, undo)),
          undo);
    } else {
      applyToList(effect, undo);
    }
  }

  private void applyToList(Effect effect, Undo undo) {
    if (effect instanceof Effect.Pushed pushed) {
      change(
          pushed.key(),
          Elements.class,
          Elements::new,
          list -> pushed.values().forEach(value -> list.push(pushed.left(), value, undo)),
          undo);
    } else if (effect instanceof Effect.Popped popped) {
      change(popped.key(), Elements.class, Elements::new, list -> pop(list, popped, undo), undo);
    } else if (effect instanceof Effect.ElementSet set) {
      change(
          set.key(),
          Elements.class,
          Elements::new,
          list -> list.set(set.index(), set.value(), undo),
          undo);
    } else if (effect instanceof Effect.ElementInserted inserted) {
      change(
          inserted.key(),
          Elements.class,
          Elements::new,
          list -> list.insert(inserted.index(), inserted.value(), undo),
          undo);
    } else if (effect instanceof Effect.ElementsRemoved removed) {
      change(
          removed.key(),
          Elements.class,
          Elements::new,
          list -> list.removeEqual(removed.value(), removed.count(), removed.fromLeft(), undo),
          undo);
    } else {
      throw new IllegalArgumentException("no effect of a keyspace: " + effect);
    }
  }

  private static void setFields(Hash hash, List<Bytes> pairs, Undo undo) {
    for (int i = 0; i + 1 < pairs.size(); i += 2) {
      hash.put(pairs.get(i), pairs.get(i + 1), undo);
    }
  }

  private static void pop(Elements list, Effect.Popped popped, Undo undo) {
    for (int i = 0; i < popped.left(); i++) {
      list.pop(true, undo);
    }
    for (int i = 0; i < popped.right(); i++) {
      list.pop(false, undo);
    }
  }

  /**
   * Changes a collection in place and drops it if it is empty then.
   *
   * @param fresh makes what is changed if the key is absent
   */
  private <V extends Value> void change(
      Bytes key, Class<V> type, Supplier<V> fresh, Consumer<V> change, Undo undo) {
    if (!items.contains(key)) {
      put(key, fresh.get(), 0, undo);
    }
    Value value = item(key).value();
    if (!type.isInstance(value)) {
      throw new IllegalStateException(key + " holds a " + value.type() + ", not what is changed");
    }
    long before = value.accountedBytes();
    change.accept(type.cast(value));
    account(value.accountedBytes() - before, undo);
    if (value.isEmpty()) {
      remove(key, undo);
    }
  }

  private Item item(Bytes key) {
    Item item = items.get(key);
    if (item == null) {
      throw new IllegalStateException("no such key: " + key);
    }
    return item;
  }

  private void put(Bytes key, Value value, long deadlineMillis, Undo undo) {
    Item before = items.put(key, new Item(value, deadlineMillis), undo);
    if (before == null) {
      account(Value.OVERHEAD_BYTES + (long) key.size() + value.accountedBytes(), undo);
      moveDeadline(key, 0, deadlineMillis, undo);
    } else {
      account(value.accountedBytes() - before.value().accountedBytes(), undo);
      moveDeadline(key, before.deadlineMillis(), deadlineMillis, undo);
    }
  }

  private void remove(Bytes key, Undo undo) {
    Item before = items.remove(key, undo);
    if (before != null) {
      account(-Value.OVERHEAD_BYTES - (long) key.size() - before.value().accountedBytes(), undo);
      moveDeadline(key, before.deadlineMillis(), 0, undo);
    }
  }

  private void moveDeadline(Bytes key, long from, long to, Undo undo) {
    if (from != to) {
      deadlines.remove(key, from);
      deadlines.add(key, to);
      undo.add(
          () -> {
            deadlines.remove(key, to);
            deadlines.add(key, from);
          });
    }
  }

  private void account(long bytes, Undo undo) {
    accountedBytes += bytes;
    undo.add(() -> accountedBytes -= bytes);
  }

  private void flush(Undo undo) {
    Table<Item> itemsBefore = items;
    Deadlines deadlinesBefore = deadlines;
    account(-accountedBytes, undo);
    items = new Table<>();
    deadlines = new Deadlines();
    undo.add(
        () -> {
          items = itemsBefore;
          deadlines = deadlinesBefore;
        });
  }

  private void patch(Effect.StringPatched patched, Undo undo) {
    Item item = items.get(patched.key());
    Bytes before = item == null ? null : Value.textOf(item.value());
    byte[] old = before == null ? new byte[0] : before.array();
    int offset = patched.offset();
    int end = offset + patched.bytes().size();
    byte[] bytes = Arrays.copyOf(old, Math.max(old.length, end));
    System.arraycopy(patched.bytes().array(), 0, bytes, offset, patched.bytes().size());
    if (item == null) {
      put(patched.key(), new Text(Bytes.of(bytes)), 0, undo);
      return;
    }
    long deadline = item.deadlineMillis();
    // what was there is put together again when it is wanted: kept, a megabyte for each byte
    // appended would pile up in one group
    put(patched.key(), new Text(Bytes.of(bytes)), deadline, Undo.NEVER);
    byte[] overwritten =
        Arrays.copyOfRange(old, Math.min(offset, old.length), Math.min(end, old.length));
    undo.add(() -> unpatch(patched.key(), old.length, offset, overwritten, deadline));
  }

  private void unpatch(Bytes key, int length, int offset, byte[] overwritten, long deadline) {
    Bytes patched = Value.textOf(item(key).value());
    if (patched == null) {
      throw new IllegalStateException(key + " holds no string");
    }
    byte[] bytes = Arrays.copyOf(patched.array(), length);
    System.arraycopy(overwritten, 0, bytes, Math.min(offset, length), overwritten.length);
    put(key, new Text(Bytes.of(bytes)), deadline, Undo.NEVER);
  }

  private void store(Effect.SetStored stored, Undo undo) {
    var sets = new ArrayList<@Nullable Members>();
    for (Bytes source : stored.sources()) {
      Item item = items.get(source);
      sets.add(item == null ? null : (Members) item.value());
    }
    var result = new Members();
    Sets.combine(
        stored.operation(),
        sets,
        member -> {
          result.add(member, Undo.NEVER);
          return true;
        });
    if (result.isEmpty()) {
      remove(stored.key(), undo);
    } else {
      put(stored.key(), result, 0, undo);
    }
  }
}
