package io.leasehold.domain.kv.redis;

import io.leasehold.domain.kv.Bytes;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a key holds. Collections are changed in place, and only by {@link Keyspace}, which drops
 * those that have become empty. Confined to the owner of the keyspace.
 */
abstract class Value {
  /** Accounted for a key, and for each element of a collection, besides its bytes. */
  static final int OVERHEAD_BYTES = 64;

  abstract ValueType type();

  /** What counts towards the limits, without the key. */
  abstract long accountedBytes();

  abstract boolean isEmpty();

  /** The same again, independent of this one. */
  abstract Value copy();

  /** All that is in it, in order; names and values of a hash in turn. */
  abstract List<Bytes> parts();

  /** What {@link #parts} came from. */
  static Value of(ValueType type, List<Bytes> parts) {
    Value value =
        switch (type) {
          case STRING -> new Text(parts.get(0));
          case HASH -> new Hash();
          case LIST -> new Elements();
          case SET -> new Members();
        };
    if (value instanceof Hash hash) {
      for (int i = 0; i + 1 < parts.size(); i += 2) {
        hash.put(parts.get(i), parts.get(i + 1), Undo.NEVER);
      }
    } else if (value instanceof Elements elements) {
      parts.forEach(part -> elements.push(false, part, Undo.NEVER));
    } else if (value instanceof Members members) {
      parts.forEach(part -> members.add(part, Undo.NEVER));
    }
    return value;
  }

  /** A string. Immutable. */
  static final class Text extends Value {
    final Bytes bytes;

    Text(Bytes bytes) {
      this.bytes = bytes;
    }

    @Override
    ValueType type() {
      return ValueType.STRING;
    }

    @Override
    long accountedBytes() {
      return bytes.size();
    }

    @Override
    boolean isEmpty() {
      return false;
    }

    @Override
    Value copy() {
      return this;
    }

    @Override
    List<Bytes> parts() {
      return List.of(bytes);
    }
  }

  static final class Hash extends Value {
    private final Table<Bytes> fields;
    private long accounted;

    Hash() {
      this(new Table<>(), 0);
    }

    private Hash(Table<Bytes> fields, long accounted) {
      this.fields = fields;
      this.accounted = accounted;
    }

    /** To be read only. */
    Table<Bytes> fields() {
      return fields;
    }

    void put(Bytes field, Bytes value, Undo undo) {
      Bytes before = fields.put(field, value, undo);
      account(
          before == null
              ? (long) OVERHEAD_BYTES + field.size() + value.size()
              : (long) value.size() - before.size(),
          undo);
    }

    void remove(Bytes field, Undo undo) {
      Bytes before = fields.remove(field, undo);
      if (before != null) {
        account(-(long) OVERHEAD_BYTES - field.size() - before.size(), undo);
      }
    }

    private void account(long bytes, Undo undo) {
      accounted += bytes;
      undo.add(() -> accounted -= bytes);
    }

    @Override
    ValueType type() {
      return ValueType.HASH;
    }

    @Override
    long accountedBytes() {
      return accounted;
    }

    @Override
    boolean isEmpty() {
      return fields.size() == 0;
    }

    @Override
    Value copy() {
      return new Hash(fields.copy(), accounted);
    }

    @Override
    List<Bytes> parts() {
      var parts = new ArrayList<Bytes>(2 * fields.size());
      for (int i = 0; i < fields.size(); i++) {
        parts.add(fields.nameAt(i));
        parts.add(fields.valueAt(i));
      }
      return parts;
    }
  }

  static final class Members extends Value {
    private final Table<Bytes> members;
    private long accounted;

    Members() {
      this(new Table<>(), 0);
    }

    private Members(Table<Bytes> members, long accounted) {
      this.members = members;
      this.accounted = accounted;
    }

    int size() {
      return members.size();
    }

    boolean contains(Bytes member) {
      return members.contains(member);
    }

    Bytes get(int position) {
      return members.nameAt(position);
    }

    /** To be read only. */
    Table<Bytes> table() {
      return members;
    }

