package io.leasehold.streams.telemetry;

import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.streams.telemetry.ChunkCopies.Handover;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.FlowShape;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.stage.AbstractInHandler;
import org.apache.pekko.stream.stage.AbstractOutHandler;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.stream.stage.TimerGraphStageLogic;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection: chunks of lines in, nothing out, but for a client that asks for what there is
 * not. A chunk is read at once, and its copies are handed to their targets; while one of them has
 * no room, no further chunk is asked for, so the socket is not read. Holds the copies of one chunk
 * and one unfinished line.
 */
final class TelemetryConnection extends GraphStage<FlowShape<ByteString, ByteString>> {
  private static final Logger LOG = LoggerFactory.getLogger("leasehold.telemetry");
  private static final ByteString UNSUPPORTED =
      ByteString.fromString(
          "{\"error\":\"unsupported_ack\",\"why\":\"this release acknowledges nothing\"}\n");
  private static final Duration RETRY = Duration.ofMillis(100);

  private final Inlet<ByteString> in = Inlet.create("TelemetryConnection.in");
  private final Outlet<ByteString> out = Outlet.create("TelemetryConnection.out");
  private final FlowShape<ByteString, ByteString> shape = FlowShape.of(in, out);
  private final Intake intake;
  private final Duration readTimeout;
  private final ConnectionBook book;

  /** Made anew for every connection. */
  TelemetryConnection(Intake intake, Duration readTimeout, ConnectionBook book) {
    this.intake = intake;
    this.readTimeout = readTimeout;
    this.book = book;
  }

  @Override
  public FlowShape<ByteString, ByteString> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes inherited) {
    return new Logic();
  }

  private final class Logic extends TimerGraphStageLogic implements ConnectionBook.Member {
    private static final String PARTIAL = "partial";
    private static final String AGAIN = "again";

    private final ChunkReader reader = new ChunkReader(intake);
    private final ArrayDeque<Handover> pending = new ArrayDeque<>(4);
    private final Runnable roomAgain;
    private Traffic.@Nullable End ending;
    private @Nullable AsyncCallback<Runnable> later;
    private long receivedNanos;
    private int receivedMessages;
    private boolean ended;

    Logic() {
      super(shape);
      roomAgain = () -> invoke(this::advance);
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
            public void onPull() {} // nothing is ever said to a client that did not greet

            @Override
            public void onDownstreamFinish(Throwable cause) {} // it may still send
          });
    }

    @Override
    public void preStart() {
      setKeepGoing(true);
      later = this.<Runnable>createAsyncCallback(Runnable::run);
      book.enter(this);
      pull(in);
    }

    @Override
    public void postStop() {
      Handover each = pending.poll();
      while (each != null) {
        each.target().lost(DropReason.SHUTDOWN, each.lines());
        each = pending.poll();
      }
      book.leave(this);
      intake.traffic().ended(ending == null ? Traffic.End.SHUTDOWN : ending);
    }

    @Override
    public void drain() {
      invoke(() -> onInputEnded(Traffic.End.SHUTDOWN));
    }

    private void invoke(Runnable task) {
      AsyncCallback<Runnable> callback = later;
      if (callback != null) {
        callback.invoke(task);
      }
    }

    private void onChunk(byte[] chunk) {
      book.read();
      receivedNanos = intake.clock().nanos();
      hand(reader.read(chunk, receivedNanos));
      if (reader.isUnsupported()) {
        end(Traffic.End.ERROR);
        emit(out, UNSUPPORTED);
      } else if (reader.isGoodbye()) {
        end(Traffic.End.GOODBYE);
      } else if (reader.isInsideLine()) {
        scheduleOnce(PARTIAL, readTimeout); // starts anew with each chunk
      } else {
        cancelTimer(PARTIAL);
      }
      advance();
    }

    private void onInputEnded(Traffic.End why) {
      if (ending == null) {
        receivedNanos = intake.clock().nanos();
        if (why == Traffic.End.EOF) {
          hand(reader.end(receivedNanos));
        } else {
          reader.forget();
        }
        end(reader.isGoodbye() ? Traffic.End.GOODBYE : why);
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

    private void hand(List<Handover> handovers) {
      pending.addAll(handovers);
      receivedMessages = reader.messages();
    }

    /** Hands over what can be, then asks for more or ends. */
    private void advance() {
      boolean had = !pending.isEmpty();
      int count = pending.size();
      for (int i = 0; i < count; i++) {
        Handover each = pending.remove();
        if (!each.target().offer(each.lines(), roomAgain)) {
          pending.add(each); // the others must not wait for it
        }
      }
      if (!pending.isEmpty()) {
        scheduleOnce(AGAIN, RETRY); // a target that dies meanwhile wakes nobody
        return;
      }
      if (had) {
        intake.traffic().routed.record(0, intake.clock().nanos() - receivedNanos, receivedMessages);
      }
      if (ending != null) {
        if (!ended) {
          ended = true;
          cancel(in);
          complete(out); // what was emitted goes out first
          setKeepGoing(false);
        }
      } else if (!hasBeenPulled(in) && !isClosed(in)) {
        pull(in);
      }
    }

    @Override
    public void onTimer(Object key) {
      if (AGAIN.equals(key)) {
        advance();
      } else if (!pending.isEmpty()) {
        scheduleOnce(PARTIAL, readTimeout); // it is we who do not read
      } else if (ending == null && reader.isInsideLine()) {
        onInputEnded(Traffic.End.PARTIAL_LINE);
      }
    }
  }
}
