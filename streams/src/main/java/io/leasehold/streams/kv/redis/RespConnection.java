package io.leasehold.streams.kv.redis;

import io.leasehold.actors.socket.ByteStage;
import io.leasehold.domain.access.InstanceDirectory.Found;
import io.leasehold.domain.access.KeyGrant;
import io.leasehold.domain.access.KeyVerdict;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Reply;
import java.time.Duration;
import java.util.List;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.stage.AbstractInHandler;
import org.apache.pekko.stream.stage.AbstractOutHandler;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.stream.stage.TimerGraphStageLogic;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * One connection of the RESP port: chunks of commands in, chunks of replies out.
 *
 * <p>Every command of a chunk is read and sent on at once; replies leave in the order of their
 * commands, those that are ready together. Reads no more while {@value RespSession#MAX_UNANSWERED}
 * commands are unanswered or {@value #MAX_UNSENT_BYTES} bytes are unsent, so a slow client slows
 * only itself; one that does not read what it is told is cut off.
 */
final class RespConnection extends ByteStage {
  static final int MAX_UNSENT_BYTES = 1 << 20;

  /** Until then somebody has shown a key, or the place is wanted for somebody else. */
  private static final Duration LOGIN_TIMEOUT = Duration.ofSeconds(60);

  private static final Duration TICK = Duration.ofSeconds(1);

  private final RespDoor door;
  private final RespBook book;
  private final RespPeer peer;
  private final Duration loginTimeout;

  /** Made anew for every connection. */
  RespConnection(RespDoor door, RespBook book, RespPeer peer) {
    this(door, book, peer, LOGIN_TIMEOUT);
  }

  RespConnection(RespDoor door, RespBook book, RespPeer peer, Duration loginTimeout) {
    super("RespConnection");
    this.door = door;
    this.book = book;
    this.peer = peer;
    this.loginTimeout = loginTimeout;
  }

  @Override
  public GraphStageLogic createLogic(Attributes inherited) {
    return new Logic();
  }

  private final class Logic extends TimerGraphStageLogic implements RespSession.Connection {
    private final RespReader reader =
        new RespReader(door.rules().maxCommand() + RespReader.OVERHEAD_BYTES);
    private final ReplyQueue replies = new ReplyQueue();
    private final AsyncCallback<Runnable> later = createAsyncCallback(this::run);
    private final RespSession session;
    private final long startedNanos = door.clock().nanos();
    private boolean inputEnded;
    private boolean closing;

    Logic() {
      super(shape);
      session = new RespSession(door, book, peer, replies, later::invoke, this);
      setHandler(
          in,
          new AbstractInHandler() {
            @Override
            public void onPush() {
              byte[] bytes = grab(in).toArrayUnsafe();
              peer.read(bytes.length, door.clock().nanos());
              reader.offer(bytes);
              advance();
            }

            @Override
            public void onUpstreamFinish() {
              inputEnded = true;
              advance();
            }
          });
      setHandler(
          out,
          new AbstractOutHandler() {
            @Override
            public void onPull() {
              advance();
            }
          });
    }

    @Override
    public void preStart() {
      peer.wakeWith(() -> later.invoke(this::recheck), () -> later.invoke(session::end));
      book.enter(peer);
      scheduleWithFixedDelay("tick", TICK, TICK);
      pull(in);
    }

    @Override
    public void postStop() {
      session.close();
      book.leave(peer);
    }

    private void run(Runnable task) {
      task.run();
      advance();
    }

    /** After anything that happened: commands are taken, replies leave, or the connection ends. */
    private void advance() {
      read();
      if (replies.readyBytes() > 0 && isAvailable(out)) {
        ByteString ready = replies.take();
        peer.sent(ready.size());
        push(out, ready);
      }
      peer.stands(session.last(), session.taken(), replies.unanswered(), replies.failures());
      boolean over = closing || (inputEnded && session.isResting());
      if (over && session.isIdle() && replies.readyBytes() == 0) {
        completeStage();
      } else if (!inputEnded && mayRead() && !hasBeenPulled(in)) {
        pull(in);
      }
    }

    private boolean mayRead() {
      return !closing && session.mayTake() && replies.readyBytes() < MAX_UNSENT_BYTES;
    }

    private void read() {
      try {
        while (mayRead()) {
          List<Bytes> command = reader.next();
          if (command == null) {
            break;
          }
          session.take(command);
        }
        session.flush();
      } catch (RespReader.Broken e) {
        book.broken();
        session.flush();
        session.refuse(e.text());
      }
    }

    @Override
    public void quit() {
      closing = true;
    }

    @Override
    public void keyed(boolean now) {
      reader.keyed(now);
    }

    @Override
    public void push(List<Reply> items) {
      replies.tell(session.protocol(), items);
      cutIfBehind();
    }

    @Override
    public void line(String text) {
      replies.tell(session.protocol(), new Reply.Simple(text));
      cutIfBehind();
    }

    private void cutIfBehind() {
      if (replies.readyBytes() > MAX_UNSENT_BYTES && !isAvailable(out)) {
        tooSlow();
      }
    }

    @Override
    public void tooSlow() {
      if (!closing) {
        closing = true;
        book.dropped();
        failStage(new TooSlow());
      }
    }

    @Override
    public void ended(String why) {
      session.end();
    }

    @Override
    public void onTimer(Object key) {
      RespUser user = session.user();
      long now = door.clock().nanos();
      boolean late = user == null && now - startedNanos >= loginTimeout.toNanos();
      boolean expired = user != null && user.expiresAtMillis() <= door.clock().wallMillis();
      if (late || expired) {
        session.end();
        advance();
      }
    }

    /** The key or the instance was changed: what it opens may be less, or nothing. */
    private void recheck() {
      RespUser user = session.user();
      if (user == null) {
        return;
      }
      door.keys()
          .check(user.token())
          .thenCombine(
              door.directory().find(user.instance().id()),
              (verdict, found) -> next(user, verdict, found))
          .thenAccept(next -> later.invoke(() -> use(user, next)));
    }

    private void use(RespUser before, @Nullable RespUser next) {
      if (!before.equals(session.user())) {
        return; // somebody else has logged in meanwhile
      }
      if (next == null || !session.mayKeepListening(next)) {
        session.end();
      } else {
        session.logIn(next);
      }
    }
  }

  /** What a user is now; null = nobody any more. */
  private static @Nullable RespUser next(RespUser user, KeyVerdict verdict, Found found) {
    if (verdict instanceof KeyVerdict.Unavailable || found instanceof Found.Unavailable) {
      return user; // nobody can say; it is asked again with the next change
    }
    if (!(verdict instanceof KeyVerdict.Valid valid) || !(found instanceof Found.Embedded here)) {
      return null;
    }
    KeyGrant grant = valid.grant();
    boolean opens = grant.instances().isEmpty() || grant.instances().contains(here.id());
    return opens ? new RespUser(grant, user.token(), valid.expiresAt().toEpochMilli(), here) : null;
  }

  /** Why a connection breaks off. Has no stack trace, as it is an ordinary end. */
  private static final class TooSlow extends RuntimeException {
    private static final long serialVersionUID = 1;

    TooSlow() {
      super("the client did not read what it was told", null, false, false);
    }
  }
}
