package io.leasehold.streams.telemetry;

import io.leasehold.actors.socket.ByteStage;
import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.domain.telemetry.Hello;
import io.leasehold.streams.telemetry.ChunkCopies.Handover;
import io.leasehold.streams.telemetry.spool.Spool;
import io.leasehold.streams.telemetry.spool.Submission.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.stage.AbstractInHandler;
import org.apache.pekko.stream.stage.AbstractOutHandler;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.stream.stage.TimerGraphStageLogic;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection: chunks of lines in; out comes nothing, unless the client has greeted and asked
 * for acknowledgements. A chunk is read at once. Its copies are handed to their targets, and while
 * one of them has no room no further chunk is asked for, so the socket is not read; or they are
 * submitted to the spool. Holds the copies of what is under way and one unfinished line.
 */
final class TelemetryConnection extends ByteStage {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.telemetry");
  private static final String STOPS = "the sidecar stops";
  private static final Duration RETRY = Duration.ofMillis(100);
  private static final Duration LAST_WORDS = Duration.ofSeconds(5);
  private static final Duration LAST_READ = Duration.ofSeconds(2);
  private static final Duration SILENCE = Duration.ofSeconds(1);

  private final Intake intake;
  private final Duration readTimeout;
  private final ConnectionBook.Place place;

  /** Made anew for every connection. */
  TelemetryConnection(Intake intake, Duration readTimeout, ConnectionBook.Place place) {
    super("TelemetryConnection");
    this.intake = intake;
    this.readTimeout = readTimeout;
    this.place = place;
  }

  @Override
  public GraphStageLogic createLogic(Attributes inherited) {
    return new Logic();
  }

  private final class Logic extends TimerGraphStageLogic implements ConnectionBook.Member {
    private static final String PARTIAL = "partial";
    private static final String AGAIN = "again";
    private static final String LAST = "last";
    private static final String GIVE_UP = "give up";

    private final ChunkReader reader = new ChunkReader(intake, place.client());
    private final PendingCopies pending = new PendingCopies(intake.memory());
    private final Runnable roomAgain;
    private final Consumer<Boolean> mayRead;
    private final AckSession session =
        new AckSession(intake, place, () -> invoke(this::onReplaced));
    private final SpoolDesk desk = new SpoolDesk(intake, reader::takeTraced);
    private Traffic.@Nullable End ending;
    private Traffic.@Nullable End endingLater;
    private @Nullable AsyncCallback<Runnable> later;
    private long receivedNanos;
    private int receivedMessages;
    private boolean paused;
    private boolean ended;

    Logic() {
      super(shape);
      roomAgain = () -> invoke(this::advance);
      mayRead = may -> invoke(() -> onMayRead(may));
      setHandler(
          in,
          new AbstractInHandler() {
            @Override
            public void onPush() {
              onChunk(grab(in).toArrayUnsafe());
            }

            @Override
            public void onUpstreamFinish() {
              onInputEnded(Traffic.End.EOF);
            }

            @Override
            public void onUpstreamFailure(Throwable failure) {
              LOG.debug("connection broken: {}", failure.toString());
              onInputEnded(Traffic.End.ERROR);
            }
          });
      setHandler(
          out,
          new AbstractOutHandler() {
            @Override
            public void onPull() {
              flush(); // nothing is ever said to a client that did not greet
              pullIfItMay();
            }

            @Override
            public void onDownstreamFinish(Throwable cause) {} // it may still send
          });
    }

    @Override
    public void preStart() {
      setKeepGoing(true);
      later = this.<Runnable>createAsyncCallback(Runnable::run);
      place.enter(this);
      pullIfItMay();
    }

    @Override
    public void postStop() {
      pending.lose(DropReason.SHUTDOWN);
      desk.leave();
      session.release();
      if (intake.spool() != null) {
        intake.spool().removeReader(mayRead);
      }
      place.leave(this);
      intake.traffic().ended(ending == null ? Traffic.End.SHUTDOWN : ending);
    }

