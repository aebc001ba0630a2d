package io.leasehold.actors.kv;

import io.leasehold.actors.journal.ByteReader;
import io.leasehold.actors.journal.ByteWriter;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.Condition;
import io.leasehold.domain.kv.Fence;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.Precondition;
import io.leasehold.domain.kv.Ttl;
import java.util.ArrayList;
import java.util.List;

/**
 * How operations are written between nodes. Numbers of kinds are only ever added: members of a
 * cluster may be of two releases for a while. Confined to its caller.
 */
final class KvWire {
  private static final int GET = 1;
  private static final int PUT = 2;
  private static final int DELETE = 3;
  private static final int TOUCH = 4;
  private static final int INCREMENT = 5;
  private static final int COMPARE_AND_SET = 6;
  private static final int TRANSACTION = 7;
  private static final int COMMANDS = 8;

  private static final int HAS_FENCE = 1;
  private static final int HAS_PRECONDITION = 2;
  private static final int HAS_EXPECTED = 4;

  private static final int NO_DEADLINE = 0;
  private static final int KEEP_DEADLINE = 1;
  private static final int DEADLINE_AFTER = 2;

  private KvWire() {}

  static void writeOperation(ByteWriter out, KvOperation operation) {
    out.writeByte(kindOf(operation));
    if (operation instanceof KvOperation.Transaction transaction) {
      writeTransaction(out, transaction);
      return;
    }
    if (operation instanceof KvOperation.Commands commands) {
      writeCommands(out, commands);
      return;
    }
    writeCommon(out, operation);
    if (operation instanceof KvOperation.Put put) {
      writeBytes(out, put.value());
      KvChangeCodec.writeMetadata(out, put.metadata());
      writeTtl(out, put.ttl());
    } else if (operation instanceof KvOperation.Touch touch) {
      writeTtl(out, touch.ttl());
    } else if (operation instanceof KvOperation.Increment increment) {
      out.writeLong(increment.delta());
      out.writeLong(increment.initial());
      writeTtl(out, increment.ttl());
    } else if (operation instanceof KvOperation.CompareAndSet cas) {
      if (cas.expected() != null) {
        writeBytes(out, cas.expected());
      }
      out.writeLong(cas.expectedVersion());
      writeBytes(out, cas.value());
      KvChangeCodec.writeMetadata(out, cas.metadata());
      writeTtl(out, cas.ttl());
    }
  }

  private static int kindOf(KvOperation operation) {
    if (operation instanceof KvOperation.Get) {
      return GET;
    } else if (operation instanceof KvOperation.Put) {
      return PUT;
    } else if (operation instanceof KvOperation.Delete) {
      return DELETE;
    } else if (operation instanceof KvOperation.Touch) {
      return TOUCH;
    } else if (operation instanceof KvOperation.Increment) {
      return INCREMENT;
    } else if (operation instanceof KvOperation.CompareAndSet) {
      return COMPARE_AND_SET;
    } else if (operation instanceof KvOperation.Commands) {
      return COMMANDS;
    }
    return TRANSACTION;
  }

  /** Flags, key, and what of precondition and fence there is. */
  private static void writeCommon(ByteWriter out, KvOperation operation) {
    boolean asks = !operation.precondition().equals(Precondition.NONE);
    Fence fence = operation.fence();
    boolean expects = operation instanceof KvOperation.CompareAndSet cas && cas.expected() != null;
    out.writeByte(
        (fence == null ? 0 : HAS_FENCE)
            | (asks ? HAS_PRECONDITION : 0)
            | (expects ? HAS_EXPECTED : 0));
    writeBytes(out, operation.key());
    if (asks) {
      writeVersions(out, operation.precondition().ifMatch());
      writeVersions(out, operation.precondition().ifNoneMatch());
    }
    if (fence != null) {
      writeFence(out, fence);
    }
  }

  static KvOperation readOperation(ByteReader in) {
    int kind = in.readByte();
    if (kind == TRANSACTION) {
      return readTransaction(in);
    }
    if (kind == COMMANDS) {
      return readCommands(in);
    }
    int flags = in.readByte();
    Bytes key = readBytes(in);
    Precondition asked =
        (flags & HAS_PRECONDITION) == 0
            ? Precondition.NONE
            : new Precondition(readVersions(in), readVersions(in));
    Fence fence = (flags & HAS_FENCE) == 0 ? null : readFence(in);
    return switch (kind) {
      case GET -> new KvOperation.Get(key, asked, fence);
      case PUT ->
          new KvOperation.Put(
              key, readBytes(in), KvChangeCodec.readMetadata(in), readTtl(in), asked, fence);
      case DELETE -> new KvOperation.Delete(key, asked, fence);
      case TOUCH -> new KvOperation.Touch(key, readTtl(in), asked, fence);
      case INCREMENT ->
          new KvOperation.Increment(key, in.readLong(), in.readLong(), readTtl(in), asked, fence);
      case COMPARE_AND_SET ->
          new KvOperation.CompareAndSet(
              key,
              (flags & HAS_EXPECTED) == 0 ? null : readBytes(in),
              in.readLong(),
              readBytes(in),
              KvChangeCodec.readMetadata(in),
              readTtl(in),
              asked,
              fence);
      default -> throw unknown("operation", kind);
    };
  }

