package io.leasehold.actors.dashboard;

import io.leasehold.actors.journal.ByteReader;
import io.leasehold.actors.journal.ByteWriter;
import io.leasehold.domain.health.alert.Alert;
import io.leasehold.domain.health.alert.Alerts;
import io.leasehold.domain.health.alert.Severity;
import java.io.NotSerializableException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.TreeMap;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/**
 * The bytes of what nodes tell each other for their dashboards. A manifest names one form of one
 * message; a new form gets a new manifest. Safe for any thread.
 */
public final class PartSerializer extends SerializerWithStringManifest {
  /** On the wire between nodes: never changes. */
  public static final int IDENTIFIER = 76_500_011;

  private static final String ASK = "a1";
  private static final String PART = "p1";

  /** Of each list of alerts: a part stays below the limit of a frame. */
  private static final int MAX_ALERTS = 50;

  private final ActorRefResolver refs;

  /** Made by Pekko. */
  public PartSerializer(ExtendedActorSystem system) {
    this.refs = ActorRefResolver.get(Adapter.toTyped(system));
  }

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object message) {
    if (message instanceof PartMessage.Ask) {
      return ASK;
    } else if (message instanceof NodePart) {
      return PART;
    }
    throw new IllegalArgumentException(message.getClass().getName() + ": stays on its node");
  }

  @Override
  public byte[] toBinary(Object message) {
    var out = new ByteWriter(1_024);
    if (message instanceof PartMessage.Ask ask) {
      out.writeString(refs.toSerializationFormat(ask.replyTo()));
    } else if (message instanceof NodePart part) {
      writePart(out, part);
    } else {
      throw new IllegalArgumentException(message.getClass().getName() + ": stays on its node");
    }
    return out.toByteArray();
  }

  @Override
  public Object fromBinary(byte[] bytes, String manifest) throws NotSerializableException {
    var in = new ByteReader(bytes);
    return switch (manifest) {
      case ASK -> new PartMessage.Ask(refs.resolveActorRef(in.readString()));
      case PART -> readPart(in);
      default ->
          throw new NotSerializableException(
              "manifest " + manifest + ": unknown to this version, it is of a newer one");
    };
  }

  private static void writePart(ByteWriter out, NodePart part) {
    out.writeString(part.node());
    out.writeLong(part.held());
    out.writeLong(part.waiting());
    NodeFigures.Rates rates = part.rates();
    for (double each :
        new double[] {
          rates.locksPerSecond(),
          rates.kvPerSecond(),
          rates.receivedPerSecond(),
          rates.deliveredPerSecond(),
          rates.droppedPerSecond(),
          rates.commandsPerSecond(),
          rates.watchers()
        }) {
      writeDouble(out, each);
    }
    writeBuckets(out, rates.lockTimes());
    writeBuckets(out, rates.kvTimes());
    out.writeByte(rates.telemetryRuns() ? 1 : 0);
    out.writeByte(rates.gatewayRuns() ? 1 : 0);
    out.writeLong(rates.backends().size());
    for (NodeFigures.Backend each : rates.backends()) {
      out.writeString(each.name());
      out.writeString(each.state());
      out.writeLong(each.buffer());
    }
    out.writeLong(part.rows().size());
    part.rows().forEach(each -> writeRow(out, each));
    writeAlerts(out, part.alerts().active());
    writeAlerts(out, part.alerts().resolved());
  }

  private static NodePart readPart(ByteReader in) {
    return new NodePart(
        in.readString(),
        in.readLong(),
        in.readLong(),
        readRates(in),
        readRows(in),
        new Alerts(readAlerts(in), readAlerts(in)));
  }

  private static NodeFigures.Rates readRates(ByteReader in) {
    double locks = readDouble(in);
    double kv = readDouble(in);
    double received = readDouble(in);
    double delivered = readDouble(in);
    double dropped = readDouble(in);
    double commands = readDouble(in);
    double watchers = readDouble(in);
    Buckets lockTimes = readBuckets(in);
    Buckets kvTimes = readBuckets(in);
    boolean telemetry = in.readByte() != 0;
    boolean gateway = in.readByte() != 0;
    var backends = new ArrayList<NodeFigures.Backend>();
    for (int left = in.readInt(); left > 0; left--) {
      backends.add(new NodeFigures.Backend(in.readString(), in.readString(), in.readLong()));
    }
    return new NodeFigures.Rates(
        locks, kv, received, delivered, dropped, commands, watchers, lockTimes, kvTimes, telemetry,
        gateway, backends);
  }

  private static void writeBuckets(ByteWriter out, Buckets buckets) {
    out.writeLong(buckets.counts().size());
    buckets
        .counts()
        .forEach(
            (bound, count) -> {
              writeDouble(out, bound);
              writeDouble(out, count);
            });
  }

  private static Buckets readBuckets(ByteReader in) {
    var counts = new TreeMap<Double, Double>();
    for (int left = in.readInt(); left > 0; left--) {
      counts.put(readDouble(in), readDouble(in));
    }
    return new Buckets(counts);
  }

  private static void writeRow(ByteWriter out, LockRow row) {
    out.writeString(row.key());
    out.writeString(row.mode());
    out.writeLong(row.limit());
    out.writeLong(row.holders());
    out.writeLong(row.waiters());
    out.writeString(row.owner());
    out.writeLong(row.token());
    out.writeLong(row.ttlMillis());
    out.writeLong(row.queue().size());
    for (LockRow.Waiting each : row.queue()) {
      out.writeString(each.owner());
      out.writeLong(each.position());
      out.writeLong(each.waitedMillis());
    }
  }

  private static List<LockRow> readRows(ByteReader in) {
    var rows = new ArrayList<LockRow>();
    for (int left = in.readInt(); left > 0; left--) {
      String key = in.readString();
      String mode = in.readString();
      int limit = in.readInt();
      int holders = in.readInt();
      int waiters = in.readInt();
      String owner = in.readString();
      long token = in.readLong();
      long ttlMillis = in.readLong();
      var queue = new ArrayList<LockRow.Waiting>();
      for (int more = in.readInt(); more > 0; more--) {
        queue.add(new LockRow.Waiting(in.readString(), in.readInt(), in.readLong()));
      }
      rows.add(new LockRow(key, mode, limit, holders, waiters, owner, token, ttlMillis, queue));
    }
    return rows;
  }

  private static void writeAlerts(ByteWriter out, List<Alert> alerts) {
    List<Alert> sent = alerts.subList(0, Math.min(alerts.size(), MAX_ALERTS));
    out.writeLong(sent.size());
    for (Alert each : sent) {
      out.writeString(each.name());
      out.writeString(each.severity().name());
      out.writeString(each.title());
      out.writeString(each.description());
      out.writeString(each.source());
      out.writeLong(each.labels().size());
      new TreeMap<>(each.labels())
          .forEach(
              (name, value) -> {
                out.writeString(name);
                out.writeString(value);
              });
      out.writeLong(each.sinceMillis());
      writeDouble(out, each.value());
      writeDouble(out, each.threshold());
      out.writeString(each.node());
      out.writeLong(each.resolvedMillis());
    }
  }

  private static List<Alert> readAlerts(ByteReader in) {
    var alerts = new ArrayList<Alert>();
    for (int left = in.readInt(); left > 0; left--) {
      String name = in.readString();
      Severity severity = Severity.valueOf(in.readString());
      String title = in.readString();
      String description = in.readString();
      String source = in.readString();
      var labels = new HashMap<String, String>();
      for (int more = in.readInt(); more > 0; more--) {
        labels.put(in.readString(), in.readString());
      }
      alerts.add(
          new Alert(
              name,
              severity,
              title,
              description,
              source,
              labels,
              in.readLong(),
              readDouble(in),
              readDouble(in),
              in.readString(),
              in.readLong()));
    }
    return alerts;
  }

  private static void writeDouble(ByteWriter out, double value) {
    out.writeLong(Double.doubleToLongBits(value));
  }

  private static double readDouble(ByteReader in) {
    return Double.longBitsToDouble(in.readLong());
  }
}
