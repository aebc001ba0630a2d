package io.leasehold.actors.kv.redis.external;

import io.leasehold.actors.access.account.ExternalGate;
import io.leasehold.actors.access.account.InstanceCheck;
import io.leasehold.actors.access.account.PasswordSeal;
import io.leasehold.actors.kv.redis.EmbeddedInstances.Outcome;
import io.leasehold.actors.kv.redis.InstanceCommands;
import io.leasehold.actors.kv.redis.InstanceEvents;
import io.leasehold.domain.access.ExternalRedis;
import io.leasehold.domain.access.InstanceDirectory.Found;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.time.Clock;
import io.prometheus.client.Collector;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.ActorSystem;
import org.jspecify.annotations.Nullable;

/**
 * External instances, as one node reaches them: a pool of connections for each, made when it is
 * first needed, closed when it is not needed any more. Safe for any thread; nothing blocks but
 * closing, and no stage fails.
 */
public final class ExternalInstances implements ExternalGate, AutoCloseable {
  static final int MAX_POOLS = 10_000;
  private static final Duration SWEEP = Duration.ofSeconds(10);

  /**
   * How it works.
   *
   * @param networks that may be connected to
   * @param attempts tries of one connecting, 1 or more
   * @param retryDelay before the second try at most, doubled for each further one
   * @param connections to one instance, 2 or more, where it has no number of its own
   * @param commandTimeout waits for a connection at most so long
   * @param batchTimeout so long a pool that is closed waits for what is under way
   * @param maxReply bytes of one reply
   * @param idle a pool that was not used for so long is closed
   * @param circuitFirst how long a circuit stays open, doubled each time the instance is still away
   * @param circuitLongest but no longer than this
   */
  public record Setup(
      Networks networks,
      int attempts,
      Duration retryDelay,
      int connections,
      Duration commandTimeout,
      Duration batchTimeout,
      long maxReply,
      Duration idle,
      Duration circuitFirst,
      Duration circuitLongest) {
    /** With the times that are no settings. */
    public Setup(
        Networks networks,
        int attempts,
        Duration retryDelay,
        int connections,
        Duration commandTimeout,
        Duration batchTimeout,
        long maxReply) {
      this(
          networks,
          attempts,
          retryDelay,
          connections,
          commandTimeout,
          batchTimeout,
          maxReply,
          Duration.ofMinutes(10),
          Duration.ofSeconds(5),
          Duration.ofMinutes(1));
    }
  }

  private final Setup setup;
  private final PasswordSeal seal;
  private final Connector connector;
  private final Dialing dialing;
  private final PoolCommons shared;
  private final Clock clock;
  private final Cancellable sweep;
  private final ConcurrentHashMap<UUID, ExternalPool> pools = new ConcurrentHashMap<>();
  private final AtomicLong opensOfClosedPools = new AtomicLong();
  private volatile boolean closed;

  /**
   * @param seal opens the passwords when they are needed
   * @param random from 0 to 1
   */
  public ExternalInstances(
      ActorSystem<?> actors, Setup setup, PasswordSeal seal, DoubleSupplier random, Clock clock) {
    this.setup = setup;
    this.seal = seal;
    this.clock = clock;
    this.connector = new Connector(setup.networks(), setup.maxReply(), actors.executionContext());
    this.dialing = new Dialing(connector, setup.attempts(), setup.retryDelay(), random);
    this.shared =
        new PoolCommons(
            actors,
            dialing,
            connector.deadlines(),
            clock,
            new Room(),
            setup.maxReply(),
            setup.connections(),
            setup.commandTimeout(),
            setup.circuitFirst(),
            setup.circuitLongest());
    this.sweep =
        actors
            .scheduler()
            .scheduleWithFixedDelay(SWEEP, SWEEP, this::closeIdle, actors.executionContext());
  }

  /** The instance at this address, or at a later one that is known by now. */
  public InstanceCommands on(ExternalRedis where) {
    return new InstanceCommands() {
      @Override
      public CompletionStage<Outcome> run(List<Bytes> command, Duration patience) {
        ExternalPool pool = pool(where);
        return pool == null
            ? CompletableFuture.completedFuture(noRoom())
            : pool.run(command, patience);
      }

      @Override
      public CompletionStage<List<Outcome>> pipeline(
          List<List<Bytes>> commands, Duration patience) {
        if (commands.isEmpty()) {
          return CompletableFuture.completedFuture(List.of());
        }
        ExternalPool pool = pool(where);
        return pool == null
            ? CompletableFuture.completedFuture(commands.stream().map(each -> noRoom()).toList())
            : pool.runAll(commands, patience);
      }

      @Override
      public CompletionStage<Outcome> transaction(List<List<Bytes>> commands, Duration patience) {
        ExternalPool pool = pool(where);
        return pool == null
            ? CompletableFuture.completedFuture(noRoom())
            : pool.transaction(commands, patience);
      }

      @Override
      public boolean isExternal() {
        return true;
      }
    };
  }

