package io.leasehold.actors.lock;

import io.leasehold.actors.journal.ByteReader;
import io.leasehold.actors.journal.ByteWriter;
import io.leasehold.domain.lock.EndCause;
import io.leasehold.domain.lock.LeaseRecord;
import io.leasehold.domain.lock.LockChange;
import io.leasehold.domain.lock.LockOperation;
import io.leasehold.domain.lock.Mode;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of lock changes and leases in the journal. What is written here is read by later
 * versions: types and flags are only ever added.
 */
final class LockChangeCodec {
  private static final int GRANTED = 1;
  private static final int UPDATED = 2;
  private static final int ENDED = 3;
  private static final int CONFIRMED = 4;

  private static final int SHARED = 1;
  private static final int REENTRANT = 2;
  private static final int HAS_METADATA = 4;
  private static final int HAS_REQUEST_ID = 8;

  private static final int HAS_REENTRY_ID = 1;
  private static final int HAS_RELEASE_ID = 2;

  private LockChangeCodec() {}

  static void write(ByteWriter out, LockChange change) {
    if (change instanceof LockChange.Granted granted) {
      out.writeByte(GRANTED);
      out.writeString(granted.key());
      writeRequest(out, granted.request());
      out.writeLong(granted.wallDeadlineMillis());
    } else if (change instanceof LockChange.Updated updated) {
      var reentryId = updated.reentryId();
      var releaseId = updated.releaseId();
      out.writeByte(UPDATED);
      out.writeString(updated.key());
      out.writeLong(updated.token());
      out.writeLong(updated.ttlMillis());
      out.writeLong(updated.wallDeadlineMillis());
      out.writeLong(updated.count());
      out.writeByte(
          (reentryId == null ? 0 : HAS_REENTRY_ID) | (releaseId == null ? 0 : HAS_RELEASE_ID));
      writeIfThere(out, reentryId);
      writeIfThere(out, releaseId);
    } else if (change instanceof LockChange.Ended ended) {
      out.writeByte(ENDED);
      out.writeString(ended.key());
      out.writeLong(ended.token());
      out.writeByte(ended.cause().code());
    } else {
      out.writeByte(CONFIRMED);
      out.writeString(change.key());
    }
  }

  static LockChange read(ByteReader in) {
    int type = in.readByte();
    String key = in.readString();
    return switch (type) {
      case GRANTED -> new LockChange.Granted(key, readRequest(in), in.readLong());
      case UPDATED -> readUpdated(in, key);
      case ENDED ->
          new LockChange.Ended(
              key, LockChange.LeaseToken.of(in.readLong()), EndCause.ofCode(in.readByte()));
      case CONFIRMED -> new LockChange.Confirmed(key);
      default ->
          throw new IllegalArgumentException(
              "change of type " + type + ": this version reads 1 to " + CONFIRMED);
    };
  }

  static void writeLease(ByteWriter out, LeaseRecord lease) {
    out.writeLong(lease.token());
    writeRequest(out, lease.request());
    out.writeLong(lease.ttlMillis());
    out.writeLong(lease.wallDeadlineMillis());
    out.writeLong(lease.count());
    writeIds(out, lease.reentryIds());
    writeIds(out, lease.releaseIds());
  }

  static LeaseRecord readLease(ByteReader in) {
    return new LeaseRecord(
        in.readLong(),
        readRequest(in),
        in.readLong(),
        in.readLong(),
        in.readInt(),
        readIds(in),
        readIds(in));
  }

  private static LockChange.Updated readUpdated(ByteReader in, String key) {
    var token = LockChange.LeaseToken.of(in.readLong());
    long ttlMillis = in.readLong();
    long wallDeadlineMillis = in.readLong();
    int count = in.readInt();
    int flags = in.readByte();
    return new LockChange.Updated(
        key,
        token,
        ttlMillis,
        wallDeadlineMillis,
        count,
        (flags & HAS_REENTRY_ID) == 0 ? null : in.readString(),
        (flags & HAS_RELEASE_ID) == 0 ? null : in.readString());
  }

  /** All of a request but its wait. */
  static void writeRequest(ByteWriter out, LockOperation.Acquire request) {
    var metadata = request.metadata();
    var requestId = request.requestId();
    out.writeByte(
        (request.mode() == Mode.SHARED ? SHARED : 0)
            | (request.reentrant() ? REENTRANT : 0)
            | (metadata == null ? 0 : HAS_METADATA)
            | (requestId == null ? 0 : HAS_REQUEST_ID));
    out.writeString(request.owner());
    out.writeLong(request.ttlMillis());
    out.writeLong(request.limit());
    out.writeLong(request.permits());
    writeIfThere(out, metadata);
    writeIfThere(out, requestId);
  }

  static LockOperation.Acquire readRequest(ByteReader in) {
    int flags = in.readByte();
    String owner = in.readString();
    long ttlMillis = in.readLong();
    int limit = in.readInt();
    int permits = in.readInt();
    return new LockOperation.Acquire(
        owner,
        ttlMillis,
        0,
        limit,
        permits,
        (flags & SHARED) == 0 ? Mode.EXCLUSIVE : Mode.SHARED,
        (flags & REENTRANT) != 0,
        (flags & HAS_METADATA) == 0 ? null : in.readString(),
        (flags & HAS_REQUEST_ID) == 0 ? null : in.readString());
  }

  private static void writeIfThere(ByteWriter out, @Nullable String text) {
    if (text != null) {
      out.writeString(text);
    }
  }

  private static void writeIds(ByteWriter out, List<String> ids) {
    out.writeLong(ids.size());
    for (String id : ids) {
      out.writeString(id);
    }
  }

  private static List<String> readIds(ByteReader in) {
    int count = in.readInt();
    if (count == 0) {
      return List.of();
    }
    var ids = new ArrayList<String>();
    for (int i = 0; i < count; i++) {
      ids.add(in.readString());
    }
    return List.copyOf(ids);
  }
}
