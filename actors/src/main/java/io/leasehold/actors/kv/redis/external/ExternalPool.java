package io.leasehold.actors.kv.redis.external;

import io.leasehold.actors.access.account.InstanceCheck;
import io.leasehold.actors.kv.redis.EmbeddedInstances.Outcome;
import io.leasehold.actors.kv.redis.InstanceEvents.Interest;
import io.leasehold.actors.kv.redis.InstanceEvents.Listener;
import io.leasehold.actors.kv.redis.InstanceEvents.Opened;
import io.leasehold.domain.access.ExternalRedis;
import io.leasehold.domain.kv.Bytes;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections of this node to one external instance. Connects when it is first needed and after
 * a loss; refuses at once while its circuit is open, and closes that by itself. Safe for any
 * thread; nothing blocks, and no stage fails but where it says so.
 */
final class ExternalPool {
  private static final Logger LOG = LoggerFactory.getLogger(ExternalPool.class);

  private final ExternalRedis where;
  private final Dialing.Password password;
  private final PoolCommons common;
  private final Circuit circuit;
  private final Room room = new Room();
  private final SharedLinks links = new SharedLinks();
  private final Growth growth;
  private final ExclusiveLinks exclusive;
  private final Rounds rounds;
  private final ExternalFeed feed;
  private volatile boolean closed;
  private volatile long usedNanos;

  /**
   * @param password is found when it is needed
   */
  ExternalPool(ExternalRedis where, Dialing.Password password, PoolCommons common) {
    this.where = where;
    this.password = password;
    this.common = common;
    int all = where.maxConnections() == 0 ? common.connections() : where.maxConnections();
    int maxShared = Math.max(1, all / 2);
    this.growth =
        new Growth(
            where,
            links,
            maxShared,
            () -> common.dialing().once(where, password),
            this::add,
            common.clock());
    this.exclusive =
        new ExclusiveLinks(Math.max(1, all - maxShared), this::another, common.deadlines());
    this.circuit =
        new Circuit(
            common.actors(),
            common.circuitFirst(),
            common.circuitLongest(),
            common.clock(),
            this::opened,
            this::probe);
    this.rounds = new Rounds(this::dial, circuit::gaveUp, common.deadlines(), common.patience());
    this.feed =
        new ExternalFeed(
            new EventLine.Source() {
              @Override
              public CompletionStage<Link> connect() {
                return forEvents();
              }

              @Override
              public void over() {
                exclusive.takeBack();
              }
            },
            common.names(),
            common.maxReply(),
            common.deadlines());
    this.usedNanos = common.clock().nanos();
  }

  int generation() {
    return where.generation();
  }

  boolean isClosed() {
    return closed;
  }

  void touch() {
    usedNanos = common.clock().nanos();
  }

  /** Not used for so long. */
  boolean isIdle(Duration rest) {
    return feed.isEmpty() && common.clock().nanos() - usedNanos > rest.toNanos();
  }

  int connections() {
    return links.size() + exclusive.size() + feed.size();
  }

  Circuit circuit() {
    return circuit;
  }

  /** Runs a command. */
  CompletionStage<Outcome> run(List<Bytes> command, Duration patience) {
    long started = common.clock().nanos();
    return admitted(
        1,
        Wire.bytesOf(command),
        CircuitOpen::unavailable,
        watch -> {
          Link link = links.nextOfTurn();
          if (link != null) {
            growth.ifBusy(link);
            return Lone.send(link, command, patience, common.deadlines(), watch);
          }
          return onceConnected(
                  watch,
                  patience,
                  started,
                  (fresh, left) -> Lone.send(fresh, command, left, common.deadlines(), watch))
              .exceptionally(CircuitOpen::unavailable);
        });
  }

  /**
   * Runs commands one after another, in one go.
   *
   * @param commands at least one
   * @return as many outcomes
   */
  CompletionStage<List<Outcome>> runAll(List<List<Bytes>> commands, Duration patience) {
    long started = common.clock().nanos();
    Function<Throwable, List<Outcome>> none =
        failure -> Collections.nCopies(commands.size(), CircuitOpen.unavailable(failure));
    return admitted(
        commands.size(),
        Wire.bytesOfAll(commands),
        none,
        watch -> {
          Link link = links.next(); // nobody is to wait behind it for want of a turn
          if (link != null) {
            growth.ifBusy(link);
            return Batch.send(link, commands, patience, common.deadlines(), watch);
          }
          return onceConnected(
                  watch,
                  patience,
                  started,
                  (fresh, left) -> Batch.send(fresh, commands, left, common.deadlines(), watch))
              .exceptionally(none);
        });
  }

  /** Goes on when there is a connection, with what is left of the time. */
  private <T> CompletionStage<T> onceConnected(
      Watched watch,
      Duration patience,
      long started,
      BiFunction<Link, Duration, CompletionStage<T>> next) {
    return watch.around(
        rounds.connected().thenCompose(link -> next.apply(link, left(patience, started))));
  }

  /** At least as long as the timer can tell. */
  private Duration left(Duration patience, long startedNanos) {
    Duration left = patience.minusNanos(common.clock().nanos() - startedNanos);
    return left.compareTo(Duration.ofMillis(1)) < 0 ? Duration.ofMillis(1) : left;
  }

