package io.leasehold.streams.telemetry;

import io.leasehold.config.telemetry.BackendSettings;
import io.leasehold.config.telemetry.TelemetrySettings;
import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.domain.telemetry.Ledger;
import io.leasehold.domain.time.Clock;
import io.leasehold.streams.telemetry.backend.BackendFactory;
import io.leasehold.streams.telemetry.backend.DeadLetters;
import io.leasehold.streams.telemetry.spool.Spool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.DoubleSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Targets with their buffers and backends, and the snapshot that connections route by. Applying
 * settings keeps whatever did not change; counts are kept by name for the life of the process. One
 * thread at a time applies and stops; all else is safe for any thread.
 */
final class Pipeline {
  private static final List<DropReason> UP_TO_SETTINGS =
      Arrays.stream(DropReason.values()).filter(DropReason::isUpToSettings).toList();

  private final BackendFactory factory;
  private final DeadLetters deadLetters;
  private final Clock clock;
  private final DoubleSupplier random;
  private final Traffic traffic;
  private final SourceBook sources;
  private final @Nullable Spool spool;
  private final Map<String, TargetCounts> counts = new ConcurrentHashMap<>();

  /** What the last change removed, and a rollback may bring back. */
  private final Map<String, Target> retired = new ConcurrentHashMap<>();

  private final Map<String, BackendSlot> retiredSlots = new ConcurrentHashMap<>();

  /** Backends that will be let go when their targets have ended. */
  private final Map<String, BackendSlot> closing = new ConcurrentHashMap<>();

  /** Targets that deliver what they have left, and end. */
  private final Set<Target> leaving = ConcurrentHashMap.newKeySet();

  private volatile Map<String, BackendSlot> slots = Map.of();
  private volatile Map<String, Target> targets = Map.of();
  private volatile @Nullable Snapshot snapshot;
  private int generation;

  Pipeline(
      BackendFactory factory,
      DeadLetters deadLetters,
      Traffic traffic,
      SourceBook sources,
      @Nullable Spool spool,
      Clock clock,
      DoubleSupplier random) {
    this.factory = factory;
    this.deadLetters = deadLetters;
    this.traffic = traffic;
    this.sources = sources;
    this.spool = spool;
    this.clock = clock;
    this.random = random;
  }

  /**
   * What applying settings has made.
   *
   * @param fresh backends that are new or set up anew
   * @param old backends that others have taken the place of
   */
  record Applied(List<BackendSlot> fresh, List<BackendSlot> old) {}

  /**
   * Takes settings into force: messages accepted from now on go by them.
   *
   * @return what the caller has to watch; {@link #retire} or {@link #giveBack} must follow
   */
  Applied apply(TelemetrySettings settings) {
    var plan = new RoutePlan(settings);
    Map<String, BackendSlot> nextSlots = new LinkedHashMap<>();
    List<BackendSlot> fresh = new ArrayList<>();
    List<BackendSlot> old = new ArrayList<>();
    for (RoutePlan.Spec spec : plan.targets()) {
      for (BackendSettings each : spec.backends()) {
        nextSlots.computeIfAbsent(each.name(), name -> slot(each, fresh, old));
      }
    }
    Map<String, Target> nextTargets = new LinkedHashMap<>();
    List<Target> inOrder = new ArrayList<>();
    for (RoutePlan.Spec spec : plan.targets()) {
      Target target = target(spec, nextSlots, settings.maxQueueSize());
      nextTargets.put(spec.name(), target);
      inOrder.add(target);
    }
    // a backend that comes back takes over what its targets of before have not delivered yet
    leaving.forEach(target -> target.adopt(nextSlots));
    targets.forEach(
        (name, target) -> {
          if (!nextTargets.containsKey(name)) {
            retired.put(name, target);
          }
        });
    slots.forEach(
        (name, slot) -> {
          if (!nextSlots.containsKey(name)) {
            retiredSlots.put(name, slot);
          }
        });
    generation++;
    slots = nextSlots;
    targets = nextTargets;
    snapshot =
        new Snapshot(generation, plan.routing(), inOrder, RoutePlan.window(settings.limits()));
    return new Applied(fresh, old);
  }

  private BackendSlot slot(
      BackendSettings settings, List<BackendSlot> fresh, List<BackendSlot> old) {
    BackendSlot running = slots.get(settings.name());
    BackendSlot before = running == null ? retiredSlots.remove(settings.name()) : running;
    if (before != null && before.settings().equals(settings)) {
      return before;
    }
    BackendSlot leaving = before == null ? closing.get(settings.name()) : before;
    var slot = new BackendSlot(settings, factory.create(settings), leaving, clock);
    fresh.add(slot);
    if (before != null) {
      old.add(before);
    }
    return slot;
  }

  private Target target(RoutePlan.Spec spec, Map<String, BackendSlot> all, int maxMessages) {
    List<BackendSlot> members = new ArrayList<>();
    for (BackendSettings each : spec.backends()) {
      BackendSlot slot = all.get(each.name());
      if (slot != null) {
        members.add(slot);
      }
    }
    BackendSettings first = members.get(0).settings();
    deadLetters.limit(spec.name(), first.deadLetterMaxBytes());
    var limits =
        new BufferLimits(
            first.bufferBytes(),
            maxMessages,
            first.overflow(),
            first.whenDown(),
            first.blockTimeout().toNanos(),
            first.batch());
    Target running = targets.get(spec.name());
    Target before = running == null ? retired.remove(spec.name()) : running;
    if (before != null) {
      before.replace(members, limits);
      return before;
    }
    var target =
        new Target(
            spec.name(),
            counts.computeIfAbsent(spec.name(), TargetCounts::new),
            limits,
            members,
            clock);
    if (spool != null) {
      target.spool(spool);
    }
    target.start(deadLetters, random);
    return target;
  }

