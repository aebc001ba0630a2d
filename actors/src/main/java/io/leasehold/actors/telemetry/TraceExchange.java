package io.leasehold.actors.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.leasehold.actors.cluster.RegionRef;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.apache.pekko.Done;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.cluster.sharding.typed.javadsl.Entity;
import org.apache.pekko.cluster.sharding.typed.javadsl.EntityTypeKey;
import org.apache.pekko.cluster.typed.Cluster;

/**
 * Brings the messages of a trace to the node that owns it, whichever node received them. A trace
 * belongs to one of {@link #SLOTS} slots by its id, and a slot to one node with a sidecar. Safe for
 * any thread, never blocks.
 *
 * <p>What is sent and has not arrived is bounded: beyond {@value #MAX_UNDER_WAY} bytes nothing is
 * sent. Delivery is at most once; messages of traces are copies, nothing depends on them.
 */
public final class TraceExchange {
  /** Fixed for a cluster: all its nodes must agree on where a trace belongs. */
  public static final int SLOTS = 64;

  /** Bytes that may be on their way. */
  static final long MAX_UNDER_WAY = 8 << 20;

  /** Name of the entity type. */
  private static final String ENTITY_TYPE = "TelemetryTrace";

  /** What has not arrived after so long never will. */
  private static final long GIVEN_UP_NANOS = TimeUnit.SECONDS.toNanos(30);

  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private record Sent(long bytes, long nanos) {}

  private final ActorSystem<?> system;
  private final Clock clock;
  private final RegionRef<TraceSlot.Command> way = new RegionRef<>();
  private final ActorRef<TraceSlot.Command> region;
  private final ActorRef<TraceSlot.Taken> desk;
  private final Map<Long, Sent> underWay = new ConcurrentHashMap<>();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong numbers = new AtomicLong();

  /**
   * Takes part from now on; every member of the cluster with the role does.
   *
   * @param role of the nodes that have a sidecar
   * @param rest a slot without traces sleeps after so long
   */
  public TraceExchange(
      ActorSystem<?> system, String role, TraceOwner owner, Duration rest, Clock clock) {
    this.system = system;
    this.clock = clock;
    this.region =
        ClusterSharding.get(system)
            .init(
                Entity.of(
                        EntityTypeKey.create(TraceSlot.Command.class, ENTITY_TYPE),
                        context ->
                            TraceSlot.create(
                                TraceSlotIds.slotOf(context.getEntityId()),
                                owner,
                                context.getShard(),
                                rest))
                    .withStopMessage(TraceSlot.STOP)
                    .withRole(role)
                    .withMessageExtractor(new TraceSlotIds()));
    way.set(region);
    this.desk =
        system.systemActorOf(
            Behaviors.receiveMessage(
                taken -> {
                  arrived(taken.number());
                  return Behaviors.same();
                }),
            "trace-desk",
            Props.empty());
    CoordinatedShutdown.get(system)
        .addTask(
            CoordinatedShutdown.PhaseBeforeClusterShutdown(),
            "trace-quiet",
            () -> {
              close();
              return CompletableFuture.completedFuture(Done.getInstance());
            });
  }

  /** The slot that a trace belongs to, 0 and up. */
  public static int slotOf(String tid) {
    var crc = new CRC32C();
    byte[] text = tid.getBytes(UTF_8);
    crc.update(text, 0, text.length);
    return (int) (crc.getValue() % SLOTS);
  }

  private void arrived(long number) {
    Sent sent = underWay.remove(number);
    if (sent != null) {
      bytes.addAndGet(-sent.bytes);
    }
  }

  /**
   * Sends messages to the owner of a slot.
   *
   * @param lines accepted lines of traces of this slot, each with its line feed, 1 MiB at most; not
   *     changed any more
   * @param lost traces of this slot of which messages were given up before
   * @return false: nothing was sent, too much is on its way
   */
  public boolean send(int slot, byte[] lines, List<String> lost) {
    if (way.isClosed() || bytes.get() + lines.length > MAX_UNDER_WAY) {
      forgetOld();
      return false;
    }
    long number = numbers.incrementAndGet();
    underWay.put(number, new Sent(lines.length, clock.nanos()));
    bytes.addAndGet(lines.length);
    way.tell(new TraceSlot.Records(slot, number, lines, lost, desk));
    return true;
  }

  private void forgetOld() {
    if (Cluster.get(system).selfMember().status() != MemberStatus.up()) {
      return; // the region still has all of it, and would get more and more
    }
    long now = clock.nanos();
    underWay.forEach(
        (number, sent) -> {
          if (now - sent.nanos > GIVEN_UP_NANOS) {
            arrived(number);
          }
        });
  }

  /** Bytes that were sent and have not arrived. */
  public long underWay() {
    return bytes.get();
  }

  /**
   * Asks the owner of a trace for its document.
   *
   * @return empty if it knows none; fails with a TimeoutException if it does not answer within 3 s
   */
  public CompletionStage<Optional<String>> find(String tid) {
    if (way.isClosed()) {
      return CompletableFuture.failedFuture(new TimeoutException("the node leaves the cluster"));
    }
    return AskPattern.<TraceSlot.Command, TraceSlot.Found>ask(
            region,
            replyTo -> new TraceSlot.Find(slotOf(tid), tid, replyTo),
            PATIENCE,
            system.scheduler())
        .thenApply(found -> Optional.ofNullable(found.document()));
  }

  /** From here on nothing is sent. */
  public void close() {
    way.close();
  }
}