  /** Commands as one: the reply is an array, or why none was run. */
  CompletionStage<Outcome> transaction(List<List<Bytes>> commands, Duration patience) {
    long started = common.clock().nanos();
    return admitted(
        commands.size(),
        Wire.bytesOfAll(commands),
        CircuitOpen::unavailable,
        watch ->
            watch
                .around(
                    ready()
                        .thenCompose(ready -> exclusive.borrow(common.patience()))
                        .thenCompose(
                            link ->
                                new Transaction(link, common.deadlines(), watch)
                                    .run(commands, left(patience, started))
                                    .whenComplete((outcome, bug) -> exclusive.giveBack(link))))
                .exceptionally(CircuitOpen::unavailable));
  }

  /** Something that happens in the instance, as a stream. */
  CompletionStage<Opened> open(Interest interest, Listener ear, Duration patience) {
    return feed.open(interest, ear, patience);
  }

  /** A connection for streams, in a place that is lent. */
  private CompletionStage<Link> forEvents() {
    if (!circuit.isClosed()) {
      return CompletableFuture.failedFuture(new CircuitOpen(circuit));
    }
    if (closed || !exclusive.lend()) {
      return CompletableFuture.failedFuture(
          new IOException("it has no connection to spare for event streams"));
    }
    return ready()
        .thenCompose(ready -> another())
        .whenComplete(
            (link, failure) -> {
              if (link == null) {
                exclusive.takeBack();
              } else if (closed) {
                link.close();
              }
            });
  }

  /** When it is connected. */
  private CompletionStage<?> ready() {
    return links.next() == null ? rounds.connected() : CompletableFuture.completedFuture(null);
  }

  /** Goes on if the circuit is closed and there is room, and watches what comes of it. */
  private <T> CompletionStage<T> admitted(
      int commands,
      long bytes,
      Function<Throwable, T> otherwise,
      Function<Watched, CompletionStage<T>> next) {
    IOException no =
        closed
            ? new IOException("its connections are being closed")
            : !circuit.isClosed()
                ? new CircuitOpen(circuit)
                : room.take(commands, bytes)
                    ? null
                    : new IOException("too much waits for it already");
    return no == null
        ? next.apply(new Watched(circuit, room, commands, bytes))
        : CompletableFuture.completedFuture(otherwise.apply(no));
  }

  /** In as many tries as are allowed. */
  private CompletionStage<Link> dial() {
    return common
        .dialing()
        .connect(where, password, () -> !closed && circuit.isClosed(), circuit::failed)
        .whenComplete(
            (link, failure) -> {
              if (link != null) {
                add(link);
                circuit.succeeded();
              }
            });
  }

  private void add(Link link) {
    links.add(link);
    link.onEnd(this::ended);
    if (closed) {
      link.close();
    }
  }

  private void ended(Link link) {
    boolean last = links.remove(link);
    if (!last || closed || !circuit.isClosed()) {
      return;
    }
    LOG.warn(
        "instance {} at {}:{}: the connection was lost",
        where.instance(),
        where.host(),
        where.port());
    circuit.failed(new IOException("the connection was lost"));
    if (circuit.isClosed()) {
      rounds.begin();
    }
  }

  /** For a transaction. */
  private CompletionStage<Link> another() {
    return common
        .dialing()
        .once(where, password)
        .whenComplete(
            (link, failure) -> {
              if (failure != null) {
                circuit.failed(failure);
              }
            });
  }

  /** Nobody asks it any more; what was asked is not answered either. */
  private void opened() {
    LOG.warn(
        "instance {} at {}:{}: its circuit is open for {} s: {}",
        where.instance(),
        where.host(),
        where.port(),
        circuit.retryAfterSeconds(),
        circuit.cause());
    feed.end(circuit.cause());
    hangUp();
  }

  private void hangUp() {
    links.all().forEach(Link::close);
    exclusive.hangUp();
  }

  /** Whether it is back: a connection that answers a PING. */
  private void probe() {
    if (closed) {
      return; // stays as it is: nobody asks any more
    }
    common
        .dialing()
        .once(where, password)
        .whenComplete(
            (link, failure) -> {
              if (link == null) {
                circuit.failed(failure);
                return;
              }
              add(link);
              circuit.succeeded();
              LOG.info(
                  "instance {} at {}:{}: it answers again, its circuit is closed",
                  where.instance(),
                  where.host(),
                  where.port());
            });
  }

  /** Connects if it is not, and asks how it is. */
  CompletionStage<InstanceCheck.Found> reconnected() {
    return rounds
        .connected()
        .thenCompose(link -> new Checkup(common.clock(), common.deadlines()).of(link))
        .exceptionally(failure -> new InstanceCheck.Found(0, 0, Causes.text(failure)));
  }

  /**
   * Asks how it is by a connection that is there; null if there is none. An open circuit is answer
   * enough.
   */
  @Nullable CompletionStage<InstanceCheck.Found> check() {
    if (!circuit.isClosed()) {
      return CompletableFuture.completedFuture(
          new InstanceCheck.Found(0, 0, Causes.text(new CircuitOpen(circuit))));
    }
    Link link = links.next();
    if (link == null) {
      return null;
    }
    return new Checkup(common.clock(), common.deadlines())
        .of(link)
        .thenApply(
            found -> {
              if (found.error() != null) {
                circuit.failed(new IOException(found.error()));
              }
              return found;
            });
  }

  /** Takes nothing more; what was sent is let end, for as long as a request may take. */
  void close(Duration patience) {
    closed = true;
    var all = new ArrayList<>(links.all());
    all.forEach(Link::leave);
    exclusive.close();
    feed.end("the instance was changed, or is no more");
    common.deadlines().in(patience, this::hangUp);
  }

  /** Hangs up at once. */
  void closeNow() {
    closed = true;
    exclusive.close();
    feed.end("this node is stopping");
    hangUp();
  }
}
