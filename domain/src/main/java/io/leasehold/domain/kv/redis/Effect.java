package io.leasehold.domain.kv.redis;

import io.leasehold.domain.kv.Bytes;
import java.util.List;

/**
 * What a command did to a keyspace: nothing in it depends on time or chance, so that the same
 * effects, in order, make the same keyspace of the same beginning, order of its entries included.
 * Keys are there where an effect changes them, and of the right type. All are immutable.
 */
public sealed interface Effect {
  /** Bytes that the strings in it take, and some for itself. */
  long weight();

  private static long weightOf(Bytes key, List<Bytes> strings) {
    long weight = 32L + key.size();
    for (Bytes each : strings) {
      weight += 5L + each.size();
    }
    return weight;
  }

  /** A string under a key, whatever was there; deadline 0 = none. */
  record StringSet(Bytes key, Bytes value, long deadlineMillis) implements Effect {
    @Override
    public long weight() {
      return 32L + key.size() + value.size();
    }
  }

  /** Bytes written into a string, from an offset on; zero bytes fill a gap before it. */
  record StringPatched(Bytes key, int offset, Bytes bytes) implements Effect {
    @Override
    public long weight() {
      return 32L + key.size() + bytes.size();
    }
  }

  /** 0 = it has none any more. */
  record DeadlineSet(Bytes key, long deadlineMillis) implements Effect {
    @Override
    public long weight() {
      return 32L + key.size();
    }
  }

  /**
   * A key is gone.
   *
   * @param expired its deadline had come; false = it was deleted
   */
  record Removed(Bytes key, boolean expired) implements Effect {
    @Override
    public long weight() {
      return 32L + key.size();
    }
  }

  /** Value and deadline moved to another name, whatever was there. */
  record Renamed(Bytes from, Bytes to) implements Effect {
    @Override
    public long weight() {
      return 32L + from.size() + to.size();
    }
  }

  /** Value and deadline are under another name too, whatever was there. */
  record Copied(Bytes from, Bytes to) implements Effect {
    @Override
    public long weight() {
      return 32L + from.size() + to.size();
    }
  }

  /** All keys are gone. */
  record Flushed() implements Effect {
    @Override
    public long weight() {
      return 32;
    }
  }

  /**
   * Fields of a hash, which may come into being.
   *
   * @param pairs names and values in turn
   */
  record FieldsSet(Bytes key, List<Bytes> pairs) implements Effect {
    public FieldsSet {
      pairs = List.copyOf(pairs);
    }

    @Override
    public long weight() {
      return weightOf(key, pairs);
    }
  }

  /** An empty hash is gone, as every empty collection. */
  record FieldsRemoved(Bytes key, List<Bytes> fields) implements Effect {
    public FieldsRemoved {
      fields = List.copyOf(fields);
    }

    @Override
    public long weight() {
      return weightOf(key, fields);
    }
  }

  /** Elements put to an end of a list, one after the other; the list may come into being. */
  record Pushed(Bytes key, boolean left, List<Bytes> values) implements Effect {
    public Pushed {
      values = List.copyOf(values);
    }

    @Override
    public long weight() {
      return weightOf(key, values);
    }
  }

  /** So many elements taken from the ends of a list, together no more than it has. */
  record Popped(Bytes key, int left, int right) implements Effect {
    @Override
    public long weight() {
      return 32L + key.size();
    }
  }

  /** An element of a list overwritten. */
  record ElementSet(Bytes key, int index, Bytes value) implements Effect {
    @Override
    public long weight() {
      return 32L + key.size() + value.size();
    }
  }

  /** A new element of a list, which has this index now. */
  record ElementInserted(Bytes key, int index, Bytes value) implements Effect {
    @Override
    public long weight() {
      return 32L + key.size() + value.size();
    }
  }

  /** The first so many elements that are this value are gone, counted from an end. */
  record ElementsRemoved(Bytes key, int count, boolean fromLeft, Bytes value) implements Effect {
    @Override
    public long weight() {
      return 32L + key.size() + value.size();
    }
  }

  /** Members of a set, which may come into being. */
  record MembersAdded(Bytes key, List<Bytes> members) implements Effect {
    public MembersAdded {
      members = List.copyOf(members);
    }

    @Override
    public long weight() {
      return weightOf(key, members);
    }
  }

  record MembersRemoved(Bytes key, List<Bytes> members) implements Effect {
    public MembersRemoved {
      members = List.copyOf(members);
    }

    @Override
    public long weight() {
      return weightOf(key, members);
    }
  }

  /**
   * What sets come to, under a key, whatever was there; nothing, if that is empty.
   *
   * @param sources absent ones are empty; {@code key} may be among them
   */
  record SetStored(Bytes key, SetOperation operation, List<Bytes> sources) implements Effect {
    public SetStored {
      sources = List.copyOf(sources);
    }

    @Override
    public long weight() {
      return weightOf(key, sources);
    }
  }
}
