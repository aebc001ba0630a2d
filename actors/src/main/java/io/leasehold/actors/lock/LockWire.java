package io.leasehold.actors.lock;

import io.leasehold.actors.journal.ByteReader;
import io.leasehold.actors.journal.ByteWriter;
import io.leasehold.domain.lock.JournalView;
import io.leasehold.domain.lock.LockAnswer;
import io.leasehold.domain.lock.LockCapacity;
import io.leasehold.domain.lock.LockMonitor;
import io.leasehold.domain.lock.LockOperation;
import io.leasehold.domain.lock.LockView;
import io.leasehold.domain.lock.Mode;
import io.leasehold.domain.lock.Refusal;
import java.util.ArrayList;

/**
 * How the parts of messages between nodes are written. Numbers of kinds are only ever added:
 * members of a cluster may be of two releases for a while. Confined to its caller.
 */
final class LockWire {
  private static final int ACQUIRE = 1;
  private static final int RELEASE = 2;
  private static final int EXTEND = 3;
  private static final int GIVE_BACK = 4;
  private static final int EXISTS = 5;
  private static final int VERIFY = 6;
  private static final int INSPECT = 7;
  private static final int CONFIRM = 8;
  private static final int FORCE_RELEASE = 9;

  private static final int GRANTED = 1;
  private static final int EXTENDED = 2;
  private static final int RELEASED = 3;
  private static final int IS_HELD = 4;
  private static final int VERIFIED = 5;
  private static final int INSPECTED = 6;
  private static final int WAIT_CANCELLED = 7;
  private static final int REFUSED = 8;
  private static final int ID_CONFLICT = 9;
  private static final int ANONYMOUS_REENTRY = 10;
  private static final int LIMIT_REACHED = 11;
  private static final int UNAVAILABLE = 12;
  private static final int MOVED = 13;
  private static final int FORCE_RELEASED = 14;

  private LockWire() {}

  static void writeOperation(ByteWriter out, LockOperation operation) {
    if (operation instanceof LockOperation.Acquire acquire) {
      out.writeByte(ACQUIRE);
      writeAcquire(out, acquire);
    } else if (operation instanceof LockOperation.Release release) {
      out.writeByte(RELEASE);
      out.writeOptional(release.owner());
      out.writeLong(release.token());
      out.writeOptional(release.requestId());
    } else if (operation instanceof LockOperation.Extend extend) {
      out.writeByte(EXTEND);
      out.writeOptional(extend.owner());
      out.writeLong(extend.token());
      out.writeLong(extend.ttlMillis());
    } else if (operation instanceof LockOperation.GiveBack giveBack) {
      out.writeByte(GIVE_BACK);
      out.writeLong(giveBack.token());
    } else if (operation instanceof LockOperation.Exists) {
      out.writeByte(EXISTS);
    } else if (operation instanceof LockOperation.Verify verify) {
      out.writeByte(VERIFY);
      out.writeLong(verify.token());
    } else if (operation instanceof LockOperation.Inspect inspect) {
      out.writeByte(INSPECT);
      out.writeLong(inspect.maxHolders());
      out.writeLong(inspect.maxWaiters());
    } else if (operation instanceof LockOperation.Confirm confirm) {
      out.writeByte(CONFIRM);
      writeAcquire(out, confirm.acquire());
      out.writeLong(confirm.waitedMillis());
    } else if (operation instanceof LockOperation.ForceRelease force) {
      out.writeByte(FORCE_RELEASE);
      out.writeLong(force.token());
    }
  }

