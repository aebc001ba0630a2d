package io.leasehold.streams.telemetry;

import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.domain.telemetry.Hello;
import io.leasehold.streams.telemetry.spool.StreamBook;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * What a client has been promised and what it is to be told. Does nothing for one that did not
 * greet, but for the reason why its connection is closed. Confined to its connection.
 */
final class AckSession {
  /** Messages that a client may have unacknowledged. */
  static final int CREDIT = 8_192;

  private final Intake intake;
  private final ClientEntry client;
  private final Runnable replaced;
  private final AckReplies replies = new AckReplies();
  private @Nullable Hello hello;
  private @Nullable StreamBook streams;
  private StreamBook.@Nullable Entry stream;
  private @Nullable String errorCode;
  private String errorWhy = "";
  private long done;

  /**
   * Of a connection that has said nothing yet.
   *
   * @param replaced is run by any thread when a newer connection takes its stream
   */
  AckSession(Intake intake, ConnectionBook.Place place, Runnable replaced) {
    this.intake = intake;
    this.client = place.client();
    this.replaced = replaced;
  }

  /** Takes the stream, if it has one, from the connection before. */
  void claim(Hello asked, StreamBook book) {
    if (!asked.stream().isEmpty()) {
      streams = book;
      stream =
          book.claim(
              new StreamBook.Key(asked.src(), asked.stream()),
              replaced,
              intake.clock().wallMillis());
    }
  }

  /** Answers the greeting; returns the number up to which all is settled. */
  long begin(Hello asked) {
    hello = asked;
    done = Math.max(asked.resume(), stream == null ? 0 : stream.settled());
    client.settled(done);
    replies.greet(done, CREDIT);
    return done;
  }

  boolean isGreeted() {
    return hello != null;
  }

  boolean isDurable() {
    return hello != null && hello.ack() == Hello.Ack.DURABLE;
  }

  /** Of a durable client; null = it has none. */
  StreamBook.@Nullable Entry stream() {
    return stream;
  }

  /** With which the stream was taken. */
  Runnable owner() {
    return replaced;
  }

  void refused(Iterable<ClientNumbers.Refusal> refusals) {
    for (ClientNumbers.Refusal each : refusals) {
      nack(each.number(), each.reason(), false);
    }
  }

  /** Numbers that were not stored and may come again. */
  void notStored(long[] numbers, DropReason why) {
    for (long each : numbers) {
      nack(each, why, true);
    }
  }

  private void nack(long number, DropReason why, boolean retry) {
    intake.traffic().nacks.count(why.ordinal(), 1);
    replies.nack(number, why, retry);
  }

  /** All up to this number is settled. */
  void done(long number) {
    done = Math.max(done, number);
  }

  long done() {
    return done;
  }

  /** Tells what is settled; to be called when nothing of it waits for a target. */
  void acknowledge() {
    if (hello != null) {
      replies.ack(done);
      client.settled(done);
      if (stream != null && !isDurable()) {
        stream.settle(done, intake.clock().wallMillis());
      }
    }
  }

  /** So many messages were acknowledged, this long after they were read. */
  void acknowledged(long receivedNanos, int messages) {
    if (hello != null) {
      intake.traffic().acks.record(0, intake.clock().nanos() - receivedNanos, messages);
    }
  }

  /** Whether it is to send, or to pause. */
  void mayBeRead(boolean may) {
    replies.credit(may ? CREDIT : 0);
  }

  /**
   * The first reason why the connection is closed is the one that is told; no code = nothing is.
   */
  void fail(String code, String why) {
    if (errorCode == null) {
      errorCode = code;
      errorWhy = why;
    }
  }

  boolean hasFailed() {
    return errorCode != null;
  }

  boolean isClogged() {
    return replies.isClogged();
  }

  boolean hasReplies() {
    return !replies.isEmpty();
  }

  ByteString replies() {
    return sent(replies.take());
  }

  /** All that is left to say. */
  ByteString lastWords() {
    if (errorCode != null && !errorCode.isEmpty()) {
      replies.error(errorCode, errorWhy);
    }
    return sent(replies.take());
  }

  private ByteString sent(ByteString words) {
    client.sent(words.size());
    return words;
  }

  /** The connection ends. */
  void release() {
    if (stream != null && streams != null) {
      streams.release(stream, replaced);
    }
  }
}
