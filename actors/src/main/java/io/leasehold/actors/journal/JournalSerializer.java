package io.leasehold.actors.journal;

import java.io.NotSerializableException;
import java.nio.ByteBuffer;
import org.apache.pekko.serialization.SerializerWithStringManifest;

/**
 * Writes groups and snapshots: a fixed header, then the bytes of their {@link GroupModel}. The
 * manifests are versions of this format; a new format gets a new manifest, and old ones stay
 * readable. Safe for any thread.
 */
public final class JournalSerializer extends SerializerWithStringManifest {
  /** Stored with every row: never changes. */
  public static final int IDENTIFIER = 76_500_001;

  private static final String GROUP_1 = "group.1";
  private static final String SNAPSHOT_1 = "snapshot.1";

  @Override
  public int identifier() {
    return IDENTIFIER;
  }

  @Override
  public String manifest(Object stored) {
    return stored instanceof GroupEvent ? GROUP_1 : SNAPSHOT_1;
  }

  @Override
  public byte[] toBinary(Object stored) {
    if (stored instanceof GroupEvent group) {
      return ByteBuffer.allocate(Long.BYTES + Integer.BYTES + group.bytes().length)
          .putLong(group.firstNumber())
          .putInt(group.count())
          .put(group.bytes())
          .array();
    }
    if (stored instanceof GroupSnapshot snapshot) {
      return ByteBuffer.allocate(Long.BYTES + snapshot.image().length)
          .putLong(snapshot.lastNumber())
          .put(snapshot.image())
          .array();
    }
    throw new IllegalArgumentException(stored.getClass() + ": not written by the journal");
  }

  @Override
  public Object fromBinary(byte[] stored, String manifest) throws NotSerializableException {
    ByteBuffer in = ByteBuffer.wrap(stored);
    switch (manifest) {
      case GROUP_1 -> {
        long firstNumber = in.getLong();
        int count = in.getInt();
        return new GroupEvent(firstNumber, count, rest(in), null);
      }
      case SNAPSHOT_1 -> {
        return new GroupSnapshot(in.getLong(), rest(in));
      }
      default ->
          throw new NotSerializableException(
              "manifest " + manifest + ": this version reads " + GROUP_1 + " and " + SNAPSHOT_1);
    }
  }

  private static byte[] rest(ByteBuffer in) {
    byte[] bytes = new byte[in.remaining()];
    in.get(bytes);
    return bytes;
  }
}
