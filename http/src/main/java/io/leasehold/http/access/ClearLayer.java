package io.leasehold.http.access;

import io.leasehold.domain.time.Clock;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;
import org.apache.pekko.stream.Attributes;
import org.apache.pekko.stream.BidiShape;
import org.apache.pekko.stream.Inlet;
import org.apache.pekko.stream.Outlet;
import org.apache.pekko.stream.TLSProtocol.SendBytes;
import org.apache.pekko.stream.TLSProtocol.SessionBytes;
import org.apache.pekko.stream.TLSProtocol.SslTlsInbound;
import org.apache.pekko.stream.TLSProtocol.SslTlsOutbound;
import org.apache.pekko.stream.stage.AbstractInHandler;
import org.apache.pekko.stream.stage.AbstractOutHandler;
import org.apache.pekko.stream.stage.GraphStage;
import org.apache.pekko.stream.stage.GraphStageLogic;
import org.apache.pekko.stream.stage.TimerGraphStageLogic;
import org.apache.pekko.util.ByteString;

/**
 * What lies between the library's HTTP and a socket without TLS: bytes as they are, and an end for
 * a connection on which nothing came and nothing went for long. The library has two layers for
 * this, three stages; every request and every answer goes through all of them. Immutable; safe for
 * any thread.
 */
final class ClearLayer
    extends GraphStage<BidiShape<SslTlsOutbound, ByteString, ByteString, SslTlsInbound>> {
  /** Looked at so often in an idle time-out. */
  private static final int LOOKS = 8;

  private static final SSLSession NO_SESSION = noSession();

  private final Inlet<SslTlsOutbound> answers = Inlet.create("Clear.answers");
  private final Outlet<ByteString> toPeer = Outlet.create("Clear.toPeer");
  private final Inlet<ByteString> fromPeer = Inlet.create("Clear.fromPeer");
  private final Outlet<SslTlsInbound> requests = Outlet.create("Clear.requests");
  private final BidiShape<SslTlsOutbound, ByteString, ByteString, SslTlsInbound> shape =
      BidiShape.of(answers, toPeer, fromPeer, requests);
  private final Duration idleTimeout;
  private final Clock clock;

  ClearLayer(Duration idleTimeout, Clock clock) {
    this.idleTimeout = idleTimeout;
    this.clock = clock;
  }

  /** That of an engine which never shook hands: no cipher, no peer. */
  private static SSLSession noSession() {
    try {
      return SSLContext.getDefault().createSSLEngine().getSession();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java has no TLS", e);
    }
  }

  @Override
  public BidiShape<SslTlsOutbound, ByteString, ByteString, SslTlsInbound> shape() {
    return shape;
  }

  @Override
  public GraphStageLogic createLogic(Attributes inherited) {
    return new Logic();
  }

  private final class Logic extends TimerGraphStageLogic {
    private long lastNanos = clock.nanos();

    Logic() {
      super(shape);
      setHandler(
          answers,
          new AbstractInHandler() {
            @Override
            public void onPush() {
              lastNanos = clock.nanos();
              if (grab(answers) instanceof SendBytes some) {
                push(toPeer, some.bytes());
              } else {
                pull(answers); // what is said to a TLS engine
              }
            }

            @Override
            public void onUpstreamFinish() {
              complete(toPeer);
            }
          });
      setHandler(toPeer, puller(answers));
      setHandler(
          fromPeer,
          new AbstractInHandler() {
            @Override
            public void onPush() {
              lastNanos = clock.nanos();
              push(requests, new SessionBytes(NO_SESSION, grab(fromPeer)));
            }

            @Override
            public void onUpstreamFinish() {
              complete(requests);
            }
          });
      setHandler(requests, puller(fromPeer));
    }

    private AbstractOutHandler puller(Inlet<?> inlet) {
      return new AbstractOutHandler() {
        @Override
        public void onPull() {
          pull(inlet);
        }

        @Override
        public void onDownstreamFinish(Throwable cause) {
          cancel(inlet, cause);
        }
      };
    }

    @Override
    public void preStart() {
      Duration pause = idleTimeout.dividedBy(LOOKS);
      scheduleWithFixedDelay("idle", pause, pause);
    }

    @Override
    public void onTimer(Object key) {
      if (clock.nanos() - lastNanos >= idleTimeout.toNanos()) {
        failStage(new TimeoutException("nothing came and nothing went for " + idleTimeout));
      }
    }
  }
}
