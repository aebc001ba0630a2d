package io.leasehold.actors.socket;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection of a loop: reads when it is asked to, sends at the end of each turn what was
 * written in it. Holds no buffer while there is nothing to send. Confined to the thread of its
 * loop.
 *
 * <p>It ends in one of two ways: {@link #finish} sends what was written, tells the peer that there
 * is no more, and waits a second for its end, so that the answer is not lost to a reset; {@link
 * #abort} resets. A peer that takes nothing for the unread time-out is aborted, and earlier if too
 * much is held for it and others ({@link UnreadBytes}).
 */
final class LoopSocket implements SocketLoop.Watched {
  /** Told what happens to a socket. Called in the thread of the loop, between the turns. */
  interface Owner {
    /** There is something to {@link LoopSocket#read}; told once, until it is read. */
    void readable();

    /** There is room again, after {@link LoopSocket#write} has said that there is none. */
    void writable();

    /** The connection is gone; the socket has been closed. */
    void failed(IOException cause);
  }

  /** What is written while so much is unsent has to wait. */
  static final int MAX_UNSENT_BYTES = 64 * 1_024;

  /** Sockets of a loop that may wait for the end of their peer. */
  static final int MAX_LINGERING = 1_024;

  private static final Logger LOG = LoggerFactory.getLogger(LoopSocket.class);
  private static final Duration LINGER = Duration.ofSeconds(1);

  /** Of one socket in one turn: the others want theirs. */
  private static final int MAX_SENT_A_TURN = 1 << 20;

  private static final byte[] NONE = {};

  private final SocketLoop loop;
  private final SocketChannel channel;
  private final SelectionKey key;
  private final Duration unreadTimeout;
  private final Runnable onClosed;
  private final ArrayDeque<byte[]> unsent = new ArrayDeque<>(2);
  private int firstSent;
  private long unsentBytes;
  private long sentBytes;
  private int interest;
  private @Nullable Owner owner;
  private boolean flushes;
  private boolean toldReadable;
  private boolean full;
  private boolean stallWatched;
  private boolean holdsMuch;
  private boolean inputEnded;
  private boolean finishing;
  private boolean outputEnded;
  private boolean lingering;
  private boolean closed;

  /**
   * Takes over a connected channel.
   *
   * @param unreadTimeout for so long a peer may take nothing of what there is to send
   * @param onClosed run once, when the channel has been closed; must return at once
   */
  LoopSocket(SocketLoop loop, SocketChannel channel, Duration unreadTimeout, Runnable onClosed)
      throws IOException {
    this.loop = loop;
    this.channel = channel;
    this.unreadTimeout = unreadTimeout;
    this.onClosed = onClosed;
    channel.configureBlocking(false);
    this.key = loop.register(channel, 0, this);
    loop.opened();
  }

  void ownedBy(Owner newOwner) {
    owner = newOwner;
  }

  /** The owner is gone: the connection ends, in order if {@link #finish} was called. */
  void disown() {
    owner = null;
    if (finishing) {
      endIfNobodyReads();
    } else {
      abort();
    }
  }

  boolean isClosed() {
    return closed;
  }

  /** The peer has sent everything. */
  boolean isInputEnded() {
    return inputEnded;
  }

  /** Has {@link Owner#readable} called as long as there is something to read. */
  void wantInput(boolean wanted) {
    interest(SelectionKey.OP_READ, wanted && !inputEnded);
  }

  /** What is there is not read now. */
  void leaveInput() {
    toldReadable = false;
    wantInput(false);
  }

  /** One chunk, empty if there is none now or none will come. */
  byte[] read() throws IOException {
    toldReadable = false;
    if (closed || inputEnded) {
      return NONE;
    }
    ByteBuffer buffer = loop.buffer();
    int size = channel.read(buffer);
    if (size < 0) {
      inputEnded = true;
      wantInput(false);
    }
    if (size <= 0) {
      return NONE;
    }
    byte[] chunk = new byte[size];
    buffer.flip().get(chunk);
    return chunk;
  }

  /**
   * Sends the bytes at the end of this turn. They must not be changed.
   *
   * @return false if nothing more is to be written before {@link Owner#writable}
   */
  boolean write(byte[] bytes) {
    if (closed || finishing || bytes.length == 0) {
      return !full;
    }
    unsent.add(bytes);
    unsentBytes += bytes.length;
    flushAtEndOfTurn();
    full = isStalled() || unsentBytes >= MAX_UNSENT_BYTES;
    if (isStalled()) {
      tellWhatIsHeld(false); // else it is seen at the end of the turn what is
    }
    return !full;
  }

  /**
   * No more will be written: ends the connection in order, as soon as everything is sent. Input is
   * read on while the owner wants it.
   */
  void finish() {
    if (!finishing && !closed) {
      finishing = true;
      flushAtEndOfTurn();
    }
  }

  /** Ends the connection at once; the peer sees a reset. */
  void abort() {
    if (!closed) {
      try {
        if (channel.supportedOptions().contains(StandardSocketOptions.SO_LINGER)) {
          channel.setOption(StandardSocketOptions.SO_LINGER, 0); // not of a socket in a file system
        }
      } catch (IOException e) {
        LOG.debug("no reset for a socket that is being closed: {}", String.valueOf(e.getMessage()));
      }
      close();
    }
  }

  private void flushAtEndOfTurn() {
    if (!flushes && !isStalled()) {
      flushes = true;
      loop.flushLater(this);
    }
  }

  /** The system takes no more; it will say when. */
  private boolean isStalled() {
    return (interest & SelectionKey.OP_WRITE) != 0;
  }

  @Override
  public void ready(int ops) {
    if ((ops & SelectionKey.OP_WRITE) != 0) {
      flush();
    }
    if ((ops & SelectionKey.OP_READ) != 0 && !closed) {
      if (lingering) {
        discardInput();
      } else if (!toldReadable && owner != null) {
        toldReadable = true;
        owner.readable();
      }
    }
  }

  @Override
  public void failed(Throwable failure) {
    gone(new IOException("the connection failed: " + failure, failure));
  }

  /** Sends what there is to send, as far as the system takes it. */
  void flush() {
    flushes = false;
    if (closed) {
      return;
    }
    long before = sentBytes;
    try {
      send();
    } catch (IOException e) {
      gone(e);
      return;
    }
    interest(SelectionKey.OP_WRITE, unsentBytes > 0);
    tellWhatIsHeld(sentBytes > before);
    if (closed) {
      return; // too much is held, and this was the slowest
    }
    if (unsentBytes > 0) {
      watchStall();
      return;
    }
    if (full) {
      full = false;
      if (owner != null && !finishing) {
        owner.writable();
      }
    }
    if (finishing) {
      endOutput();
    }
  }

  private void send() throws IOException {
    int left = MAX_SENT_A_TURN;
    while (unsentBytes > 0 && left > 0) {
      ByteBuffer buffer = loop.buffer();
      int from = firstSent;
      for (byte[] each : unsent) {
        buffer.put(each, from, Math.min(buffer.remaining(), each.length - from));
        from = 0;
        if (!buffer.hasRemaining()) {
          break;
        }
      }
      int size = channel.write(buffer.flip());
      sent(size);
      left -= size;
      if (buffer.hasRemaining()) {
        return;
      }
    }
  }

  private void sent(int size) {
    unsentBytes -= size;
    sentBytes += size;
    int left = firstSent + size;
    while (!unsent.isEmpty() && left >= unsent.peek().length) {
      left -= unsent.poll().length;
    }
    firstSent = left;
  }

  private void tellWhatIsHeld(boolean taken) {
    if (unsentBytes > MAX_UNSENT_BYTES) {
      holdsMuch = true;
      loop.unread().holds(this, unsentBytes, taken);
    } else if (holdsMuch) {
      holdsMuch = false;
      loop.unread().holdsLittle(this);
    }
  }

  private void watchStall() {
    if (stallWatched) {
      return;
    }
    stallWatched = true;
    long before = sentBytes;
    loop.schedule(
        unreadTimeout,
        () -> {
          stallWatched = false;
          if (closed || unsentBytes == 0) {
            return;
          }
          if (sentBytes > before) {
            watchStall();
            return;
          }
          String what = unsentBytes + " bytes of answers were not read for ";
          gone(new SocketTimeoutException(what + unreadTimeout.toSeconds() + " s"));
        });
  }

  private void endOutput() {
    if (outputEnded) {
      return;
    }
    outputEnded = true;
    try {
      channel.shutdownOutput();
    } catch (IOException e) {
      gone(e);
      return;
    }
    endIfNobodyReads();
  }

  /** When everything is sent and nobody wants what comes, only the end of the peer is missing. */
  private void endIfNobodyReads() {
    if (closed || lingering || !outputEnded || owner != null) {
      return;
    }
    if (inputEnded || !loop.mayLinger()) {
      discardInput(); // what has come and was not read would make a reset of the end
      close();
      return;
    }
    lingering = true;
    interest(SelectionKey.OP_READ, true);
    loop.schedule(LINGER, this::endLinger);
  }

  /** Closes if it only waits for the end of its peer. */
  void endLinger() {
    if (lingering) {
      close();
    }
  }

  private void discardInput() {
    try {
      if (!inputEnded && channel.read(loop.buffer()) < 0) {
        close();
      }
    } catch (IOException e) {
      close();
    }
  }

  /** Ends the connection, and tells its owner why. */
  void gone(IOException cause) {
    if (closed) {
      return;
    }
    abort();
    if (owner != null) {
      owner.failed(cause);
    }
  }

  private void interest(int op, boolean wanted) {
    int next = wanted ? interest | op : interest & ~op;
    if (next != interest && !closed) {
      interest = next;
      key.interestOps(next);
    }
  }

  private void close() {
    if (!closed) {
      closed = true;
      unsent.clear();
      unsentBytes = 0;
      if (lingering) {
        lingering = false;
        loop.lingered();
      }
      SocketLoop.closeQuietly(channel);
      loop.closed();
      tellWhatIsHeld(false);
      onClosed.run();
    }
  }
}
