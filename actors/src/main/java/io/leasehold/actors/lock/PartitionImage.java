package io.leasehold.actors.lock;

import io.leasehold.actors.journal.ByteReader;
import io.leasehold.actors.journal.ByteWriter;
import io.leasehold.actors.journal.GroupModel;
import io.leasehold.domain.lock.LeaseRecord;
import io.leasehold.domain.lock.LockChange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The live leases of one partition as its journal knows them. A key without a lease has no entry.
 * Confined to one actor.
 */
final class PartitionImage implements GroupModel<LockChange> {

  /** The leases of one key by token, in order of grant. */
  private static final class KeyLeases {
    final int limit;
    final Map<Long, LeaseRecord> byToken = new LinkedHashMap<>(2);

    KeyLeases(int limit) {
      this.limit = limit;
    }
  }

  /**
   * What is stored of one key.
   *
   * @param leases in order of grant; none = the key is free
   */
  record StoredKey(int limit, List<LeaseRecord> leases) {
    private static final StoredKey FREE = new StoredKey(1, List.of());

    boolean isFree() {
      return leases.isEmpty();
    }
  }

  private final Map<String, KeyLeases> keys = new HashMap<>();
  private int leases;

  StoredKey of(String key) {
    KeyLeases stored = keys.get(key);
    return stored == null
        ? StoredKey.FREE
        : new StoredKey(stored.limit, List.copyOf(stored.byToken.values()));
  }

  /** The names of all keys with a lease, a copy. */
  List<String> keys() {
    return new ArrayList<>(keys.keySet());
  }

  @Override
  public void apply(LockChange change) {
    if (change instanceof LockChange.Granted granted) {
      KeyLeases stored = keys.get(change.key());
      if (stored == null) {
        stored = new KeyLeases(granted.request().limit());
        keys.put(change.key(), stored);
      }
      if (stored.byToken.put(change.number(), granted.record()) == null) {
        leases++;
      }
    } else if (change instanceof LockChange.Ended ended) {
      KeyLeases stored = keys.get(change.key());
      if (stored != null && stored.byToken.remove(ended.token()) != null) {
        leases--;
        if (stored.byToken.isEmpty()) {
          keys.remove(change.key());
        }
      }
    } else if (change instanceof LockChange.Updated updated) {
      KeyLeases stored = keys.get(change.key());
      if (stored != null) {
        stored.byToken.computeIfPresent(updated.token(), (token, lease) -> lease.after(updated));
      }
    }
  }

  @Override
  public byte[] encode(long firstNumber, List<LockChange> changes) {
    var out = new ByteWriter(64 * changes.size());
    for (LockChange change : changes) {
      LockChangeCodec.write(out, change);
    }
    return out.toByteArray();
  }

  @Override
  public List<LockChange> decode(long firstNumber, byte[] bytes) {
    var in = new ByteReader(bytes);
    var changes = new ArrayList<LockChange>();
    long number = firstNumber;
    while (!in.isAtEnd()) {
      LockChange change = LockChangeCodec.read(in);
      change.assignNumber(number++);
      changes.add(change);
    }
    return changes;
  }

  @Override
  public byte[] image() {
    var out = new ByteWriter(64 + 128 * leases);
    out.writeLong(keys.size());
    keys.forEach(
        (key, stored) -> {
          out.writeString(key);
          out.writeLong(stored.limit);
          out.writeLong(stored.byToken.size());
          stored.byToken.values().forEach(lease -> LockChangeCodec.writeLease(out, lease));
        });
    return out.toByteArray();
  }

  @Override
  public void load(byte[] image) {
    var in = new ByteReader(image);
    int keyCount = in.readInt();
    for (int i = 0; i < keyCount; i++) {
      String key = in.readString();
      var stored = new KeyLeases(in.readInt());
      int leaseCount = in.readInt();
      for (int j = 0; j < leaseCount; j++) {
        LeaseRecord lease = LockChangeCodec.readLease(in);
        stored.byToken.put(lease.token(), lease);
        leases++;
      }
      keys.put(key, stored);
    }
  }

  @Override
  public PartitionImage copy() {
    var copy = new PartitionImage();
    keys.forEach(
        (key, stored) -> {
          var same = new KeyLeases(stored.limit);
          same.byToken.putAll(stored.byToken);
          copy.keys.put(key, same);
        });
    copy.leases = leases;
    return copy;
  }

  @Override
  public int size() {
    return leases;
  }
}
