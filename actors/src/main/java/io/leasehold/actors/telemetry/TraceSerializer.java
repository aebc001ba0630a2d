package io.leasehold.actors.telemetry;

import io.leasehold.actors.cluster.NodeSerializer;
import io.leasehold.actors.journal.ByteReader;
import io.leasehold.actors.journal.ByteWriter;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.ExtendedActorSystem;

/** The bytes of what nodes tell each other of traces. Safe for any thread. */
public final class TraceSerializer extends NodeSerializer {
  private static final int IDENTIFIER = 76_500_011;
  private static final int FRAME = 512;

  /** Made by Pekko. */
  public TraceSerializer(ExtendedActorSystem system) {
    super(system, IDENTIFIER);
    form(
        "r1",
        TraceSlot.Records.class,
        records -> records.lines().length + FRAME,
        (out, records) -> {
          out.writeLong(records.slot());
          out.writeLong(records.number());
          out.writeBytes(records.lines());
          write(out, records.lost());
          writeRef(out, records.replyTo());
        },
        in ->
            new TraceSlot.Records(
                in.readInt(), in.readLong(), in.readBytes(), read(in), this.readRef(in)));
    form(
        "t1",
        TraceSlot.Taken.class,
        (out, taken) -> out.writeLong(taken.number()),
        in -> new TraceSlot.Taken(in.readLong()));
    form(
        "f1",
        TraceSlot.Find.class,
        (out, find) -> {
          out.writeLong(find.slot());
          out.writeString(find.tid());
          writeRef(out, find.replyTo());
        },
        in -> new TraceSlot.Find(in.readInt(), in.readString(), this.readRef(in)));
    form(
        "d1",
        TraceSlot.Found.class,
        found -> found.document() == null ? FRAME : found.document().length() + FRAME,
        (out, found) -> out.writeOptional(found.document()),
        in -> new TraceSlot.Found(in.readOptional()));
  }

  private static void write(ByteWriter out, List<String> texts) {
    out.writeLong(texts.size());
    texts.forEach(out::writeString);
  }

  private static List<String> read(ByteReader in) {
    int count = in.readInt();
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      texts.add(in.readString());
    }
    return texts;
  }
}
