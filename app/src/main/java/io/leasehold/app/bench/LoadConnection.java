package io.leasehold.app.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/**
 * One connection of the load: acquires and releases its own keys in turn, with a fixed number of
 * requests in flight. Allocates nothing per request. Confined to its thread.
 */
final class LoadConnection implements AutoCloseable {
  private static final int TTL_SECONDS = 30;

  /** Digits of a key's number at most. */
  private static final int MAX_DIGITS = 7;

  private final SocketChannel channel;
  private final SelectionKey selection;
  private final LoadCounts counts;
  private final int keys;
  private final byte[] acquireHead;
  private final byte[] acquireTail;
  private final byte[] releaseHead;
  private final byte[] releaseTail;
  private final ByteBuffer in = ByteBuffer.allocateDirect(64 * 1024);
  private final ByteBuffer out;
  private final long[] sentNanos;
  private long sent;
  private long answered;
  private int scanned;

  /** Connects; blocks for that. */
  LoadConnection(LoadPlan plan, int number, Selector selector, LoadCounts counts)
      throws IOException {
    this.counts = counts;
    keys = plan.keys();
    sentNanos = new long[plan.pipeline()];
    var key = ",\"key\":\"bench:" + plan.run() + ":" + number + ":";
    var owner = "\",\"owner\":\"bench-" + plan.run() + "-" + number + "\"";
    var end = (plan.apiKey().isEmpty() ? "" : ",\"api_key\":" + quoted(plan.apiKey())) + "}\n";
    acquireHead = ("{\"action\":\"acquire\"" + key).getBytes(US_ASCII);
    acquireTail = (owner + ",\"ttl\":" + TTL_SECONDS + end).getBytes(UTF_8);
    releaseHead = ("{\"action\":\"release\"" + key).getBytes(US_ASCII);
    releaseTail = (owner + end).getBytes(UTF_8);
    int longest = acquireHead.length + MAX_DIGITS + acquireTail.length;
    out = ByteBuffer.allocateDirect(plan.pipeline() * longest);
    channel = SocketChannel.open(new InetSocketAddress(plan.host(), plan.port()));
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.configureBlocking(false);
    selection = channel.register(selector, SelectionKey.OP_READ, this);
  }

  private static String quoted(String text) {
    var quoted = new StringBuilder("\"");
    text.chars()
        .forEach(
            c -> {
              if (c < ' ' || c == '"' || c == '\\') {
                quoted.append("\\u00").append(Character.forDigit(c >> 4, 16));
                quoted.append(Character.forDigit(c & 15, 16));
              } else {
                quoted.append((char) c);
              }
            });
    return quoted.append('"').toString();
  }

  /** Sends the first requests, as many as stay in flight. */
  void start(long nowNanos) throws IOException {
    for (int i = 0; i < sentNanos.length; i++) {
      enqueue(nowNanos);
    }
    flush();
  }

  /**
   * Takes in what has arrived and sends as much again.
   *
   * @param isMeasured the answers count
   * @param isEnding only what gives back the last acquire is sent
   */
  void onReady(long nowNanos, boolean isMeasured, boolean isEnding) throws IOException {
    if (selection.isReadable()) {
      if (channel.read(in) < 0) {
        throw new EOFException("closed by the server with " + inFlight() + " requests in flight");
      }
      takeLines(nowNanos, isMeasured, isEnding);
    }
    flush();
  }

  private void takeLines(long nowNanos, boolean isMeasured, boolean isEnding) throws IOException {
    int start = 0;
    int end = in.position();
    for (int i = scanned; i < end; i++) {
      if (in.get(i) == '\n') {
        takeLine(start, i, nowNanos, isMeasured);
        start = i + 1;
        // After an acquire comes its release, also at the end: no lease stays behind.
        if (!isEnding || sent % 2 == 1) {
          enqueue(nowNanos);
        }
      }
    }
    in.limit(end).position(start);
    in.compact();
    scanned = in.position();
    if (!in.hasRemaining()) {
      throw new IOException("answer exceeds " + in.capacity() + " bytes");
    }
  }

  private void takeLine(int start, int end, long nowNanos, boolean isMeasured) throws IOException {
    if (inFlight() == 0) {
      throw new IOException("an answer came that nothing had asked for");
    }
    switch (Verdict.of(in, start, end, answered % 2 == 0)) {
      case EXPECTED -> {}
      case REFUSED -> counts.refused(in, start, end);
      case ERROR -> counts.failed(in, start, end);
    }
    if (isMeasured) {
      counts.answered(nowNanos - sentNanos[(int) (answered % sentNanos.length)]);
    }
    answered++;
  }

  private void enqueue(long nowNanos) {
    boolean isAcquire = sent % 2 == 0;
    out.put(isAcquire ? acquireHead : releaseHead);
    putNumber((int) (sent / 2 % keys));
    out.put(isAcquire ? acquireTail : releaseTail);
    sentNanos[(int) (sent % sentNanos.length)] = nowNanos;
    sent++;
  }

  private void putNumber(int number) {
    int divisor = 1;
    while (number / divisor >= 10) {
      divisor *= 10;
    }
    for (; divisor > 0; divisor /= 10) {
      out.put((byte) ('0' + number / divisor % 10));
    }
  }

  private void flush() throws IOException {
    if (out.position() > 0) {
      out.flip();
      channel.write(out);
      out.compact();
    }
    int wanted =
        out.position() > 0 ? SelectionKey.OP_READ | SelectionKey.OP_WRITE : SelectionKey.OP_READ;
    if (selection.interestOps() != wanted) {
      selection.interestOps(wanted);
    }
  }

  /** Whether it was told to end and everything is answered. */
  boolean isIdle() {
    return inFlight() == 0;
  }

  private long inFlight() {
    return sent - answered;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
