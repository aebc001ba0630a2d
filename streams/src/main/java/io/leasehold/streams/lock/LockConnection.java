package io.leasehold.streams.lock;

import io.leasehold.actors.lock.LockReplies;
import io.leasehold.actors.socket.ByteStage;
import io.leasehold.streams.lock.wire.LineBuffer;
import io.leasehold.streams.lock.wire.WireError;
import java.time.Duration;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.stage.AbstractInHandler;
import org.apache.pekko.stream.stage.AbstractOutHandler;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.stream.stage.TimerGraphStageLogic;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;
import scala.Tuple2;
import scala.runtime.BoxedUnit;

/**
 * One connection of the lock protocol: chunks of requests in, chunks of answers out.
 *
 * <p>Every line of a chunk is read and sent on at once; every answer that is ready leaves with the
 * next chunk. Knows nothing of where its bytes come from. Reads no more while {@value
 * LockDoor.Rules#MAX_UNANSWERED} requests are unanswered or {@value
 * LockDoor.Rules#MAX_UNSENT_BYTES} bytes of answers are unsent, so a slow client slows only itself.
 */
final class LockConnection extends ByteStage {
  private final LockDoor door;
  private final ConnectionEntry entry;

  /** Made anew for every connection. */
  LockConnection(LockDoor door, ConnectionEntry entry) {
    super("LockConnection");
    this.door = door;
    this.entry = entry;
  }

  @Override
  public GraphStageLogic createLogic(Attributes inherited) {
    return new Logic();
  }

  private final class Logic extends TimerGraphStageLogic {
    private static final String TIMER = "due";
    private static final int INITIAL_BYTES = 512;

    private final LineBuffer unsent = new LineBuffer(INITIAL_BYTES);
    private final LineFeed lines = new LineFeed();
    private @Nullable RequestDesk openDesk;

    /** What the desk writes to; over HTTP it is put around with a head first. */
    private LineBuffer answers = unsent;

    private @Nullable HttpFraming http;
    private boolean sniffed;
    private boolean inputEnded;
    private boolean waitsEnded;
    private boolean closing;
    private boolean drained;

    private final long shortestNanos = door.rules().shortestTimeout().toNanos();
    private boolean timerSet;
    private long timerNanos;
    private long lastReadNanos;
    private long insideLineSinceNanos;
    private boolean insideLine;
    private long unsentSinceNanos;
    private long confirmedNanos;

    Logic() {
      super(shape);
      setHandler(
          in,
          new AbstractInHandler() {
            @Override
            public void onPush() {
              byte[] chunk = grab(in).toArrayUnsafe();
              onChunk(chunk);
            }

            @Override
            public void onUpstreamFinish() {
              onInputEnded();
            }
          });
      setHandler(
          out,
          new AbstractOutHandler() {
            @Override
            public void onPull() {
              unsentSinceNanos = door.clock().nanos();
              advance();
            }
          });
    }

    @Override
    public void preStart() {
      ActorRef self = getStageActor(this::onMessage).ref();
      var later = this.<Runnable>createAsyncCallback(this::run);
      openDesk = new RequestDesk(door, entry, answers, Adapter.toTyped(self), later::invoke);
      entry.wakeWith(() -> later.invoke(() -> {}));
      door.book().enter(entry);
      lastReadNanos = door.clock().nanos();
      confirmedNanos = lastReadNanos;
      pull(in);
      if (door.book().isDraining()) {
        entry.wake();
      }
      if (door.rules().idleTimeout().toNanos() > 0) {
        setTimer(lastReadNanos);
      }
    }

    @Override
    public void postStop() {
      desk().open().connectionGone();
      door.book().leave(entry);
    }

    private RequestDesk desk() {
      if (openDesk == null) {
        throw new IllegalStateException("the connection has not been started");
      }
      return openDesk;
    }

    private BoxedUnit onMessage(Tuple2<ActorRef, Object> message) {
      if (message._2() instanceof LockReplies replies) {
        desk().replies(replies, door.clock().nanos());
        advance();
      }
      return BoxedUnit.UNIT;
    }