    void add(Bytes member, Undo undo) {
      if (members.put(member, member, undo) == null) {
        account((long) OVERHEAD_BYTES + member.size(), undo);
      }
    }

    void remove(Bytes member, Undo undo) {
      if (members.remove(member, undo) != null) {
        account(-(long) OVERHEAD_BYTES - member.size(), undo);
      }
    }

    private void account(long bytes, Undo undo) {
      accounted += bytes;
      undo.add(() -> accounted -= bytes);
    }

    @Override
    ValueType type() {
      return ValueType.SET;
    }

    @Override
    long accountedBytes() {
      return accounted;
    }

    @Override
    boolean isEmpty() {
      return members.size() == 0;
    }

    @Override
    Value copy() {
      return new Members(members.copy(), accounted);
    }

    @Override
    List<Bytes> parts() {
      var parts = new ArrayList<Bytes>(members.size());
      for (int i = 0; i < members.size(); i++) {
        parts.add(members.nameAt(i));
      }
      return parts;
    }
  }

  /** A list. */
  static final class Elements extends Value {
    private Ring ring = new Ring();
    private long accounted;

    int size() {
      return ring.size();
    }

    Bytes get(int index) {
      return ring.get(index);
    }

    void push(boolean left, Bytes value, Undo undo) {
      if (left) {
        ring.addFirst(value);
        undo.add(() -> ring.removeFirst());
      } else {
        ring.addLast(value);
        undo.add(() -> ring.removeLast());
      }
      account((long) OVERHEAD_BYTES + value.size(), undo);
    }

    void pop(boolean left, Undo undo) {
      Bytes value = left ? ring.removeFirst() : ring.removeLast();
      undo.add(
          () -> {
            if (left) {
              ring.addFirst(value);
            } else {
              ring.addLast(value);
            }
          });
      account(-(long) OVERHEAD_BYTES - value.size(), undo);
    }

    void set(int index, Bytes value, Undo undo) {
      Bytes before = ring.set(index, value);
      undo.add(() -> ring.set(index, before));
      account((long) value.size() - before.size(), undo);
    }

    void insert(int index, Bytes value, Undo undo) {
      ring.insert(index, value);
      undo.add(() -> ring.removeAt(index));
      account((long) OVERHEAD_BYTES + value.size(), undo);
    }

    /** Removes so many elements that are this value, from that end. */
    void removeEqual(Bytes value, int count, boolean fromLeft, Undo undo) {
      Ring before = ring;
      var left = new Ring(); // what stays; the old one is kept as it is, to be put back
      int removed = 0;
      for (int i = 0; i < before.size(); i++) {
        int index = fromLeft ? i : before.size() - 1 - i;
        Bytes element = before.get(index);
        if (removed < count && element.equals(value)) {
          removed++;
        } else if (fromLeft) {
          left.addLast(element);
        } else {
          left.addFirst(element);
        }
      }
      ring = left;
      undo.add(() -> ring = before);
      account(-removed * ((long) OVERHEAD_BYTES + value.size()), undo);
    }

    private void account(long bytes, Undo undo) {
      accounted += bytes;
      undo.add(() -> accounted -= bytes);
    }

    @Override
    ValueType type() {
      return ValueType.LIST;
    }

    @Override
    long accountedBytes() {
      return accounted;
    }

    @Override
    boolean isEmpty() {
      return ring.size() == 0;
    }

    @Override
    Value copy() {
      var copy = new Elements();
      for (int i = 0; i < ring.size(); i++) {
        copy.ring.addLast(ring.get(i));
      }
      copy.accounted = accounted;
      return copy;
    }

    @Override
    List<Bytes> parts() {
      var parts = new ArrayList<Bytes>(ring.size());
      for (int i = 0; i < ring.size(); i++) {
        parts.add(ring.get(i));
      }
      return parts;
    }
  }

  /** The text of a value that is one; null if it is absent. */
  static @Nullable Bytes textOf(@Nullable Value value) {
    return value instanceof Text text ? text.bytes : null;
  }
}