    @Override
    public void drain() {
      invoke(
          () -> {
            if (reader.isDropping()) {
              return;
            } else if (session.isGreeted()) {
              session.fail("draining", STOPS);
            } else if (ending == null
                && reader.greeting() == null
                && !hasBeenPulled(in)
                && pending.waitForRoom()) {
              reader.drop(); // nobody sends again what its socket holds
              scheduleOnce(LAST, LAST_READ);
              scheduleOnce(PARTIAL, SILENCE);
              advance();
              return;
            }
            onInputEnded(Traffic.End.SHUTDOWN);
          });
    }

    private void invoke(Runnable task) {
      AsyncCallback<Runnable> callback = later;
      if (callback != null) {
        callback.invoke(task);
      }
    }

    private void onChunk(byte[] chunk) {
      place.read();
      long now = intake.clock().nanos();
      receivedNanos = reader.isDropping() ? receivedNanos : now;
      onRead(reader.read(chunk, now));
    }

    private void onRead(List<Handover> copies) {
      handOn(copies);
      Greeting greeting = reader.greeting();
      if (greeting != null) {
        greet(greeting);
      } else if (reader.isGoodbye()) {
        end(Traffic.End.GOODBYE);
      } else if (reader.isDropping() || reader.isInsideLine()) {
        scheduleOnce(PARTIAL, reader.isDropping() ? SILENCE : readTimeout); // anew with each chunk
      } else {
        cancelTimer(PARTIAL);
      }
      advance();
    }

    private void onInputEnded(Traffic.End why) {
      if (reader.greeting() != null) {
        endingLater = why; // what stands behind the hello is still to be read
        return;
      }
      if (ending == null) {
        receivedNanos = intake.clock().nanos();
        if (why == Traffic.End.EOF) {
          handOn(reader.end(receivedNanos));
        } else {
          reader.forget();
        }
        end(reader.isGoodbye() ? Traffic.End.GOODBYE : why);
        Greeting alone = reader.greeting();
        if (alone != null) {
          greet(alone);
        }
      }
      advance();
    }

    private void end(Traffic.End why) {
      ending = why;
      cancelTimer(PARTIAL);
      if (!isClosed(in)) {
        cancel(in);
      }
    }

    private void fail(String code, String why) {
      session.fail(code, why);
      reader.answered();
      reader.forget();
      if (ending == null) {
        end(Traffic.End.ERROR);
      }
      advance();
    }

    private void greet(Greeting greeting) {
      Hello asked = greeting.hello();
      if (asked == null) {
        fail(greeting.code(), greeting.why());
        return;
      }
      if (reader.isDropping() && asked.ack() != Hello.Ack.NONE) {
        fail("draining", STOPS); // it sends again
        return;
      }
      switch (asked.ack()) {
        case NONE -> readOn();
        case RECEIVED -> {
          session.claim(asked, intake.streams());
          begin(asked);
        }
        case DURABLE -> greetDurable(asked);
      }
    }

    private void greetDurable(Hello asked) {
      Spool spool = intake.spool();
      if (spool == null) {
        fail("unsupported_ack", "durable: spool.use = off");
        return;
      }
      session.claim(asked, spool.streams());
      // what the connection before has submitted is settled first
      SpoolDesk.await(spool, outcome -> invoke(() -> greetedDurable(asked, spool, outcome)));
    }

    private void greetedDurable(Hello asked, Spool spool, Outcome outcome) {
      if (outcome == Outcome.FAILED) {
        fail("spool_failed", "its disk failed, until a restart");
      } else if (!session.hasFailed()) {
        reader.spool(spool);
        spool.addReader(mayRead);
        begin(asked);
      }
    }

    private void begin(Hello asked) {
      reader.numbers().start(asked.resume(), session.begin(asked));
      readOn();
    }

    /** What stands behind a hello that is answered. */
    private void readOn() {
      reader.answered();
      if (ending == null) {
        onRead(reader.more(receivedNanos));
        if (endingLater != null) {
          onInputEnded(endingLater);
        }
      } else {
        advance();
      }
    }