  static LockOperation readOperation(ByteReader in) {
    int kind = in.readByte();
    return switch (kind) {
      case ACQUIRE -> readAcquire(in);
      case RELEASE ->
          new LockOperation.Release(in.readOptional(), in.readLong(), in.readOptional());
      case EXTEND -> new LockOperation.Extend(in.readOptional(), in.readLong(), in.readLong());
      case GIVE_BACK -> new LockOperation.GiveBack(in.readLong());
      case EXISTS -> LockOperation.Exists.INSTANCE;
      case VERIFY -> new LockOperation.Verify(in.readLong());
      case INSPECT -> new LockOperation.Inspect(in.readInt(), in.readInt());
      case CONFIRM -> new LockOperation.Confirm(readAcquire(in), in.readLong());
      case FORCE_RELEASE -> new LockOperation.ForceRelease(in.readLong());
      default -> throw unknown("operation", kind);
    };
  }

  private static void writeAcquire(ByteWriter out, LockOperation.Acquire acquire) {
    LockChangeCodec.writeRequest(out, acquire);
    out.writeLong(acquire.waitMillis());
  }

  private static LockOperation.Acquire readAcquire(ByteReader in) {
    var request = LockChangeCodec.readRequest(in);
    return new LockOperation.Acquire(
        request.owner(),
        request.ttlMillis(),
        in.readLong(),
        request.limit(),
        request.permits(),
        request.mode(),
        request.reentrant(),
        request.metadata(),
        request.requestId());
  }

  static void writeReplies(ByteWriter out, LockReplies replies) {
    out.writeOptional(replies.node());
    out.writeLong(replies.size());
    for (int i = 0; i < replies.size(); i++) {
      out.writeLong(replies.sequence(i));
      writeAnswer(out, replies.answer(i));
    }
  }

  static LockReplies readReplies(ByteReader in) {
    var replies = new LockReplies(in.readOptional());
    int count = in.readInt();
    for (int i = 0; i < count; i++) {
      replies.add(in.readLong(), readAnswer(in));
    }
    return replies;
  }

  private static void writeAnswer(ByteWriter out, LockAnswer answer) {
    if (answer instanceof LockAnswer.Granted granted) {
      out.writeByte(GRANTED);
      out.writeLong(granted.token());
      out.writeLong(granted.ttlMillis());
      out.writeLong(granted.waitedMillis() + 1); // no wait is -1
      out.writeLong(granted.count());
    } else if (answer instanceof LockAnswer.Extended extended) {
      out.writeByte(EXTENDED);
      out.writeLong(extended.token());
      out.writeLong(extended.ttlMillis());
      out.writeLong(extended.count());
    } else if (answer instanceof LockAnswer.Released released) {
      out.writeByte(RELEASED);
      out.writeLong(released.count());
    } else if (answer instanceof LockAnswer.Exists) {
      out.writeByte(IS_HELD);
    } else if (answer instanceof LockAnswer.Verified verified) {
      out.writeByte(VERIFIED);
      out.writeString(verified.owner());
      out.writeLong(verified.ttlMillis());
    } else if (answer instanceof LockAnswer.Inspected inspected) {
      out.writeByte(INSPECTED);
      writeView(out, inspected.view());
    } else if (answer instanceof LockAnswer.WaitCancelled) {
      out.writeByte(WAIT_CANCELLED);
    } else if (answer instanceof LockAnswer.Refused refused) {
      out.writeByte(REFUSED);
      out.writeString(refused.reason().wire());
      out.writeLong(refused.figure());
    } else if (answer instanceof LockAnswer.IdConflict) {
      out.writeByte(ID_CONFLICT);
    } else if (answer instanceof LockAnswer.AnonymousReentry) {
      out.writeByte(ANONYMOUS_REENTRY);
    } else if (answer instanceof LockAnswer.LimitReached full) {
      out.writeByte(LIMIT_REACHED);
      out.writeByte(full.limit() == LockCapacity.Limit.LOCKS ? 0 : 1);
      out.writeLong(full.used());
      out.writeLong(full.max());
    } else if (answer instanceof LockAnswer.Unavailable unavailable) {
      out.writeByte(UNAVAILABLE);
      out.writeString(unavailable.reason());
      out.writeByte(unavailable.outcomeUnknown() ? 1 : 0);
    } else if (answer instanceof LockAnswer.Moved) {
      out.writeByte(MOVED);
    } else if (answer instanceof LockAnswer.ForceReleased forced) {
      out.writeByte(FORCE_RELEASED);
      out.writeLong(forced.leases().size());
      for (LockAnswer.ForceReleased.Lost lost : forced.leases()) {
        out.writeString(lost.owner());
        out.writeLong(lost.token());
      }
    }
  }