  private static void writeTransaction(ByteWriter out, KvOperation.Transaction transaction) {
    Fence fence = transaction.fence();
    out.writeByte(fence == null ? 0 : HAS_FENCE);
    if (fence != null) {
      writeFence(out, fence);
    }
    writeConditions(out, transaction.conditions());
    out.writeLong(transaction.steps().size());
    for (KvOperation.Step step : transaction.steps()) {
      writeOperation(out, step.operation());
      writeConditions(out, step.conditions());
    }
  }

  private static KvOperation readTransaction(ByteReader in) {
    Fence fence = (in.readByte() & HAS_FENCE) == 0 ? null : readFence(in);
    List<Condition> conditions = readConditions(in);
    int count = in.readInt();
    var steps = new ArrayList<KvOperation.Step>();
    for (int i = 0; i < count; i++) {
      steps.add(new KvOperation.Step(readOperation(in), readConditions(in)));
    }
    return new KvOperation.Transaction(conditions, steps, fence);
  }

  private static void writeCommands(ByteWriter out, KvOperation.Commands commands) {
    out.writeString(commands.instance());
    out.writeByte(commands.transaction() ? 1 : 0);
    out.writeLong(commands.maxMemory());
    out.writeString(commands.client());
    out.writeLong(commands.watched().size());
    for (KvOperation.Commands.Watched each : commands.watched()) {
      writeBytes(out, each.key());
      out.writeLong(each.version());
    }
    out.writeLong(commands.commands().size());
    for (List<Bytes> command : commands.commands()) {
      out.writeLong(command.size());
      command.forEach(argument -> writeBytes(out, argument));
    }
  }

  private static KvOperation readCommands(ByteReader in) {
    String instance = in.readString();
    boolean transaction = in.readByte() != 0;
    long maxMemory = in.readLong();
    String client = in.readString();
    int watchedKeys = in.readInt();
    var watched = new ArrayList<KvOperation.Commands.Watched>(Math.min(watchedKeys, 1_024));
    for (int i = 0; i < watchedKeys; i++) {
      watched.add(new KvOperation.Commands.Watched(readBytes(in), in.readLong()));
    }
    int count = in.readInt();
    var commands = new ArrayList<List<Bytes>>(Math.min(count, 1_024));
    for (int i = 0; i < count; i++) {
      int arguments = in.readInt();
      var command = new ArrayList<Bytes>(Math.min(arguments, 1_024));
      for (int j = 0; j < arguments; j++) {
        command.add(readBytes(in));
      }
      commands.add(command);
    }
    return new KvOperation.Commands(instance, commands, transaction, maxMemory, client, watched);
  }

  private static void writeConditions(ByteWriter out, List<Condition> conditions) {
    out.writeLong(conditions.size());
    for (Condition condition : conditions) {
      writeBytes(out, condition.key());
      out.writeString(condition.kind().wireName());
      out.writeLong(condition.version());
      writeBytes(out, condition.value());
    }
  }

  private static List<Condition> readConditions(ByteReader in) {
    int count = in.readInt();
    var conditions = new ArrayList<Condition>();
    for (int i = 0; i < count; i++) {
      conditions.add(
          new Condition(
              readBytes(in), conditionKind(in.readString()), in.readLong(), readBytes(in)));
    }
    return conditions;
  }

  private static Condition.Kind conditionKind(String wireName) {
    for (Condition.Kind kind : Condition.Kind.values()) {
      if (kind.wireName().equals(wireName)) {
        return kind;
      }
    }
    throw new IllegalArgumentException("condition " + wireName + ": unknown to this version");
  }

  private static void writeVersions(ByteWriter out, List<Long> versions) {
    out.writeLong(versions.size());
    versions.forEach(out::writeLong);
  }

  private static List<Long> readVersions(ByteReader in) {
    int count = in.readInt();
    var versions = new ArrayList<Long>();
    for (int i = 0; i < count; i++) {
      versions.add(in.readLong());
    }
    return versions;
  }

  private static void writeFence(ByteWriter out, Fence fence) {
    out.writeString(fence.lock());
    out.writeLong(fence.token());
  }

  private static Fence readFence(ByteReader in) {
    return new Fence(in.readString(), in.readLong());
  }

  private static void writeTtl(ByteWriter out, Ttl ttl) {
    switch (ttl.kind()) {
      case NONE -> out.writeByte(NO_DEADLINE);
      case KEEP -> out.writeByte(KEEP_DEADLINE);
      case AFTER -> {
        out.writeByte(DEADLINE_AFTER);
        out.writeLong(ttl.millis());
      }
    }
  }

  private static Ttl readTtl(ByteReader in) {
    int kind = in.readByte();
    return switch (kind) {
      case NO_DEADLINE -> Ttl.NONE;
      case KEEP_DEADLINE -> Ttl.KEEP;
      case DEADLINE_AFTER -> Ttl.after(in.readLong());
      default -> throw unknown("deadline", kind);
    };
  }

  static void writeBytes(ByteWriter out, Bytes bytes) {
    out.writeBytes(bytes.array());
  }

  static Bytes readBytes(ByteReader in) {
    return Bytes.of(in.readBytes());
  }

  static IllegalArgumentException unknown(String what, int kind) {
    return new IllegalArgumentException(what + " of kind " + kind + ": unknown to this version");
  }
}
