package io.leasehold.actors.socket;

import java.io.IOException;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.stage.AbstractInHandler;
import org.apache.pekko.stream.stage.AbstractOutHandler;
import org.apache.pekko.stream.stage.AsyncCallback;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.util.ByteString;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A socket as a stage: chunks to the peer in, chunks from the peer out. Reads only what is pulled.
 * The end of the peer's sending completes the outlet, the end of the inlet ends our sending, and
 * when both have ended the connection is closed in order; a failure on either side resets it.
 *
 * <p>Must run in the thread of the loop of its socket; used once.
 */
final class SocketStage extends ByteStage {
  private static final Logger LOG = LoggerFactory.getLogger(SocketStage.class);

  private enum Event {
    READABLE,
    WRITABLE
  }

  private final LoopSocket socket;

  SocketStage(LoopSocket socket) {
    super("Socket");
    this.socket = socket;
  }

  @Override
  public GraphStageLogic createLogic(Attributes inherited) {
    return new Logic();
  }

  private final class Logic extends GraphStageLogic implements LoopSocket.Owner {
    private final AsyncCallback<Event> events = createAsyncCallback(this::onEvent);
    private final AsyncCallback<IOException> failures = createAsyncCallback(this::fail);

    Logic() {
      super(shape);
      setHandler(
          in,
          new AbstractInHandler() {
            @Override
            public void onPush() {
              if (socket.write(grab(in).toArrayUnsafe())) {
                pull(in);
              }
            }

            @Override
            public void onUpstreamFinish() {
              socket.finish(); // the stage ends when the outlet has ended too
            }

            @Override
            public void onUpstreamFailure(Throwable cause) {
              socket.abort();
              failStage(cause);
            }
          });
      setHandler(
          out,
          new AbstractOutHandler() {
            @Override
            public void onPull() {
              socket.wantInput(true);
            }

            @Override
            public void onDownstreamFinish(Throwable cause) {
              socket.leaveInput(); // the stage ends when the inlet has ended too
            }
          });
    }

    @Override
    public void preStart() {
      if (socket.isClosed()) {
        failStage(new IOException("the connection was closed before it was served"));
        return;
      }
      socket.ownedBy(this);
      pull(in);
    }

    @Override
    public void postStop() {
      socket.disown();
    }

    private void onEvent(Event event) {
      switch (event) {
        case READABLE -> onReadable();
        case WRITABLE -> {
          if (!isClosed(in) && !hasBeenPulled(in)) {
            pull(in);
          }
        }
      }
    }

    private void fail(IOException cause) {
      LOG.debug("connection ends: {}", cause.toString());
      failStage(cause);
    }

    private void onReadable() {
      if (!isAvailable(out)) {
        socket.leaveInput();
        return;
      }
      byte[] chunk;
      try {
        chunk = socket.read();
      } catch (IOException e) {
        socket.abort();
        fail(e);
        return;
      }
      if (chunk.length > 0) {
        push(out, ByteString.fromArrayUnsafe(chunk));
      } else if (socket.isInputEnded()) {
        complete(out);
      }
    }

    @Override
    public void readable() {
      events.invoke(Event.READABLE);
    }

    @Override
    public void writable() {
      events.invoke(Event.WRITABLE);
    }

    @Override
    public void failed(IOException cause) {
      failures.invoke(cause);
    }
  }
}