    private void run(Runnable something) {
      something.run();
      advance();
    }

    private void onChunk(byte[] chunk) {
      lastReadNanos = door.clock().nanos();
      if (http != null) {
        http.offer(chunk);
      } else {
        lines.offer(chunk);
      }
      readOn(lastReadNanos, chunk.length);
      advance();
    }

    private void onInputEnded() {
      inputEnded = true;
      long now = door.clock().nanos();
      readOn(now, 0);
      advance();
    }

    /** Reads requests for as long as there are any and the connection may have more. */
    private void readOn(long now, int bytes) {
      if (http == null) {
        readLines(now);
      }
      if (http != null) {
        readHttp(http, now);
      }
      noteBegunLine(now);
      desk().flush(now, bytes);
      if (!desk().queue().isEmpty() || insideLine) {
        setTimer(now);
      }
    }

    private void readLines(long now) {
      while (mayRead() && http == null) {
        switch (lines.next()) {
          case LINE -> line(now);
          case TOO_LONG -> {
            sniffed = true;
            desk().refuse(WireError.lineTooLong(), now);
          }
          case NOTHING -> {
            if (inputEnded) {
              readLastLine(now);
            }
            return;
          }
        }
      }
    }

    private void readLastLine(long now) {
      switch (lines.last()) {
        case LINE -> line(now);
        case TOO_LONG -> desk().refuse(WireError.lineTooLong(), now);
        case NOTHING -> {}
      }
    }

    private void line(long now) {
      if (!sniffed && lines.to() > lines.from()) {
        if (HttpFraming.isRequestLine(lines.bytes(), lines.from(), lines.to())) {
          switchToHttp();
          return;
        }
        sniffed = !LineFeed.isBlank(lines.bytes(), lines.from(), lines.to());
      }
      desk().request(lines.bytes(), lines.from(), lines.to(), now);
      closing |= desk().isGuessing();
    }

    private void switchToHttp() {
      int length = lines.to() - lines.from();
      byte[] head = new byte[length + 2];
      System.arraycopy(lines.bytes(), lines.from(), head, 0, length);
      head[length] = '\r';
      head[length + 1] = '\n';
      var framing = new HttpFraming();
      framing.offer(head);
      framing.offer(lines.takeRest());
      http = framing;
      answers = new LineBuffer(INITIAL_BYTES);
      desk().queue().writeTo(answers);
    }

    private void readHttp(HttpFraming framing, long now) {
      while (!closing && desk().queue().isEmpty() && answers.isEmpty()) {
        switch (framing.next()) {
          case NOTHING -> {
            return;
          }
          case CONTINUE -> unsent.append(HttpFraming.continueLine());
          case ERROR -> {
            desk().overHttp(null);
            desk().refuse(framing.error(), now);
          }
          case REQUEST -> {
            desk().overHttp(framing.apiKey());
            byte[] body = framing.body();
            if (LineFeed.isBlank(body, 0, body.length)) {
              desk().refuse(WireError.emptyBody(), now);
            } else {
              desk().request(body, 0, body.length, now);
            }
          }
        }
        respond(framing);
      }
    }

    private void respond(HttpFraming framing) {
      if (!answers.isEmpty()) {
        framing.respond(unsent, desk().lastHttpStatus(), answers);
        closing |= framing.closesAfterAnswer() || desk().isGuessing();
      }
    }

    private boolean mayRead() {
      return !closing && desk().hasRoom() && unsent.size() < LockDoor.Rules.MAX_UNSENT_BYTES;
    }

    /** Whether there is a place for another chunk. */
    private boolean hasRoom() {
      return lines.isUsedUp() && (http == null || !http.isFull());
    }

    private void noteBegunLine(long now) {
      boolean begun = http != null ? http.isInsideRequest() : lines.isInsideLine();
      if (begun && !insideLine) {
        insideLineSinceNanos = now;
      }
      insideLine = begun && !inputEnded;
    }

