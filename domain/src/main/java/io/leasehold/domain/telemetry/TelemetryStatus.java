package io.leasehold.domain.telemetry;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the sidecar is. Immutable.
 *
 * @param listening its port is open
 * @param address of the port, {@code host:port}
 * @param connections that are open
 * @param generation of the configuration in force
 * @param dropped by reason and target, those that are not 0; target empty before routing
 * @param spool null = there is none
 * @param traces that this node puts together
 */
public record TelemetryStatus(
    boolean listening,
    String address,
    int connections,
    int generation,
    ReloadState reload,
    List<SourceState> sources,
    List<BackendState> backends,
    List<TargetState> targets,
    Map<String, Map<String, Long>> dropped,
    @Nullable SpoolState spool,
    TraceState traces,
    Ledger ledger) {
  public TelemetryStatus {
    sources = List.copyOf(sources);
    backends = List.copyOf(backends);
    targets = List.copyOf(targets);
    dropped = Map.copyOf(dropped);
  }

  /**
   * A source.
   *
   * @param lastSeenMillis since the epoch
   */
  public record SourceState(
      String name, long received, long bytes, long dropped, long inMemory, long lastSeenMillis) {}

  /**
   * A destination.
   *
   * @param lastError null = it has never failed
   */
  public record BackendState(
      String name,
      String type,
      Breaker.State breaker,
      boolean misconfigured,
      String reason,
      @Nullable String lastError) {}

  /**
   * A backend with its buffer, or a chain with its own.
   *
   * @param backends its members in their order
   * @param active the member that gets the next batch, null if all breakers are open
   */
  public record TargetState(
      String name,
      List<String> backends,
      @Nullable String active,
      long buffered,
      long bufferedBytes,
      long routed,
      long delivered,
      long deadLettered,
      long retries) {}

  /**
   * What is kept on disk.
   *
   * @param state open, full or failed
   * @param bytes of records that some target needs
   * @param fill how much of its bound that is, 1 = all
   * @param lags copies that are not settled, by target
   */
  public record SpoolState(String state, long bytes, double fill, Map<String, Long> lags) {
    private static final double NEARLY_FULL = 0.8;

    public SpoolState {
      lags = Map.copyOf(lags);
    }
  }

  /**
   * The traces of a node.
   *
   * @param open late fragments included
   * @param kept closed, and still shown
   * @param bytes of all of them
   */
  public record TraceState(int open, int kept, long bytes) {}

  /** Whether it does what it is there for: its port is open, and its spool has not failed. */
  public boolean works() {
    return listening && (spool == null || !spool.state.equals("failed"));
  }

  /** Everything that is not as it should be, in words; empty if all is well. */
  public List<String> complaints() {
    List<String> found = new ArrayList<>();
    if (!listening) {
      found.add("the port is not open");
    }
    for (BackendState each : backends) {
      if (each.breaker == Breaker.State.OPEN) {
        found.add("backend " + each.name + ": breaker open: " + each.reason);
      }
    }
    if (spool != null && !spool.state.equals("open")) {
      found.add(spool.state.equals("full") ? "the spool is full" : "the spool has failed");
    } else if (spool != null && spool.fill > SpoolState.NEARLY_FULL) {
      found.add("the spool is " + (int) (spool.fill * 100) + " % full");
    }
    if (reload.state().equals("rolled_back")) {
      found.add("the configuration was rolled back");
    }
    return found;
  }
}
