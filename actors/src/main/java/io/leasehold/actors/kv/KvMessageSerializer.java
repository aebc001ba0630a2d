package io.leasehold.actors.kv;

import io.leasehold.actors.journal.ByteReader;
import io.leasehold.actors.journal.ByteWriter;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvListing;
import java.io.NotSerializableException;
import java.util.ArrayList;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/**
 * The bytes of what travels between nodes: requests to shards, and what they answer. A manifest
 * names one form of one message; a new form gets a new manifest, so that nodes of two releases can
 * talk. Safe for any thread.
 */
public final class KvMessageSerializer extends SerializerWithStringManifest {
  /** On the wire between nodes: never changes. */
  public static final int IDENTIFIER = 76_500_003;

  private static final String RUN = "r1";
  private static final String ASK = "a1";
  private static final String WAKE = "w1";
  private static final String STATUS = "s1";
  private static final String RESULTS = "e1";
  private static final String REPORT = "p1";

  private static final int PAGE = 1;
  private static final int MEASURE = 2;
  private static final int MARK_OF = 3;
  private static final int FORGET = 4;

  private final ActorRefResolver refs;

  /** Made by Pekko. */
  public KvMessageSerializer(ExtendedActorSystem system) {
    this.refs = ActorRefResolver.get(Adapter.toTyped(system));
  }

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object message) {
    if (message instanceof KvShard.Run) {
      return RUN;
    } else if (message instanceof KvAnswer.Results) {
      return RESULTS;
    } else if (message instanceof KvShard.Ask) {
      return ASK;
    } else if (message instanceof KvAnswer.Report) {
      return REPORT;
    } else if (message instanceof KvShard.Wake) {
      return WAKE;
    } else if (message instanceof KvShard.Status) {
      return STATUS;
    }
    throw staysHere(message);
  }

  private static IllegalArgumentException staysHere(Object message) {
    return new IllegalArgumentException(message.getClass().getName() + ": stays on its node");
  }

  @Override
  public byte[] toBinary(Object message) {
    if (message instanceof KvShard.Run run) {
      return written(run);
    }
    var out = new ByteWriter(256);
    if (message instanceof KvAnswer.Results results) {
      KvAnswerWire.writeResults(out, results);
    } else if (message instanceof KvShard.Ask ask) {
      write(out, ask);
    } else if (message instanceof KvAnswer.Report report) {
      KvAnswerWire.writeReport(out, report);
    } else if (message instanceof KvShard.Wake wake) {
      out.writeLong(wake.shard());
      writeRef(out, wake.replyTo());
    } else if (message instanceof KvShard.Status status) {
      out.writeLong(status.shard());
      KvAnswerWire.writeBoolean(out, status.ready());
      out.writeString(status.node());
    } else {
      throw staysHere(message);
    }
    return out.toByteArray();
  }

  private byte[] written(KvShard.Run run) {
    long weight = 256;
    for (KvShard.Request request : run.requests()) {
      weight += 64 + request.operation().weight();
    }
    var out = new ByteWriter((int) weight);
    out.writeLong(run.shard());
    out.writeString(run.correlationId());
    KvAnswerWire.writeBoolean(out, run.stale());
    writeRef(out, run.replyTo());
    out.writeLong(run.requests().size());
    for (KvShard.Request request : run.requests()) {
      out.writeLong(request.number());
      KvWire.writeOperation(out, request.operation());
    }
    return out.toByteArray();
  }

  private void write(ByteWriter out, KvShard.Ask ask) {
    out.writeLong(ask.shard());
    out.writeLong(ask.number());
    KvAnswerWire.writeBoolean(out, ask.stale());
    writeRef(out, ask.replyTo());
    KvShard.Question question = ask.question();
    if (question instanceof KvShard.Page page) {
      out.writeByte(PAGE);
      KvListing.Query query = page.query();
      Bytes behind = query.behind();
      KvWire.writeBytes(out, query.prefix());
      KvAnswerWire.writeBoolean(out, behind != null);
      KvWire.writeBytes(out, behind == null ? Bytes.EMPTY : behind);
      out.writeLong(query.limit());
      out.writeLong(query.maxBytes());
      KvAnswerWire.writeBoolean(out, query.keysOnly());
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

  @Override
  public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
    var in = new ByteReader(bytes);
    return switch (manifest) {
      case RUN -> readRun(in);
      case ASK -> readAsk(in);
      case WAKE -> new KvShard.Wake(in.readInt(), this.readRef(in));
      case STATUS ->
          new KvShard.Status(in.readInt(), KvAnswerWire.readBoolean(in), in.readString());
      case RESULTS -> KvAnswerWire.readResults(in);
      case REPORT -> KvAnswerWire.readReport(in);
      default ->
          throw new NotSerializableException(
              "manifest " + manifest + ": unknown to this version, it is of a newer one");
    };
  }

  private KvShard.Run readRun(ByteReader in) {
    int shard = in.readInt();
    String correlationId = in.readString();
    boolean stale = KvAnswerWire.readBoolean(in);
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
    boolean stale = KvAnswerWire.readBoolean(in);
    ActorRef<KvAnswer> replyTo = readRef(in);
    return new KvShard.Ask(shard, number, stale, readQuestion(in), replyTo);
  }

  private static KvShard.Question readQuestion(ByteReader in) {
    int kind = in.readByte();
    return switch (kind) {
      case PAGE -> {
        Bytes prefix = KvWire.readBytes(in);
        boolean hasBehind = KvAnswerWire.readBoolean(in);
        Bytes behind = KvWire.readBytes(in);
        yield new KvShard.Page(
            new KvListing.Query(
                prefix,
                hasBehind ? behind : null,
                in.readInt(),
                in.readLong(),
                KvAnswerWire.readBoolean(in)));
      }
      case MEASURE -> new KvShard.Measure();
      case MARK_OF -> new KvShard.MarkOf(in.readString());
      case FORGET -> new KvShard.Forget(in.readString());
      default -> throw KvWire.unknown("question", kind);
    };
  }

  private void writeRef(ByteWriter out, ActorRef<?> ref) {
    out.writeString(refs.toSerializationFormat(ref));
  }

  private <T> ActorRef<T> readRef(ByteReader in) {
    return refs.resolveActorRef(in.readString());
  }
}