  /** Copies of targets that were there when the process ended, and are not in the settings. */
  void dropSpooled(Map<String, Long> lost) {
    lost.forEach(
        (name, copies) ->
            counts
                .computeIfAbsent(name, TargetCounts::new)
                .droppedUnread(DropReason.BACKEND_REMOVED, copies));
  }

  /** Whether all that a target has confirmed is on the disks of its backends; waits for them. */
  boolean isDurable(String name) {
    Target target = targets.get(name);
    if (target == null) {
      target = retired.get(name);
    }
    return target == null || target.isDurable();
  }

  /** The change stays: what it removed delivers for so long, then drops the rest. */
  void retire(Applied applied, Duration drainTimeout) {
    end(target -> target.stop(drainTimeout.toNanos(), DropReason.BACKEND_REMOVED), applied.old());
  }

  /** A change was taken back: what only it had ends, and its messages become dead letters. */
  void giveBack(Applied applied) {
    end(Target::rollBack, applied.old());
  }

  private interface Ending {
    void end(Target target) throws InterruptedException;
  }

  private void end(Ending ending, List<BackendSlot> old) {
    List<Target> ends = new ArrayList<>(retired.values());
    List<BackendSlot> going = new ArrayList<>(retiredSlots.values());
    going.addAll(old);
    going.forEach(each -> closing.put(each.name(), each));
    leaving.addAll(ends);
    retired.clear();
    retiredSlots.clear();
    if (ends.isEmpty() && going.isEmpty()) {
      return;
    }
    var thread =
        new Thread(
            () -> {
              try {
                for (Target each : ends) {
                  ending.end(each);
                  leaving.remove(each);
                }
                for (BackendSlot each : going) {
                  each.close();
                  closing.remove(each.name(), each);
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "leasehold-telemetry-retire");
    thread.setDaemon(true);
    thread.start();
  }

  Snapshot snapshot() {
    var now = snapshot;
    if (now == null) {
      throw new IllegalStateException("no settings are in force yet");
    }
    return now;
  }

  Collection<Target> targets() {
    return targets.values();
  }

  /** The target with this name, null if the settings in force have none. */
  @Nullable Target target(String name) {
    return targets.get(name);
  }

  Collection<BackendSlot> slots() {
    return slots.values();
  }

  /** Of all targets that there were. */
  Collection<TargetCounts> counts() {
    return counts.values();
  }

  /** Looks for deliveries that take too long. To be called a few times a second. */
  void checkTime() {
    slots.values().forEach(BackendSlot::checkTime);
    retiredSlots.values().forEach(BackendSlot::checkTime);
    closing.values().forEach(BackendSlot::checkTime);
  }

  /** Bytes that the buffers may hold; those of targets that end, what they have left. */
  long bufferBytes() {
    long sum = 0;
    for (Target each : targets.values()) {
      sum += each.maxBytes();
    }
    Set<Target> ending = new HashSet<>(leaving);
    ending.addAll(retired.values());
    for (Target each : ending) {
      sum += each.buffer().heldBytes();
    }
    return sum;
  }

  /** Bytes that the buffers hold. */
  long heldBytes() {
    Set<Target> all = new HashSet<>(leaving);
    all.addAll(retired.values());
    all.addAll(targets.values());
    return all.stream().mapToLong(each -> each.buffer().heldBytes()).sum();
  }

  /** Delivers what is left for at most so long, drops the rest, closes the backends. Blocks. */
  void stop(Duration patience) throws InterruptedException {
    long deadline = clock.nanos() + patience.toNanos();
    List<Target> all = new ArrayList<>(targets.values());
    all.addAll(retired.values());
    all.addAll(leaving);
    all.forEach(target -> target.buffer().drain());
    for (Target each : all) {
      each.stop(Math.max(0, deadline - clock.nanos()), DropReason.SHUTDOWN);
    }
    List<BackendSlot> open = new ArrayList<>(slots.values());
    open.addAll(retiredSlots.values());
    for (BackendSlot each : open) {
      closeInTime(each);
    }
  }

  /** One that hangs must not hold back the end of the process. */
  private static void closeInTime(BackendSlot slot) throws InterruptedException {
    var closing = new Thread(slot::close, "leasehold-telemetry-close-" + slot.name());
    closing.setDaemon(true);
    closing.start();
    closing.join(TimeUnit.SECONDS.toMillis(5));
  }

  /** Messages from clients, since the start. */
  long received() {
    return sources.received();
  }

  /** Messages and copies that other settings might have kept; never less than it was before. */
  long lost() {
    long sum = 0;
    for (DropReason each : UP_TO_SETTINGS) {
      sum += traffic.dropped(each);
    }
    for (TargetCounts target : counts.values()) {
      for (DropReason each : UP_TO_SETTINGS) {
        sum += target.dropped(each);
      }
    }
    return sum;
  }

  /** All terms, as they are now; they fit together when nothing moves. */
  Ledger ledger() {
    long delivered = 0;
    long dropped = traffic.dropped();
    long dead = 0;
    for (TargetCounts each : counts.values()) {
      delivered += each.delivered();
      dropped += each.dropped();
      dead += each.deadLettered();
    }
    long inFlight = 0;
    Set<Target> all = new HashSet<>(leaving); // first: a target may move there meanwhile
    all.addAll(retired.values());
    all.addAll(targets.values());
    for (Target each : all) {
      inFlight += each.inFlight();
    }
    long recovered = spool == null ? 0 : spool.recovered();
    return new Ledger(
        sources.received(),
        traffic.fanout.sum(),
        traffic.derived.sum(),
        recovered,
        traffic.replayed.sum(),
        delivered,
        dropped,
        dead,
        inFlight);
  }
}
