package io.leasehold.actors.kv;

import io.leasehold.actors.journal.ByteReader;
import io.leasehold.actors.journal.ByteWriter;
import io.leasehold.actors.kv.redis.ReplyCodec;
import io.leasehold.domain.kv.KvEntry;
import io.leasehold.domain.kv.KvPage;
import io.leasehold.domain.kv.KvResult;
import java.util.ArrayList;
import java.util.List;

/**
 * How answers of shards are written between nodes. Numbers of kinds are only ever added. Confined
 * to its caller.
 */
final class KvAnswerWire {
  private static final int NOT_LOOKED_AT = 0;
  private static final int FOUND = 1;
  private static final int ABSENT = 2;
  private static final int NOT_MODIFIED = 3;
  private static final int STORED = 4;
  private static final int DELETED = 5;
  private static final int TOUCHED = 6;
  private static final int COUNTED = 7;
  private static final int APPLIED = 8;
  private static final int PRECONDITION_FAILED = 9;
  private static final int STALE_FENCE = 10;
  private static final int UNKNOWN_FENCE = 11;
  private static final int CAS_MISMATCH = 12;
  private static final int NOT_AN_INTEGER = 13;
  private static final int OVERFLOW = 14;
  private static final int CONFLICT = 15;
  private static final int STORAGE_FULL = 16;
  private static final int OVERLOADED = 17;
  private static final int UNAVAILABLE = 18;
  private static final int REPLIES = 19;
  private static final int REPLY_BYTES = 20;
  private static final int UNANSWERED = 21;

  private static final int DRAWN = 1;
  private static final int MEASURED = 2;
  private static final int MARKED = 3;
  private static final int FORGOTTEN = 4;
  private static final int FAILED = 5;
  private static final int MOVED = 6;

  private KvAnswerWire() {}

  static void writeResults(ByteWriter out, KvAnswer.Results answer) {
    out.writeLong(answer.results().size());
    for (KvAnswer.Result each : answer.results()) {
      KvResult result = each.result();
      out.writeLong(each.number());
      writeBoolean(out, each.isPart());
      if (result == null) {
        out.writeByte(NOT_LOOKED_AT);
      } else {
        writeResult(out, result);
      }
    }
  }

  static KvAnswer.Results readResults(ByteReader in) {
    int count = in.readInt();
    var results = new ArrayList<KvAnswer.Result>();
    for (int i = 0; i < count; i++) {
      long number = in.readLong();
      boolean isPart = readBoolean(in);
      int kind = in.readByte();
      results.add(
          new KvAnswer.Result(number, kind == NOT_LOOKED_AT ? null : readResult(in, kind), isPart));
    }
    return new KvAnswer.Results(results);
  }

  private static void writeResult(ByteWriter out, KvResult result) {
    if (result instanceof KvResult.Found found) {
      out.writeByte(FOUND);
      KvChangeCodec.writeEntry(out, found.entry());
      out.writeLong(found.ttlMillis());
    } else if (result instanceof KvResult.Absent) {
      out.writeByte(ABSENT);
    } else if (result instanceof KvResult.NotModified same) {
      out.writeByte(NOT_MODIFIED);
      out.writeLong(same.version());
    } else if (result instanceof KvResult.Stored stored) {
      out.writeByte(STORED);
      writeBoolean(out, stored.created());
      out.writeLong(stored.version());
      out.writeLong(stored.expiresAtMillis());
    } else if (result instanceof KvResult.Deleted deleted) {
      out.writeByte(DELETED);
      writeBoolean(out, deleted.existed());
      out.writeLong(deleted.version());
    } else if (result instanceof KvResult.Touched touched) {
      out.writeByte(TOUCHED);
      out.writeLong(touched.version());
      out.writeLong(touched.expiresAtMillis());
    } else if (result instanceof KvResult.Counted counted) {
      out.writeByte(COUNTED);
      writeBoolean(out, counted.created());
      out.writeLong(counted.number());
      out.writeLong(counted.version());
    } else if (result instanceof KvResult.Applied applied) {
      out.writeByte(APPLIED);
      out.writeLong(applied.results().size());
      applied.results().forEach(each -> writeResult(out, each));
      out.writeLong(applied.version());
    } else if (result instanceof KvResult.Replies replies) {
      out.writeByte(REPLIES);
      ReplyCodec.writeAll(out, replies.replies());
    } else if (result instanceof KvResult.ReplyBytes piece) {
      out.writeByte(REPLY_BYTES);
      KvWire.writeBytes(out, piece.bytes());
    } else {
      writeFailure(out, result);
    }
  }

