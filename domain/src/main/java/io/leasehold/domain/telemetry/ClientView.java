package io.leasehold.domain.telemetry;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A picture of one open connection. Immutable.
 *
 * @param remote address and port of the peer, or the path of the socket
 * @param connectedAtMillis wall clock, since the epoch
 * @param lines that were received
 * @param refused of these, those that are no message
 * @param unsettled of an acknowledged one: lines that are neither acknowledged nor refused
 * @param lastType of the last message, null before it
 * @param authenticated it has shown a token
 */
public record ClientView(
    long id,
    String remote,
    long connectedAtMillis,
    long idleMillis,
    long lines,
    long refused,
    long unsettled,
    long bytesIn,
    long bytesOut,
    @Nullable String lastType,
    boolean authenticated) {
  /**
   * Some of those that are open.
   *
   * @param clients the oldest first
   * @param total how many there are
   */
  public record Page(List<ClientView> clients, int total) {
    public Page {
      clients = List.copyOf(clients);
    }
  }
}
