package io.leasehold.domain.kv.redis;

import io.leasehold.domain.kv.Bytes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeSet;

/** When keys die, soonest first. Confined to the owner of the keyspace. */
final class Deadlines {
  private record Due(long atMillis, Bytes key) {}

  private final TreeSet<Due> dues =
      new TreeSet<>(Comparator.comparingLong(Due::atMillis).thenComparing(Due::key));

  /** 0 = no deadline, nothing to note. */
  void add(Bytes key, long atMillis) {
    if (atMillis != 0) {
      dues.add(new Due(atMillis, key));
    }
  }

  void remove(Bytes key, long atMillis) {
    if (atMillis != 0) {
      dues.remove(new Due(atMillis, key));
    }
  }

  int size() {
    return dues.size();
  }

  void clear() {
    dues.clear();
  }

  /** 0 = none. */
  long nextMillis() {
    return dues.isEmpty() ? 0 : dues.first().atMillis();
  }

  /** Cost: one step a key that is due. */
  int countDue(long nowMillis) {
    int due = 0;
    for (Due each : dues) {
      if (each.atMillis() > nowMillis) {
        break;
      }
      due++;
    }
    return due;
  }

  /** The first so many keys that are due. */
  List<Bytes> due(long nowMillis, int max) {
    var due = new ArrayList<Bytes>();
    for (Due each : dues) {
      if (each.atMillis() > nowMillis || due.size() == max) {
        break;
      }
      due.add(each.key());
    }
    return due;
  }
}