  private static void writeFailure(ByteWriter out, KvResult result) {
    if (result instanceof KvResult.PreconditionFailed failed) {
      out.writeByte(PRECONDITION_FAILED);
      out.writeLong(failed.currentVersion());
    } else if (result instanceof KvResult.StaleFence stale) {
      out.writeByte(STALE_FENCE);
      out.writeLong(stale.newestToken());
    } else if (result instanceof KvResult.UnknownFence) {
      out.writeByte(UNKNOWN_FENCE);
    } else if (result instanceof KvResult.CasMismatch mismatch) {
      out.writeByte(CAS_MISMATCH);
      out.writeLong(mismatch.currentVersion());
    } else if (result instanceof KvResult.NotAnInteger) {
      out.writeByte(NOT_AN_INTEGER);
    } else if (result instanceof KvResult.Overflow) {
      out.writeByte(OVERFLOW);
    } else if (result instanceof KvResult.Conflict conflict) {
      out.writeByte(CONFLICT);
      writeBoolean(out, conflict.inStep());
      out.writeLong(conflict.index());
      out.writeLong(conflict.currentVersion());
      out.writeString(conflict.message());
    } else if (result instanceof KvResult.StorageFull full) {
      out.writeByte(STORAGE_FULL);
      out.writeString(full.scope());
      out.writeLong(full.usedBytes());
      out.writeLong(full.limitBytes());
    } else if (result instanceof KvResult.Overloaded overloaded) {
      out.writeByte(OVERLOADED);
      out.writeString(overloaded.message());
    } else if (result instanceof KvResult.Unavailable unavailable) {
      out.writeByte(UNAVAILABLE);
      out.writeString(unavailable.message());
      writeBoolean(out, unavailable.outcomeUnknown());
    } else if (result instanceof KvResult.Unanswered unanswered) {
      out.writeByte(UNANSWERED);
      out.writeLong(unanswered.waitedMillis());
    }
  }

  private static KvResult readResult(ByteReader in, int kind) {
    return switch (kind) {
      case FOUND -> new KvResult.Found(KvChangeCodec.readEntry(in), in.readLong());
      case ABSENT -> new KvResult.Absent();
      case NOT_MODIFIED -> new KvResult.NotModified(in.readLong());
      case STORED -> new KvResult.Stored(readBoolean(in), in.readLong(), in.readLong());
      case DELETED -> new KvResult.Deleted(readBoolean(in), in.readLong());
      case TOUCHED -> new KvResult.Touched(in.readLong(), in.readLong());
      case COUNTED -> new KvResult.Counted(readBoolean(in), in.readLong(), in.readLong());
      case APPLIED -> new KvResult.Applied(readSteps(in), in.readLong());
      case PRECONDITION_FAILED -> new KvResult.PreconditionFailed(in.readLong());
      case STALE_FENCE -> new KvResult.StaleFence(in.readLong());
      case UNKNOWN_FENCE -> new KvResult.UnknownFence();
      case CAS_MISMATCH -> new KvResult.CasMismatch(in.readLong());
      case NOT_AN_INTEGER -> new KvResult.NotAnInteger();
      case OVERFLOW -> new KvResult.Overflow();
      case CONFLICT ->
          new KvResult.Conflict(readBoolean(in), in.readInt(), in.readLong(), in.readString());
      case STORAGE_FULL -> new KvResult.StorageFull(in.readString(), in.readLong(), in.readLong());
      case OVERLOADED -> new KvResult.Overloaded(in.readString());
      case UNAVAILABLE -> new KvResult.Unavailable(in.readString(), readBoolean(in));
      case REPLIES -> new KvResult.Replies(ReplyCodec.readAll(in));
      case REPLY_BYTES -> new KvResult.ReplyBytes(KvWire.readBytes(in));
      case UNANSWERED -> new KvResult.Unanswered(in.readLong());
      default -> throw KvWire.unknown("result", kind);
    };
  }

