package io.leasehold.domain.access;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A picture of one who is connected, at a door other than that of locks. Immutable.
 *
 * @param door a word for it
 * @param remote address and port of the peer
 * @param connectedAtMillis wall clock, since the epoch
 * @param idleMillis since it was last heard of, or told something
 * @param requests that were received; of telemetry, lines
 * @param errors of these, those that were refused
 * @param inFlight requests received and not answered; of telemetry, lines that are neither
 *     acknowledged nor refused
 * @param watches what it is told of without asking again
 * @param lastAction the last that is known by name, null before it
 * @param authenticated it has shown a key or a token
 * @param keyId of its key; null without one, or if it is not told
 */
public record DoorClient(
    long id,
    String door,
    String remote,
    long connectedAtMillis,
    long idleMillis,
    long requests,
    long errors,
    long inFlight,
    int watches,
    long bytesIn,
    long bytesOut,
    @Nullable String lastAction,
    boolean authenticated,
    @Nullable String keyId) {

  /**
   * The oldest of a door.
   *
   * @param total how many there are
   */
  public record Page(List<DoorClient> clients, int total) {
    /** Nobody. */
    public static final Page NONE = new Page(List.of(), 0);

    public Page {
      clients = List.copyOf(clients);
    }
  }
}