  private static LockAnswer readForceReleased(ByteReader in) {
    var lost = new ArrayList<LockAnswer.ForceReleased.Lost>();
    for (int left = in.readInt(); left > 0; left--) {
      lost.add(new LockAnswer.ForceReleased.Lost(in.readString(), in.readLong()));
    }
    return new LockAnswer.ForceReleased(lost);
  }

  private static LockAnswer readAnswer(ByteReader in) {
    int kind = in.readByte();
    return switch (kind) {
      case GRANTED ->
          new LockAnswer.Granted(in.readLong(), in.readLong(), in.readLong() - 1, in.readInt());
      case EXTENDED -> new LockAnswer.Extended(in.readLong(), in.readLong(), in.readInt());
      case RELEASED -> new LockAnswer.Released(in.readInt());
      case IS_HELD -> LockAnswer.Exists.INSTANCE;
      case VERIFIED -> new LockAnswer.Verified(in.readString(), in.readLong());
      case INSPECTED -> new LockAnswer.Inspected(readView(in));
      case WAIT_CANCELLED -> LockAnswer.WaitCancelled.INSTANCE;
      case REFUSED -> new LockAnswer.Refused(refusalOf(in.readString()), in.readLong());
      case ID_CONFLICT -> LockAnswer.IdConflict.INSTANCE;
      case ANONYMOUS_REENTRY -> LockAnswer.AnonymousReentry.INSTANCE;
      case LIMIT_REACHED ->
          new LockAnswer.LimitReached(
              in.readByte() == 0 ? LockCapacity.Limit.LOCKS : LockCapacity.Limit.MEMORY,
              in.readLong(),
              in.readLong());
      case UNAVAILABLE -> new LockAnswer.Unavailable(in.readString(), in.readByte() != 0);
      case MOVED -> LockAnswer.Moved.INSTANCE;
      case FORCE_RELEASED -> readForceReleased(in);
      default -> throw unknown("answer", kind);
    };
  }

  private static Refusal refusalOf(String wire) {
    for (Refusal refusal : Refusal.values()) {
      if (refusal.wire().equals(wire)) {
        return refusal;
      }
    }
    throw new IllegalArgumentException("refusal " + wire + ": unknown to this version");
  }

  static void writeStatus(ByteWriter out, LockPartition.Status status) {
    JournalView journal = status.journal();
    out.writeLong(status.partition());
    out.writeByte(status.ready() ? 1 : 0);
    out.writeString(status.node());
    out.writeString(journal.id());
    out.writeByte(journal.recovered() ? 1 : 0);
    out.writeLong(journal.waiting());
    out.writeLong(journal.inFlight());
    out.writeLong(journal.lastCommitMillis());
    out.writeLong(journal.inFlightMillis());
    out.writeLong(journal.downMillis());
    out.writeOptional(journal.trouble());
    out.writeLong(journal.groups());
    out.writeLong(journal.changes());
  }

  static LockPartition.Status readStatus(ByteReader in) {
    return new LockPartition.Status(
        in.readInt(),
        in.readByte() != 0,
        in.readString(),
        new JournalView(
            in.readString(),
            in.readByte() != 0,
            in.readInt(),
            in.readInt(),
            in.readLong(),
            in.readLong(),
            in.readLong(),
            in.readOptional(),
            in.readLong(),
            in.readLong()));
  }

