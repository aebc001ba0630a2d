package io.leasehold.http.access;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.http.javadsl.model.Uri;
import org.apache.pekko.http.javadsl.settings.ServerSettings;

/** What the HTTP server itself holds to on the application port. */
final class ServerLimits {
  /** Of every path that has no other limit. */
  static final int MAX_URI = 16 * 1_024;

  private static final int MAX_HEADER_VALUE = 32 * 1_024;
  private static final int MAX_HEADERS = 100;

  /** Room that a small answer is written into, so that it need not grow. */
  private static final int USUAL_ANSWER = 1_024;

  private ServerLimits() {}

  static ServerSettings of(
      ActorSystem<?> system, int maxConnections, Duration idleTimeout, int maxUri) {
    ServerSettings defaults = ServerSettings.create(system.classicSystem());
    var parser =
        defaults
            .getParserSettings()
            .withMaxUriLength(maxUri)
            .withMaxHeaderValueLength(MAX_HEADER_VALUE)
            .withMaxHeaderCount(MAX_HEADERS)
            .withMaxContentLength(Long.MAX_VALUE) // each route has its own limit
            .withIllegalHeaderWarnings(false) // they would put a client's text into the log
            .withModeledHeaderParsing(false) // values are wanted as they were sent
            .withUriParsingMode(Uri.RELAXED);
    var idle =
        scala.concurrent.duration.Duration.create(idleTimeout.toMillis(), TimeUnit.MILLISECONDS);
    var timeouts =
        defaults
            .getTimeouts()
            .withIdleTimeout(idle)
            // a client that asked for the end and does not end holds a descriptor for so long
            .withLingerTimeout(scala.concurrent.duration.Duration.create(5, TimeUnit.SECONDS))
            // what the store is asked is answered in its own time, and events go on for days
            // zero leaves the library's stage for it out, infinite would only make it wait for ever
            .withRequestTimeout(scala.concurrent.duration.Duration.Zero());
    return defaults
        .withMaxConnections(maxConnections)
        .withBacklog(Math.min(maxConnections, 1_024))
        .withServerHeader(Optional.empty())
        .withResponseHeaderSizeHint(USUAL_ANSWER)
        .withRawRequestUriHeader(true)
        .withRemoteAddressAttribute(true)
        .withParsingErrorHandler(IllegalRequests.class.getName())
        .withParserSettings(parser)
        .withTimeouts(timeouts);
  }
}
