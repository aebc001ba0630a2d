package io.leasehold.actors.kv;

import io.leasehold.actors.cluster.NodeSerializer;
import io.leasehold.actors.journal.ByteReader;
import io.leasehold.actors.journal.ByteWriter;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvListing;
import java.util.ArrayList;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * The bytes of what travels between nodes: requests to shards, and what they answer. Safe for any
 * thread.
 */
public final class KvMessageSerializer extends NodeSerializer {
  private static final int IDENTIFIER = 76_500_003;

  private static final int PAGE = 1;
  private static final int MEASURE = 2;
  private static final int MARK_OF = 3;
  private static final int FORGET = 4;

  /** Made by Pekko. */
  public KvMessageSerializer(ExtendedActorSystem system) {
    super(system, IDENTIFIER);
    form("r1", KvShard.Run.class, KvMessageSerializer::bytes, this::write, this::readRun);
    form("a1", KvShard.Ask.class, this::write, this::readAsk);
    form(
        "w1",
        KvShard.Wake.class,
        (out, wake) -> {
          out.writeLong(wake.shard());
          writeRef(out, wake.replyTo());
        },
        in -> new KvShard.Wake(in.readInt(), this.readRef(in)));
    form(
        "s1",
        KvShard.Status.class,
        (out, status) -> {
          out.writeLong(status.shard());
          writeFlag(out, status.ready());
          out.writeString(status.node());
        },
        in -> new KvShard.Status(in.readInt(), readFlag(in), in.readString()));
    form("e1", KvAnswer.Results.class, KvAnswerWire::writeResults, KvAnswerWire::readResults);
    form("p1", KvAnswer.Report.class, KvAnswerWire::writeReport, KvAnswerWire::readReport);
  }

  private static int bytes(KvShard.Run run) {
    long weight = 256;
    for (KvShard.Request request : run.requests()) {
      weight += 64 + request.operation().weight();
    }
    return (int) weight;
  }

  private void write(ByteWriter out, KvShard.Run run) {
    out.writeLong(run.shard());
    out.writeString(run.correlationId());
    writeFlag(out, run.stale());
    writeRef(out, run.replyTo());
    out.writeLong(run.requests().size());
    for (KvShard.Request request : run.requests()) {
      out.writeLong(request.number());
      KvWire.writeOperation(out, request.operation());
    }
  }

  private void write(ByteWriter out, KvShard.Ask ask) {
    out.writeLong(ask.shard());
    out.writeLong(ask.number());
    writeFlag(out, ask.stale());
    writeRef(out, ask.replyTo());
    KvShard.Question question = ask.question();
    if (question instanceof KvShard.Page page) {
      out.writeByte(PAGE);
      KvListing.Query query = page.query();
      Bytes behind = query.behind();
      KvWire.writeBytes(out, query.prefix());
      writeFlag(out, behind != null);
      KvWire.writeBytes(out, behind == null ? Bytes.EMPTY : behind);
      out.writeLong(query.limit());
      out.writeLong(query.maxBytes());
      writeFlag(out, query.keysOnly());
    } else if (question instanceof KvShard.Measure) {
      out.writeByte(MEASURE);
    } else if (question instanceof KvShard.MarkOf mark) {
      out.writeByte(MARK_OF);
      out.writeString(mark.lock());
    } else if (question instanceof KvShard.Forget forget) {
      out.writeByte(FORGET);
      out.writeString(forget.lock());
    }
  }

  private KvShard.Run readRun(ByteReader in) {
    int shard = in.readInt();
    String correlationId = in.readString();
    boolean stale = readFlag(in);
    ActorRef<KvAnswer> replyTo = readRef(in);
    int count = in.readInt();
    var requests = new ArrayList<KvShard.Request>();
    for (int i = 0; i < count; i++) {
      requests.add(new KvShard.Request(in.readLong(), KvWire.readOperation(in)));
    }
    return new KvShard.Run(shard, correlationId, stale, requests, replyTo);
  }

  private KvShard.Ask readAsk(ByteReader in) {
    int shard = in.readInt();
    long number = in.readLong();
    boolean stale = readFlag(in);
    ActorRef<KvAnswer> replyTo = readRef(in);
    return new KvShard.Ask(shard, number, stale, readQuestion(in), replyTo);
  }

  private static KvShard.Question readQuestion(ByteReader in) {
    int kind = in.readByte();
    return switch (kind) {
      case PAGE -> {
        Bytes prefix = KvWire.readBytes(in);
        boolean hasBehind = readFlag(in);
        Bytes behind = KvWire.readBytes(in);
        yield new KvShard.Page(
            new KvListing.Query(
                prefix, hasBehind ? behind : null, in.readInt(), in.readLong(), readFlag(in)));
      }
      case MEASURE -> new KvShard.Measure();
      case MARK_OF -> new KvShard.MarkOf(in.readString());
      case FORGET -> new KvShard.Forget(in.readString());
      default -> throw KvWire.unknown("question", kind);
    };
  }
}