  static void writeQuery(ByteWriter out, LockLister.Query query) {
    out.writeString(query.prefix());
    out.writeString(query.after());
    out.writeString(query.state().name());
    out.writeLong(query.limit());
    out.writeLong(query.maxHolders());
    out.writeLong(query.maxWaiters());
  }

  static LockLister.Query readQuery(ByteReader in) {
    return new LockLister.Query(
        in.readString(),
        in.readString(),
        LockMonitor.KeyState.valueOf(in.readString()),
        in.readInt(),
        in.readInt(),
        in.readInt());
  }

  static void writeListed(ByteWriter out, LockLister.Listed listed) {
    out.writeLong(listed.partition());
    out.writeOptional(listed.failure());
    out.writeByte(listed.page().truncated() ? 1 : 0);
    out.writeLong(listed.page().locks().size());
    listed.page().locks().forEach(view -> writeView(out, view));
  }

  static LockLister.Listed readListed(ByteReader in) {
    int partition = in.readInt();
    var failure = in.readOptional();
    boolean truncated = in.readByte() != 0;
    int count = in.readInt();
    var views = new ArrayList<LockView>();
    for (int i = 0; i < count; i++) {
      views.add(readView(in));
    }
    return new LockLister.Listed(partition, new LockMonitor.Page(views, truncated), failure);
  }

  private static void writeView(ByteWriter out, LockView view) {
    out.writeString(view.key());
    writeMode(out, view.mode());
    out.writeLong(view.limit());
    out.writeLong(view.holdersTotal());
    out.writeLong(view.waitersTotal());
    out.writeLong(view.partition());
    out.writeLong(view.holders().size());
    for (LockView.Holder holder : view.holders()) {
      out.writeString(holder.owner());
      out.writeOptional(holder.session());
      out.writeLong(holder.token());
      out.writeLong(holder.permits());
      out.writeLong(holder.count());
      writeMode(out, holder.mode());
      out.writeLong(holder.ttlMillis());
      out.writeLong(holder.heldMillis());
      out.writeOptional(holder.metadata());
    }
    out.writeLong(view.waiters().size());
    for (LockView.Waiter waiter : view.waiters()) {
      out.writeString(waiter.owner());
      out.writeLong(waiter.permits());
      writeMode(out, waiter.mode());
      out.writeLong(waiter.position());
      out.writeLong(waiter.waitedMillis());
      out.writeLong(waiter.waitLeftMillis());
    }
  }

  private static LockView readView(ByteReader in) {
    String key = in.readString();
    Mode mode = readMode(in);
    int limit = in.readInt();
    int holdersTotal = in.readInt();
    int waitersTotal = in.readInt();
    int partition = in.readInt();
    var holders = new ArrayList<LockView.Holder>();
    for (int left = in.readInt(); left > 0; left--) {
      holders.add(
          new LockView.Holder(
              in.readString(),
              in.readOptional(),
              in.readLong(),
              in.readInt(),
              in.readInt(),
              readMode(in),
              in.readLong(),
              in.readLong(),
              in.readOptional()));
    }
    var waiters = new ArrayList<LockView.Waiter>();
    for (int left = in.readInt(); left > 0; left--) {
      waiters.add(
          new LockView.Waiter(
              in.readString(),
              in.readInt(),
              readMode(in),
              in.readInt(),
              in.readLong(),
              in.readLong()));
    }
    return new LockView(key, mode, limit, holders, waiters, holdersTotal, waitersTotal, partition);
  }

  private static void writeMode(ByteWriter out, Mode mode) {
    out.writeByte(mode == Mode.SHARED ? 1 : 0);
  }

  private static Mode readMode(ByteReader in) {
    return in.readByte() == 0 ? Mode.EXCLUSIVE : Mode.SHARED;
  }

  private static IllegalArgumentException unknown(String what, int kind) {
    return new IllegalArgumentException(what + " of kind " + kind + ": unknown to this version");
  }
}