  /** What happens in the instance at this address, or at a later one that is known by now. */
  public InstanceEvents events(ExternalRedis where) {
    return (instance, interest, listener, patience) -> {
      ExternalPool pool = pool(where);
      return pool == null
          ? CompletableFuture.completedFuture(new InstanceEvents.Opened.Refused(whyNoRoom()))
          : pool.open(interest, listener, patience);
    };
  }

  private Outcome noRoom() {
    return new Outcome.Unavailable(whyNoRoom(), false);
  }

  private String whyNoRoom() {
    return closed
        ? "this node is stopping"
        : "this node is connected to " + MAX_POOLS + " instances, which is all it can";
  }

  /** Null if there are too many. */
  private @Nullable ExternalPool pool(ExternalRedis where) {
    ExternalPool known = pools.get(where.instance());
    if (known != null && known.generation() >= where.generation() && !known.isClosed()) {
      known.touch();
      return known;
    }
    if (closed || (known == null && pools.size() >= MAX_POOLS)) {
      return null;
    }
    var replaced = new ExternalPool[1];
    ExternalPool pool =
        pools.compute(
            where.instance(),
            (id, now) -> {
              if (now != null && now.generation() >= where.generation() && !now.isClosed()) {
                return now;
              }
              replaced[0] = now;
              return new ExternalPool(where, () -> reveal(where), shared);
            });
    if (replaced[0] != null) {
      close(replaced[0]);
    }
    if (closed) { // meanwhile
      pool.closeNow();
      return null;
    }
    pool.touch();
    return pool;
  }

  private @Nullable String reveal(ExternalRedis where) throws IOException {
    String sealed = where.sealedPassword();
    try {
      return sealed == null ? null : seal.open(where.instance(), sealed);
    } catch (PasswordSeal.Sealed e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private void close(ExternalPool pool) {
    opensOfClosedPools.addAndGet(pool.circuit().opens());
    pool.close(setup.batchTimeout());
  }

  /** An instance was changed, or is no more: its pool is closed if it is not what it was. */
  public void settle(UUID instance, Found found) {
    ExternalPool known = pools.get(instance);
    boolean same =
        found instanceof Found.Unavailable // what it is now nobody can say
            || (known != null
                && found instanceof Found.External external
                && external.where().generation() <= known.generation());
    if (known != null && !same && pools.remove(instance, known)) {
      close(known);
    }
  }

  private void closeIdle() {
    pools.forEach(
        (id, pool) -> {
          if (pool.isIdle(setup.idle()) && pools.remove(id, pool)) {
            close(pool);
          }
        });
  }

  @Override
  public CompletionStage<InstanceCheck.Found> verify(
      ExternalRedis where, @Nullable String password) {
    return transientCheck(where, () -> password);
  }

  /** By a connection of its own, which is closed afterwards. */
  private CompletionStage<InstanceCheck.Found> transientCheck(
      ExternalRedis where, Dialing.Password password) {
    return dialing
        .connect(where, password, () -> !closed, failure -> {})
        .thenCompose(
            link ->
                new Checkup(clock, connector.deadlines())
                    .of(link)
                    .whenComplete((found, failure) -> link.close()))
        .exceptionally(failure -> new InstanceCheck.Found(0, 0, Causes.text(failure)));
  }

  @Override
  public CompletionStage<InstanceCheck.Found> check(ExternalRedis where) {
    ExternalPool pool = pools.get(where.instance());
    CompletionStage<InstanceCheck.Found> checked =
        pool == null || pool.generation() != where.generation() ? null : pool.check();
    return checked == null ? transientCheck(where, () -> reveal(where)) : checked;
  }

  @Override
  public CompletionStage<InstanceCheck.Found> reconnect(ExternalRedis where) {
    ExternalPool pool = pool(where);
    return pool == null
        ? CompletableFuture.completedFuture(
            new InstanceCheck.Found(0, 0, "this node has no room for it"))
        : pool.reconnected();
  }

  @Override
  public State state(UUID instance) {
    ExternalPool pool = pools.get(instance);
    return pool == null ? State.NONE : state(pool);
  }

  private static State state(ExternalPool pool) {
    return new State(pool.connections(), pool.circuit().state());
  }

  /** How this node stands with each instance that it has to do with. */
  public Map<UUID, State> states() {
    var states = new HashMap<UUID, State>();
    pools.forEach((id, pool) -> states.put(id, state(pool)));
    return states;
  }

  /** Connections that are open, to all instances. */
  public int connections() {
    return pools.values().stream().mapToInt(ExternalPool::connections).sum();
  }

  /** Instances that are not asked at the moment. */
  public int circuitsOpen() {
    return (int) pools.values().stream().filter(pool -> !pool.circuit().isClosed()).count();
  }

  private long opens() {
    return opensOfClosedPools.get()
        + pools.values().stream().mapToLong(pool -> pool.circuit().opens()).sum();
  }

  /** For a registry. */
  public Collector figures() {
    return new PoolFigures(this::connections, this::circuitsOpen, this::opens);
  }

  /** Hangs up everywhere. Waits a second or two. */
  @Override
  public void close() {
    closed = true;
    sweep.cancel();
    pools.values().forEach(ExternalPool::closeNow);
    pools.clear();
    connector.close();
  }
}
