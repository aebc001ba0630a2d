package io.leasehold.streams.telemetry.spool;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;

/** The keys and values beside the units. Keys begin with a letter for what they are. */
final class StateKeys {
  /** Format and origin. */
  static final byte[] META = {'m'};

  /** Where the units end. */
  static final byte[] TAIL = {'t'};

  static final byte ROUTED = 'r';
  static final byte CURSOR = 'c';
  static final byte STREAM = 's';
  static final byte BATCHES = 'b';

  /** Bytes that units from a position on have lost. */
  static final byte SAVED = 'w';

  private StateKeys() {}

  static byte[] named(byte kind, String name) {
    byte[] utf8 = name.getBytes(UTF_8);
    byte[] key = new byte[utf8.length + 1];
    key[0] = kind;
    System.arraycopy(utf8, 0, key, 1, utf8.length);
    return key;
  }

  static String name(byte[] key) {
    return new String(key, 1, key.length - 1, UTF_8);
  }

  /** The name of a stream has no zero byte, its source may. */
  static byte[] stream(StreamBook.Key key) {
    return named(STREAM, key.stream() + '\0' + key.src());
  }

  static StreamBook.Key stream(byte[] key) {
    String both = name(key);
    int end = both.indexOf('\0');
    return new StreamBook.Key(both.substring(end + 1), both.substring(0, end));
  }

  static byte[] saved(long position) {
    return ByteBuffer.allocate(1 + Long.BYTES).put(SAVED).putLong(position).array();
  }

  static long position(byte[] key) {
    return ByteBuffer.wrap(key, 1, Long.BYTES).getLong();
  }

  static byte[] longs(long... values) {
    ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES);
    for (long each : values) {
      bytes.putLong(each);
    }
    return bytes.array();
  }

  static long[] longs(byte[] value) {
    long[] values = new long[value.length / Long.BYTES];
    ByteBuffer.wrap(value).asLongBuffer().get(values);
    return values;
  }

  /** Whether a key is of this kind. */
  static boolean is(byte[] key, byte kind) {
    return key.length > 0 && key[0] == kind;
  }
}
