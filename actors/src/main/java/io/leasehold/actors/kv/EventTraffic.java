package io.leasehold.actors.kv;

import io.leasehold.actors.journal.ByteReader;
import io.leasehold.actors.journal.ByteWriter;
import io.leasehold.domain.kv.Bytes;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * What nodes and the shards of embedded instances tell each other for those who listen to an
 * instance, and for those who want to know whether keys were touched. All are immutable.
 */
final class EventTraffic {
  private static final int SAID = 1;
  private static final int RAN = 2;

  private EventTraffic() {}

  /** How many streams of a node want a channel or a pattern. */
  record Wanted(Bytes name, int streams) {}

  /**
   * All that the streams of a node want of an instance. Said anew every few seconds; a newer one
   * takes the place of an older one.
   *
   * @param version higher in each that the node says
   * @param monitors streams that want to know what is run
   */
  record Listen(
      int shard,
      String instance,
      long version,
      List<Wanted> channels,
      List<Wanted> patterns,
      int monitors,
      ActorRef<PartAnswer> replyTo)
      implements PartRequest {
    Listen {
      channels = List.copyOf(channels);
      patterns = List.copyOf(patterns);
    }

    boolean isEmpty() {
      return channels.isEmpty() && patterns.isEmpty() && monitors == 0;
    }
  }

  /** From here on the node is told; {@code owner} is what tells it. */
  record Listening(String instance, long version, ActorRef<KvMessage> owner)
      implements PartAnswer {}

  /** What happened in an instance, oldest first. */
  record Told(String instance, List<Item> items) implements PartAnswer {
    Told {
      items = List.copyOf(items);
    }
  }

  /** The shard moves, or starts again: who wants to be told has to say so again. */
  record Lost(String instance) implements PartAnswer {}

  /** Asks for the versions of keys. */
  record Look(int shard, String instance, List<Bytes> keys, ActorRef<PartAnswer> replyTo)
      implements PartRequest {
    Look {
      keys = List.copyOf(keys);
    }
  }

  /** The versions of the keys that were asked for, in their order. */
  record Seen(List<Long> versions) implements PartAnswer {
    Seen {
      versions = List.copyOf(versions);
    }
  }

  /** Something that happened. */
  sealed interface Item {
    long weight();
  }

  /** A message was published. */
  record Said(Bytes channel, Bytes text) implements Item {
    @Override
    public long weight() {
      return 32L + channel.size() + text.size();
    }
  }

  /** A command was run; the time is in microseconds since 1970. */
  record Ran(long micros, String client, List<Bytes> command) implements Item {
    Ran {
      command = List.copyOf(command);
    }

    @Override
    public long weight() {
      long weight = 64L + client.length();
      for (Bytes each : command) {
        weight += 8L + each.size();
      }
      return weight;
    }
  }

  static void writeWanted(ByteWriter out, List<Wanted> wanted) {
    out.writeLong(wanted.size());
    for (Wanted each : wanted) {
      out.writeBytes(each.name().array());
      out.writeLong(each.streams());
    }
  }

  static List<Wanted> readWanted(ByteReader in) {
    int count = in.readInt();
    var wanted = new ArrayList<Wanted>(Math.min(count, 1_024));
    for (int i = 0; i < count; i++) {
      wanted.add(new Wanted(Bytes.of(in.readBytes()), in.readInt()));
    }
    return wanted;
  }

  static void writeAll(ByteWriter out, List<Bytes> all) {
    out.writeLong(all.size());
    all.forEach(each -> out.writeBytes(each.array()));
  }

  static List<Bytes> readAll(ByteReader in) {
    int count = in.readInt();
    var all = new ArrayList<Bytes>(Math.min(count, 1_024));
    for (int i = 0; i < count; i++) {
      all.add(Bytes.of(in.readBytes()));
    }
    return all;
  }

  static void writeTold(ByteWriter out, Told told) {
    out.writeString(told.instance());
    out.writeLong(told.items().size());
    for (Item item : told.items()) {
      if (item instanceof Said said) {
        out.writeByte(SAID);
        out.writeBytes(said.channel().array());
        out.writeBytes(said.text().array());
      } else if (item instanceof Ran ran) {
        out.writeByte(RAN);
        out.writeLong(ran.micros());
        out.writeString(ran.client());
        writeAll(out, ran.command());
      }
    }
  }

  static Told readTold(ByteReader in) {
    String instance = in.readString();
    int count = in.readInt();
    var items = new ArrayList<Item>(Math.min(count, 1_024));
    for (int i = 0; i < count; i++) {
      int kind = in.readByte();
      items.add(
          switch (kind) {
            case SAID -> new Said(Bytes.of(in.readBytes()), Bytes.of(in.readBytes()));
            case RAN -> new Ran(in.readLong(), in.readString(), readAll(in));
            default ->
                throw new IllegalArgumentException(
                    "event of kind " + kind + ": this version reads " + SAID + " to " + RAN);
          });
    }
    return new Told(instance, items);
  }
}
