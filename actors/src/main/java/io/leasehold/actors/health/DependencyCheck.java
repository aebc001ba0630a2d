package io.leasehold.actors.health;

import io.leasehold.domain.health.CheckResult;
import io.leasehold.domain.health.CheckResult.Detail;
import io.leasehold.domain.health.HealthCheck;
import io.leasehold.domain.time.Clock;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** Asks a service that the users of this node depend on, by GET. Never blocks. */
public final class DependencyCheck {
  private static final int CLIENT_ERROR = 400;
  private static final int SERVER_ERROR = 500;

  private DependencyCheck() {}

  /** The component {@code dependency:<name>}. */
  public static HealthCheck of(
      HttpClient client, String name, URI uri, Duration timeout, boolean critical, Clock clock) {
    var request = HttpRequest.newBuilder(uri).timeout(timeout).GET().build();
    return new HealthCheck(
        "dependency:" + name,
        critical,
        critical,
        () -> {
          long started = clock.nanos();
          return client
              .sendAsync(request, HttpResponse.BodyHandlers.discarding())
              .thenApply(
                  answer -> judge(uri, answer.statusCode(), clock.nanos() - started, timeout));
        });
  }

  private static CheckResult judge(URI uri, int status, long nanos, Duration timeout) {
    Detail[] details = {
      Detail.of("url", uri.getScheme() + "://" + uri.getHost() + uri.getPath()),
      Detail.of("status_code", status)
    };
    if (status >= SERVER_ERROR) {
      return CheckResult.unhealthy("answered " + status, details);
    }
    if (status >= CLIENT_ERROR) {
      return CheckResult.degraded("answered " + status, details);
    }
    return nanos > timeout.toNanos() / 2
        ? CheckResult.degraded("answered after " + nanos / 1_000_000 + " ms", details)
        : CheckResult.healthy("answered " + status, details);
  }
}