    private void handOn(List<Handover> copies) {
      receivedMessages = reader.isDropping() ? receivedMessages : reader.messages();
      session.refused(reader.numbers().takeRefused());
      long[] accepted = reader.numbers().takeAccepted();
      long number = reader.numbers().highest();
      boolean durable = session.isDurable();
      Spool spool = reader.spool();
      if (spool != null && (!copies.isEmpty() || (durable && number > session.done()))) {
        var sent =
            new SpoolDesk.Sent(copies, receivedMessages, number, accepted, durable, receivedNanos);
        desk.submit(
            spool, session, sent, (what, outcome) -> invoke(() -> onOutcome(what, outcome)));
      } else {
        pending.add(copies);
        session.done(desk.isEmpty() ? number : 0);
      }
    }

    private void onOutcome(SpoolDesk.Sent sent, Outcome outcome) {
      desk.settled(sent);
      if (outcome == Outcome.COMMITTED) {
        long nanos = intake.clock().nanos() - sent.receivedNanos();
        intake.traffic().routed.record(0, nanos, sent.messages());
      } else if (!sent.durable()) {
        pending.add(sent.inMemory(intake));
      } else if (outcome != Outcome.REPLACED) {
        session.notStored(sent.accepted(), SpoolDesk.reasonOf(outcome));
      }
      if (outcome == Outcome.COMMITTED || outcome == Outcome.FULL || !sent.durable()) {
        session.done(sent.number());
        session.acknowledged(sent.receivedNanos(), sent.messages());
      }
      advance();
    }

    private void onReplaced() {
      pending.lose(DropReason.DUPLICATE); // its client sends them again
      fail("replaced", "a newer connection has the stream");
    }

    private void onMayRead(boolean may) {
      paused = !may;
      session.mayBeRead(may);
      advance();
    }

    /** Hands over what can be, then asks for more or ends. */
    private void advance() {
      boolean had = !pending.isEmpty();
      pending.handOver(roomAgain);
      if (!pending.isEmpty()) {
        scheduleOnce(AGAIN, RETRY); // a target that dies meanwhile wakes nobody
        flush();
        pullIfItMay(); // what is dropped needs no room
        return;
      }
      if (had) {
        intake.traffic().routed.record(0, intake.clock().nanos() - receivedNanos, receivedMessages);
        session.acknowledged(receivedNanos, receivedMessages);
      }
      session.acknowledge();
      flush();
      if (ending == null) {
        pullIfItMay();
      } else if (desk.isEmpty() && reader.greeting() == null) {
        finish();
      }
    }

    private void flush() {
      if (!ended && isAvailable(out) && session.hasReplies()) {
        push(out, session.replies());
      }
    }

    private void pullIfItMay() {
      if (ending != null || reader.greeting() != null || hasBeenPulled(in) || isClosed(in)) {
        return;
      }
      if (reader.isDropping()) {
        pull(in);
      } else if (pending.isEmpty() && !paused && !desk.isFull() && !session.isClogged()) {
        if (pending.hasRoom()) {
          pull(in);
        } else {
          scheduleOnce(AGAIN, RETRY);
        }
      }
    }

    private void finish() {
      if (ended) {
        return;
      }
      ended = true;
      ByteString left = session.lastWords();
      if (!left.isEmpty() && !isClosed(out)) {
        emit(out, left);
        scheduleOnce(GIVE_UP, LAST_WORDS); // a client that does not read must not hold up a stop
      }
      complete(out); // what was emitted goes out first
      setKeepGoing(false);
    }

    @Override
    public void onTimer(Object key) {
      if (GIVE_UP.equals(key)) {
        completeStage();
      } else if (AGAIN.equals(key)) {
        advance();
      } else if (reader.isDropping()) {
        onInputEnded(Traffic.End.SHUTDOWN);
      } else if (ending == null && !hasBeenPulled(in)) {
        scheduleOnce(PARTIAL, readTimeout); // it is we who do not read
      } else if (ending == null && reader.isInsideLine()) {
        onInputEnded(Traffic.End.PARTIAL_LINE);
      }
    }
  }
}