  private static List<KvResult> readSteps(ByteReader in) {
    int count = in.readInt();
    var results = new ArrayList<KvResult>();
    for (int i = 0; i < count; i++) {
      results.add(readResult(in, in.readByte()));
    }
    return results;
  }

  static void writeReport(ByteWriter out, KvAnswer.Report report) {
    KvAnswer.Content content = report.content();
    out.writeLong(report.number());
    if (content instanceof KvAnswer.Drawn drawn) {
      out.writeByte(DRAWN);
      out.writeLong(drawn.page().entries().size());
      for (int i = 0; i < drawn.page().entries().size(); i++) {
        KvChangeCodec.writeEntry(out, drawn.page().entries().get(i));
        out.writeLong(drawn.ttlMillis().get(i));
      }
      writeBoolean(out, drawn.page().more());
      out.writeLong(drawn.epoch());
      out.writeLong(drawn.revision());
    } else if (content instanceof KvAnswer.Measured measured) {
      out.writeByte(MEASURED);
      writeStats(out, measured.stats());
    } else if (content instanceof KvAnswer.Marked marked) {
      out.writeByte(MARKED);
      out.writeLong(marked.token());
    } else if (content instanceof KvAnswer.Forgotten forgotten) {
      out.writeByte(FORGOTTEN);
      writeBoolean(out, forgotten.existed());
    } else if (content instanceof KvAnswer.Failed failed) {
      out.writeByte(FAILED);
      writeResult(out, failed.why());
    } else if (content instanceof KvAnswer.Moved) {
      out.writeByte(MOVED);
    }
  }

  static KvAnswer.Report readReport(ByteReader in) {
    long number = in.readLong();
    int kind = in.readByte();
    return new KvAnswer.Report(
        number,
        switch (kind) {
          case DRAWN -> readDrawn(in);
          case MEASURED -> new KvAnswer.Measured(readStats(in));
          case MARKED -> new KvAnswer.Marked(in.readLong());
          case FORGOTTEN -> new KvAnswer.Forgotten(readBoolean(in));
          case FAILED -> new KvAnswer.Failed(readResult(in, in.readByte()));
          case MOVED -> new KvAnswer.Moved();
          default -> throw KvWire.unknown("report", kind);
        });
  }

  private static KvAnswer.Drawn readDrawn(ByteReader in) {
    int count = in.readInt();
    var entries = new ArrayList<KvEntry>();
    var ttls = new ArrayList<Long>();
    for (int i = 0; i < count; i++) {
      entries.add(KvChangeCodec.readEntry(in));
      ttls.add(in.readLong());
    }
    var page = new KvPage(entries, readBoolean(in));
    return new KvAnswer.Drawn(page, ttls, in.readLong(), in.readLong());
  }

  private static void writeStats(ByteWriter out, KvStore.ShardStats stats) {
    out.writeLong(stats.shard());
    out.writeString(stats.node());
    out.writeLong(stats.keys());
    out.writeLong(stats.expiring());
    out.writeLong(stats.bytes());
    out.writeLong(stats.revision());
    out.writeLong(stats.waiting());
    out.writeLong(stats.marks());
    out.writeLong(stats.snapshotBytes());
    out.writeLong(stats.journalBytes());
  }

  private static KvStore.ShardStats readStats(ByteReader in) {
    return new KvStore.ShardStats(
        in.readInt(),
        in.readString(),
        in.readLong(),
        in.readLong(),
        in.readLong(),
        in.readLong(),
        in.readInt(),
        in.readInt(),
        in.readLong(),
        in.readLong());
  }

  static void writeBoolean(ByteWriter out, boolean value) {
    out.writeByte(value ? 1 : 0);
  }

  static boolean readBoolean(ByteReader in) {
    return in.readByte() != 0;
  }
}
