package io.leasehold.streams.telemetry;

import io.leasehold.config.telemetry.FixtureSettings;
import io.leasehold.config.telemetry.TelemetrySettings;
import io.leasehold.domain.telemetry.Explanation;
import io.leasehold.domain.telemetry.Fixture;
import io.leasehold.domain.telemetry.MessageReader;
import io.leasehold.domain.telemetry.Routing;

/** The routes of a configuration, asked without running it. Immutable; safe for any thread. */
public final class RouteExplainer {
  private final Routing routing;
  private final MessageReader.Window window;
  private final boolean correlates;

  /** Makes the routes that a sidecar would make of it. */
  public RouteExplainer(TelemetrySettings settings) {
    this.routing = new RoutePlan(settings).routing();
    this.window = RoutePlan.window(settings.limits());
    this.correlates = settings.correlation().enabled();
  }

  /** What would become of a line, which has no line feed. */
  public Explanation explain(byte[] line, long nowMillis) {
    Explanation found = Explanation.of(routing, line, nowMillis, window);
    return correlates ? found : found.uncorrelated();
  }

  /** A fixture of the file as a rule understands it. */
  public static Fixture fixture(FixtureSettings settings) {
    return new Fixture(
        settings.name(),
        settings.input(),
        settings.dropped(),
        settings.targets(),
        settings.messages());
  }
}
