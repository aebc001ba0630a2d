package io.leasehold.app.fault;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * What all clients of a run asked for and were told. An operation takes 62 bytes, so that millions
 * fit into the heap of a test.
 *
 * <p>Safe for many writers, each of which answers only the operations it added. It is read after
 * the writers have been joined.
 */
final class History {
  static final long SECOND = 1_000_000_000L;
  static final long MILLI = 1_000_000L;

  private static final int CHUNK_BITS = 14;
  private static final int CHUNK = 1 << CHUNK_BITS;
  private static final int MASK = CHUNK - 1;
  private static final Kind[] KINDS = Kind.values();
  private static final Outcome[] OUTCOMES = Outcome.values();

  /** The columns of 16,384 operations. */
  private static final class Chunk {
    final long[] sent = new long[CHUNK];
    final long[] answered = new long[CHUNK];
    final long[] token = new long[CHUNK];
    final long[] queued = new long[CHUNK];
    final int[] request = new int[CHUNK];
    final int[] client = new int[CHUNK];
    final int[] ttl = new int[CHUNK];
    final int[] left = new int[CHUNK];
    final int[] wait = new int[CHUNK];
    final int[] waited = new int[CHUNK];
    final short[] key = new short[CHUNK];
    final short[] permits = new short[CHUNK];
    final byte[] kind = new byte[CHUNK];
    final byte[] outcome = new byte[CHUNK];
  }

  private final List<LockKey> keys;
  private final LongSupplier clock;
  private final List<Chunk> chunks = new ArrayList<>();
  private int size;

  /** On the monotonic clock of this process, from now on. */
  static History starting(List<LockKey> keys) {
    long start = System.nanoTime();
    return new History(keys, () -> System.nanoTime() - start);
  }

  /**
   * @param clock nanoseconds since the start, never negative, never falling
   */
  History(List<LockKey> keys, LongSupplier clock) {
    if (keys.size() > Short.MAX_VALUE) {
      throw new IllegalArgumentException(keys.size() + " keys: at most " + Short.MAX_VALUE);
    }
    this.keys = List.copyOf(keys);
    this.clock = clock;
  }

  List<LockKey> keys() {
    return keys;
  }

  /** Nanoseconds since the start. */
  long now() {
    return clock.getAsLong();
  }

  synchronized int size() {
    return size;
  }

  private synchronized Chunk chunk(int number) {
    return chunks.get(number >> CHUNK_BITS);
  }

  private synchronized int next() {
    if (size == Integer.MAX_VALUE) {
      throw new IllegalStateException("the history is full: " + size + " operations");
    }
    if ((size & MASK) == 0) {
      chunks.add(new Chunk());
    }
    return size++;
  }

  /** Notes an acquire that is about to be sent; returns its number. */
  int acquire(int client, int key, int permits, int ttlMillis, int waitMillis) {
    return add(client, Kind.ACQUIRE, key, permits, 0, ttlMillis, waitMillis, -1);
  }

  /** Notes that an earlier acquire is about to be sent once more under its id. */
  int repeat(int request) {
    Operation first = get(request);
    return add(
        first.client(),
        first.kind(),
        first.key(),
        first.permits(),
        0,
        first.ttlMillis(),
        first.waitMillis(),
        first.request());
  }

  /**
   * Notes a request for a lease that is about to be sent.
   *
   * @param ttlMillis of an extend, else 0
   */
  int onToken(int client, Kind kind, int key, long token, int ttlMillis) {
    return add(client, kind, key, 0, token, ttlMillis, 0, -1);
  }

  int exists(int client, int key) {
    return add(client, Kind.EXISTS, key, 0, 0, 0, 0, -1);
  }

  private int add(
      int client,
      Kind kind,
      int key,
      int permits,
      long token,
      int ttlMillis,
      int waitMillis,
      int request) {
    int number = next();
    Chunk chunk = chunk(number);
    int i = number & MASK;
    chunk.client[i] = client;
    chunk.kind[i] = (byte) kind.ordinal();
    chunk.key[i] = (short) key;
    chunk.permits[i] = (short) permits;
    chunk.token[i] = token;
    chunk.ttl[i] = ttlMillis;
    chunk.wait[i] = waitMillis;
    chunk.request[i] = request < 0 ? number : request;
    chunk.answered[i] = Long.MAX_VALUE;
    chunk.outcome[i] = (byte) Outcome.PENDING.ordinal();
    chunk.sent[i] = now();
    return number;
  }

  /** The end of an operation that brings no token, at this moment. */
  void answered(int number, Outcome outcome) {
    answered(number, outcome, 0, 0, 0);
  }

  /**
   * The end of an operation, at this moment.
   *
   * @param token of a grant; 0 leaves the one that the request named
   */
  void answered(int number, Outcome outcome, long token, int leftMillis, int waitedMillis) {
    long now = now();
    Chunk chunk = chunk(number);
    int i = number & MASK;
    chunk.answered[i] = now;
    chunk.outcome[i] = (byte) outcome.ordinal();
    chunk.left[i] = leftMillis;
    chunk.waited[i] = waitedMillis;
    if (token > 0) {
      chunk.token[i] = token;
    }
  }

  /** The wait stood in the queue before this moment. Only the first time counts. */
  void seenQueued(int number) {
    long now = now();
    Chunk chunk = chunk(number);
    if (chunk.queued[number & MASK] == 0) {
      chunk.queued[number & MASK] = now;
    }
  }

  Operation get(int number) {
    Chunk chunk = chunk(number);
    int i = number & MASK;
    return new Operation(
        number,
        chunk.request[i],
        chunk.client[i],
        KINDS[chunk.kind[i]],
        chunk.key[i],
        chunk.permits[i],
        chunk.sent[i],
        chunk.answered[i],
        OUTCOMES[chunk.outcome[i]],
        chunk.token[i],
        chunk.ttl[i],
        chunk.left[i],
        chunk.wait[i],
        chunk.waited[i],
        chunk.queued[i]);
  }

  /** What happened to one key, in the order of sending. */
  KeyHistory ofKey(int key) {
    var operations = new ArrayList<Operation>();
    int end = size();
    for (int number = 0; number < end; number++) {
      if (chunk(number).key[number & MASK] == key) {
        operations.add(get(number));
      }
    }
    return new KeyHistory(keys.get(key), operations);
  }
}