    /** After anything that happened: answers leave, reading goes on, or the connection ends. */
    private void advance() {
      if (http != null) {
        respond(http);
      }
      drainIfAsked();
      if (!lines.isUsedUp()
          || (inputEnded && lines.isInsideLine())
          || (http != null && http.isInsideRequest())) {
        readOn(lastReadNanos, 0);
      }
      if (!unsent.isEmpty() && isAvailable(out)) {
        byte[] bytes = unsent.toByteArray();
        unsent.clear();
        entry.sent(bytes.length);
        unsentSinceNanos = door.clock().nanos(); // the peer may have asked for it long ago
        push(out, ByteString.fromArrayUnsafe(bytes));
      } else if (!unsent.isEmpty() && !timerSet) {
        setTimer(door.clock().nanos());
      }
      if (inputEnded && !waitsEnded && lines.isUsedUp() && !lines.isInsideLine()) {
        waitsEnded = true;
        desk().open().inputEnded();
      }
      desk().showLoad();
      boolean over = closing || drained || (inputEnded && lines.isUsedUp());
      if (over && unsent.isEmpty() && (closing || desk().queue().isEmpty())) {
        completeStage();
      } else if (!inputEnded && mayRead() && hasRoom() && !drained && !hasBeenPulled(in)) {
        pull(in);
      }
    }

    private void drainIfAsked() {
      if (door.book().isDraining() && !drained) {
        drained = true;
        desk().open().drainWaits(door.clock().nanos());
      }
    }

    private void setTimer(long now) {
      if (timerSet && timerNanos - now - shortestNanos <= 0) {
        return; // fires before anything that begins now can be due
      }
      long due = nextDue(now);
      if (due == Long.MAX_VALUE || (timerSet && timerNanos - due <= 0)) {
        return;
      }
      timerSet = true;
      timerNanos = due;
      scheduleOnce(TIMER, Duration.ofNanos(Math.max(1, due - now)));
    }

    private long nextDue(long now) {
      long due = Long.MAX_VALUE;
      if (!desk().queue().isEmpty()) {
        due = desk().open().nextTimeOutNanos(now);
        if (door.rules().confirmsWaits() && desk().queue().waits() > 0) {
          due = Math.min(due, confirmedNanos + LockDoor.Rules.CONFIRM_EVERY.toNanos());
        }
      }
      if (insideLine) {
        due = Math.min(due, insideLineSinceNanos + door.rules().lineTimeout().toNanos());
      }
      if (!unsent.isEmpty()) {
        due = Math.min(due, unsentSinceNanos + door.rules().unreadTimeout().toNanos());
      }
      long idle = door.rules().idleTimeout().toNanos();
      return idle > 0 ? Math.min(due, lastReadNanos + idle) : due;
    }

    @Override
    public void onTimer(Object key) {
      timerSet = false;
      long now = door.clock().nanos();
      desk().open().timeOut(now);
      if (door.rules().confirmsWaits()
          && now - confirmedNanos - LockDoor.Rules.CONFIRM_EVERY.toNanos() >= 0) {
        confirmedNanos = now;
        desk().open().confirmWaits(now);
      }
      long idle = door.rules().idleTimeout().toNanos();
      if (insideLine && now - insideLineSinceNanos - door.rules().lineTimeout().toNanos() >= 0) {
        desk().refuse(WireError.lineTimeout(door.rules().lineTimeout().toSeconds()), now);
        if (http != null) {
          respond(http);
        }
        closing = true;
      } else if (!unsent.isEmpty()
          && now - unsentSinceNanos - door.rules().unreadTimeout().toNanos() >= 0) {
        failStage(new UnreadException(unsent.size(), door.rules().unreadTimeout()));
        return;
      } else if (idle > 0 && now - lastReadNanos - idle >= 0 && desk().queue().isEmpty()) {
        closing = true;
      }
      desk().flush(now, 0);
      advance();
      setTimer(now);
    }
  }
}
