package io.leasehold.actors.kv.redis.external;

import static io.leasehold.actors.kv.redis.external.ExternalRig.CONNECTIONS;
import static io.leasehold.actors.kv.redis.external.ExternalRig.MAX_REPLY;
import static io.leasehold.actors.kv.redis.external.ExternalRig.await;
import static io.leasehold.actors.kv.redis.external.ExternalRig.command;
import static io.leasehold.actors.kv.redis.external.ExternalRig.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.actors.access.account.InstanceCheck;
import io.leasehold.actors.kv.redis.EmbeddedInstances.Outcome;
import io.leasehold.actors.kv.redis.InstanceCommands;
import io.leasehold.actors.socket.SocketLoop;
import io.leasehold.config.access.Network;
import io.leasehold.domain.access.ExternalRedis;
import io.leasehold.domain.access.InstanceDirectory.Found;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Replies;
import io.leasehold.domain.kv.redis.Reply;
import io.leasehold.domain.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pools of connections to real Redis servers, well and not. */
class ExternalInstancesTest {
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private static ExternalRig rig;
  private static RedisServer redis;
  private final UUID id = UUID.randomUUID();
  private ExternalInstances instances;

  @BeforeAll
  static void start() throws Exception {
    rig = new ExternalRig(PATIENCE, "--enable-debug-command", "yes");
    redis = rig.redis;
  }

  @AfterAll
  static void stop() {
    rig.close();
  }

  @BeforeEach
  void open() throws Exception {
    instances = rig.open();
  }

  @AfterEach
  void close() {
    instances.close();
  }

  private static ExternalRedis at(UUID id, RedisServer server, int generation) {
    return new ExternalRedis(id, "127.0.0.1", server.port(), 0, false, null, null, 0, generation);
  }

  private InstanceCommands on(RedisServer server) {
    return instances.on(at(id, server, 1));
  }

  private static Outcome run(InstanceCommands instance, String... words) throws Exception {
    return get(instance.run(command(words), PATIENCE));
  }

  private static Outcome replied(Reply reply) {
    return new Outcome.Replied(reply);
  }

  @Test
  void repliesOfAnyShapeComeAsTheyAre() throws Exception {
    var instance = on(redis);
    byte[] binary = new byte[256];
    for (int i = 0; i < binary.length; i++) {
      binary[i] = (byte) i;
    }
    var set =
        List.of(Bytes.utf8("SET"), Bytes.of(new byte[] {0, '\r', '\n', -1}), Bytes.of(binary));
    var read = List.of(Bytes.utf8("get"), Bytes.of(new byte[] {0, '\r', '\n', -1}));

    assertThat(get(instance.run(set, PATIENCE))).isEqualTo(replied(Replies.OK));
    assertThat(get(instance.run(read, PATIENCE)))
        .isEqualTo(replied(Replies.bulk(Bytes.of(binary))));
    assertThat(run(instance, "GET", "")).isEqualTo(replied(Replies.NIL));
    assertThat(run(instance, "SET", "empty", "")).isEqualTo(replied(Replies.OK));
    assertThat(run(instance, "GET", "empty")).isEqualTo(replied(Replies.bulk("")));
    assertThat(run(instance, "PING")).isEqualTo(replied(new Reply.Simple("PONG")));
    assertThat(run(instance, "INCR", "n")).isEqualTo(replied(Replies.ONE));
    assertThat(run(instance, "LRANGE", "none", "0", "-1")).isEqualTo(replied(Replies.EMPTY));
    assertThat(run(instance, "LPOP", "none", "2")).isEqualTo(replied(Replies.NIL_ARRAY));
    assertThat(run(instance, "NOSUCH", "a"))
        .isEqualTo(
            replied(
                new Reply.Failure("ERR unknown command 'NOSUCH', with args beginning with: 'a' ")));
    assertThat(
            run(
                instance,
                "EVAL",
                "return {1, {'a', {}, false, {err='ERR inner'}}, {ok='fine'}, 'z'}",
                "0"))
        .isEqualTo(
            replied(
                Replies.array(
                    List.of(
                        Replies.ONE,
                        Replies.array(
                            List.of(
                                Replies.bulk("a"),
                                Replies.EMPTY,
                                Replies.NIL,
                                new Reply.Failure("ERR inner"))),
                        new Reply.Simple("fine"),
                        Replies.bulk("z")))));
  }

  @Test
  void aPipelineIsAnsweredInOrderErrorsAmongIt() throws Exception {
    var commands = new ArrayList<List<Bytes>>();
    var expected = new ArrayList<Outcome>();
    for (int i = 1; i <= 10_000; i++) {
      commands.add(i == 5_000 ? command("INCR") : command("INCR", "n"));
      expected.add(
          i == 5_000
              ? replied(new Reply.Failure("ERR wrong number of arguments for 'incr' command"))
              : replied(Replies.number(i < 5_000 ? i : i - 1)));
    }

    assertThat(get(on(redis).pipeline(commands, PATIENCE))).isEqualTo(expected);
    assertThat(get(on(redis).pipeline(List.of(), PATIENCE))).isEmpty();
  }

  @Test
  void aTransactionIsRunAsOneOrNotAtAll() throws Exception {
    var instance = on(redis);

    var done =
        get(
            instance.transaction(
                List.of(command("SET", "k", "v"), command("INCR", "k"), command("GET", "k")),
                PATIENCE));
    var refused =
        get(
            instance.transaction(
                List.of(command("SET", "k", "w"), command("NOSUCH"), command("GET", "k")),
                PATIENCE));

    assertThat(done)
        .isEqualTo(
            replied(
                Replies.array(
                    List.of(
                        Replies.OK,
                        new Reply.Failure("ERR value is not an integer or out of range"),
                        Replies.bulk("v")))));
    assertThat(refused)
        .isEqualTo(
            replied(
                new Reply.Failure(
                    "EXECABORT Transaction discarded because of previous errors. (command 2: ERR"
                        + " unknown command 'NOSUCH', with args beginning with: )")));
    assertThat(run(instance, "GET", "k")).isEqualTo(replied(Replies.bulk("v")));
  }

  @Test
  void manyTransactionsShareFewConnections() throws Exception {
    var instance = on(redis);
    var all = new ArrayList<CompletableFuture<Outcome>>();
    for (int i = 0; i < 200; i++) {
      all.add(
          instance
              .transaction(List.of(command("INCR", "a"), command("INCR", "b")), PATIENCE)
              .toCompletableFuture());
    }

    for (CompletableFuture<Outcome> each : all) {
      var reply = (Reply.Array) ((Outcome.Replied) get(each)).reply();
      assertThat(reply.items().get(0)).isEqualTo(reply.items().get(1)); // nobody came in between
    }
    assertThat(redis.clients()).isLessThanOrEqualTo(CONNECTIONS);
    assertThat(instances.connections()).isEqualTo(redis.clients());
  }

  /** A kill: what was under way may have run, nobody runs it again, and it comes back by itself. */
  @Test
  void aKilledRedisIsRefusedAtOnceAndComesBackByItself() throws Exception {
    try (var killed = RedisServer.start("--enable-debug-command", "yes")) {
      var instance = on(killed);
      assertThat(run(instance, "INCR", "n")).isEqualTo(replied(Replies.ONE));
      var underWay = instance.run(command("DEBUG", "SLEEP", "10"), PATIENCE);
      var pipeline =
          instance.pipeline(List.of(command("INCR", "n"), command("INCR", "n")), PATIENCE);
      killed.kill();

      assertThat(get(underWay)).isEqualTo(new Outcome.Lost());
      assertThat(get(pipeline)).isEqualTo(Collections.nCopies(2, new Outcome.Lost()));
      await(() -> instances.circuitsOpen() == 1);
      long quickest = Long.MAX_VALUE; // of some: the machine does other things too
      Outcome.Unavailable refused = null;
      for (int i = 0; i < 5; i++) {
        long before = System.nanoTime();
        refused = (Outcome.Unavailable) run(instance, "PING");
        quickest = Math.min(quickest, System.nanoTime() - before);
      }
      assertThat(quickest).isLessThan(50_000_000L);
      assertThat(refused.mayHaveRun()).isFalse();
      assertThat(refused.retryAfterSeconds()).isEqualTo(1);
      assertThat(refused.cause()).startsWith("its circuit is open after failures");
      assertThat(instances.state(id).circuit()).isNotEqualTo("closed");

      killed.again();
      await(() -> instances.circuitsOpen() == 0);
      assertThat(run(instance, "GET", "n")).isEqualTo(replied(Replies.NIL)); // nothing came again
      assertThat(run(instance, "INCR", "n")).isEqualTo(replied(Replies.ONE));
    }
  }

  /** A stop under load: the one that is stopped is refused, the other is as quick as ever. */
  @Test
  void aStoppedRedisHarmsNobodyElse() throws Exception {
    try (var stopped = RedisServer.start()) {
      var sick = on(stopped);
      var well = instances.on(at(UUID.randomUUID(), redis, 1));
      assertThat(run(sick, "SET", "k", "v")).isEqualTo(replied(Replies.OK));
      assertThat(run(well, "SET", "k", "v")).isEqualTo(replied(Replies.OK));
      stopped.pause();
      var waiting = new ArrayList<CompletableFuture<Outcome>>();
      for (int i = 0; i < 500; i++) {
        waiting.add(sick.run(command("INCR", "n"), Duration.ofMillis(600)).toCompletableFuture());
      }
      long longest = 0;
      while (instances.circuitsOpen() == 0) {
        long before = System.nanoTime();
        assertThat(run(well, "GET", "k")).isEqualTo(replied(Replies.bulk("v")));
        longest = Math.max(longest, System.nanoTime() - before);
      }
      assertThat(longest).isLessThan(500_000_000L); // on a machine that does other things too
      for (CompletableFuture<Outcome> each : waiting) {
        assertThat(get(each)).isIn(new Outcome.Late(600), new Outcome.Lost());
      }
      assertThat(run(sick, "PING")).isInstanceOf(Outcome.Unavailable.class);
      assertThat(run(well, "PING")).isEqualTo(replied(new Reply.Simple("PONG")));

      stopped.resume();
      await(() -> instances.circuitsOpen() == 0);
      assertThat(run(sick, "GET", "k")).isEqualTo(replied(Replies.bulk("v")));
      int ran = Integer.parseInt(stopped.cli("GET", "n"));
      assertThat(ran).isLessThanOrEqualTo(500); // each at most once
    }
  }

  @Test
  void whereNobodyListensTriesAreCounted() throws Exception {
    var gone = RedisServer.start();
    gone.kill();

    var found = get(instances.verify(at(id, gone, 1), null));
    var outcome = (Outcome.Unavailable) run(on(gone), "PING");

    String start = "127.0.0.1:" + gone.port() + " could not be reached in 3 tries: ";
    assertThat(found.error()).startsWith(start).contains("refused");
    assertThat(outcome.cause()).startsWith(start);
    assertThat(outcome.mayHaveRun()).isFalse();
  }

  @Test
  void aPasswordIsOpenedToLogInAndAWrongOneIsNotTriedAgain() throws Exception {
    try (var guarded =
        RedisServer.start(
            "--requirepass",
            "sesame",
            "--user",
            "app",
            "on",
            ">open",
            "~*",
            "+@all",
            "--databases",
            "4")) {
      var where =
          new ExternalRedis(
              id, "localhost", guarded.port(), 3, false, null, rig.seal.seal(id, "sesame"), 0, 1);
      var asApp =
          new ExternalRedis(
              id, "localhost", guarded.port(), 0, false, "app", rig.seal.seal(id, "open"), 0, 2);
      var wrong = at(UUID.randomUUID(), guarded, 1);

      assertThat(run(instances.on(where), "SET", "k", "in 3")).isEqualTo(replied(Replies.OK));
      assertThat(run(instances.on(asApp), "ACL", "WHOAMI")).isEqualTo(replied(Replies.bulk("app")));
      assertThat(run(instances.on(asApp), "GET", "k")).isEqualTo(replied(Replies.NIL));
      var found = get(instances.verify(wrong, "guess"));
      assertThat(found.error())
          .isEqualTo(
              "127.0.0.1:"
                  + guarded.port()
                  + " could not be reached in 1 try: WRONGPASS invalid username-password pair or"
                  + " user is disabled.");
      assertThat(get(instances.verify(wrong, null)).error()).contains("in 1 try: NOAUTH");
      assertThat(get(instances.verify(wrong, "sesame")).error()).isNull();
    }
  }

  @Test
  void aCheckTellsVersionAndMemory() throws Exception {
    InstanceCheck.Found found = get(instances.check(at(id, redis, 1)));

    assertThat(found.error()).isNull();
    assertThat(found.usedBytes()).isPositive();
    assertThat(found.remote().version()).matches("[0-9]+\\.[0-9]+\\.[0-9]+");
    await(() -> redis.clients() == 0); // nothing stays open for it
    assertThat(run(on(redis), "PING")).isEqualTo(replied(new Reply.Simple("PONG")));
    assertThat(get(instances.check(at(id, redis, 1))).error()).isNull();
    assertThat(redis.clients()).isEqualTo(1); // by the connection that is there
  }

  @Test
  void aChangedInstanceIsConnectedToAnew() throws Exception {
    try (var other = RedisServer.start()) {
      run(on(redis), "SET", "where", "first");
      other.cli("SET", "where", "second");
      var moved = at(id, other, 2);

      assertThat(run(instances.on(moved), "GET", "where"))
          .isEqualTo(replied(Replies.bulk("second")));
      assertThat(run(on(redis), "GET", "where")) // who has not heard of it yet
          .isEqualTo(replied(Replies.bulk("second")));
      await(() -> redis.clients() == 0);

      instances.settle(id, new Found.Unavailable("away"));
      instances.settle(id, new Found.External(id, UUID.randomUUID(), moved));
      assertThat(instances.connections()).isEqualTo(1);
      instances.settle(id, new Found.Missing());
      await(() -> other.clients() == 0);
      assertThat(instances.connections()).isZero();
    }
  }

  @Test
  void deniedNetworksAreNotConnectedTo() throws Exception {
    var none = new Networks(List.of(), List.of(Network.parse("127.0.0.0/8").orElseThrow()), true);
    var notHere = new Networks(List.of(), List.of(), false);
    var allowed =
        new Networks(List.of(Network.parse("127.0.0.1").orElseThrow()), none.denied(), false);
    for (Networks networks : List.of(none, notHere)) {
      try (var guarded = rig.open(networks)) {
        assertThat(get(guarded.verify(at(id, redis, 1), null)).error())
            .contains("in 1 try: ")
            .contains("127.0.0.1 is ")
            .endsWith("which is denied");
      }
    }
    try (var guarded = rig.open(allowed)) {
      assertThat(get(guarded.verify(at(id, redis, 1), null)).error()).isNull();
    }
  }

  @Test
  void aReplyThatIsTooLargeIsAnError() throws Exception {
    var instance = on(redis);
    run(instance, "SETRANGE", "large", Long.toString(MAX_REPLY), "x");
    run(instance, "SETRANGE", "huge", Long.toString(8 * MAX_REPLY), "x");
    Outcome tooLarge =
        replied(
            new Reply.Failure(
                "ERR reply exceeds maximum allowed size. Limit: " + MAX_REPLY + " bytes"));

    assertThat(run(instance, "GET", "large")).isEqualTo(tooLarge);
    assertThat(run(instance, "PING")).isEqualTo(replied(new Reply.Simple("PONG")));
    for (int i = 0; i < 10; i++) { // nothing is wrong with the instance: its circuit stays closed
      assertThat(run(instance, "GET", "huge")).isEqualTo(tooLarge); // and hung up on
    }
    assertThat(run(instance, "PING")).isEqualTo(replied(new Reply.Simple("PONG")));
    String many = "local t = {} for i = 1, 10000 do t[i] = string.rep('x', 1000) end return t";
    assertThat(run(instance, "EVAL", many, "0")).isEqualTo(tooLarge); // and hung up on
    assertThat(run(instance, "PING")).isEqualTo(replied(new Reply.Simple("PONG")));
  }

  /** What waits behind a command that blocks has room elsewhere again, some time. */
  @Test
  void aConnectionThatAnswersNothingAnyMoreIsHungUpOn() throws Exception {
    try (var server = RedisServer.start()) {
      var instance = on(server);
      run(instance, "PING");

      Outcome stuck = get(instance.run(command("BLPOP", "nothing", "0"), Duration.ofMillis(300)));
      assertThat(stuck).isEqualTo(new Outcome.Late(300));

      await(() -> server.cli("INFO", "clients").contains("blocked_clients:0"));
      await(() -> run(instance, "PING").equals(replied(new Reply.Simple("PONG"))));
    }
  }

  @Test
  void moreThanThereIsRoomForIsRefused() throws Exception {
    try (var stopped = RedisServer.start()) {
      var instance = on(stopped);
      run(instance, "PING");
      stopped.pause();
      var large = List.of(Bytes.utf8("SET"), Bytes.utf8("k"), Bytes.of(new byte[40 << 20]));
      var first = instance.run(large, PATIENCE);

      var second = get(instance.run(large, PATIENCE));

      assertThat(second).isEqualTo(new Outcome.Unavailable("too much waits for it already", false));
      assertThat(get(first)).isIn(new Outcome.Late(2_000), new Outcome.Lost());
    }
  }

  @Test
  void aCommandHasTheTimeItWasGivenHoweverLongConnectingMayTake() throws Exception {
    var instance = on(redis);
    run(instance, "SET", "k", "v");
    Duration longer = Connector.CONNECT.plusMillis(300);

    // answered after that time: there is no replica that could take the write over
    var slow =
        instance.run(
            command("WAIT", "1", Long.toString(longer.toMillis())), PATIENCE.multipliedBy(5));

    assertThat(get(slow)).isEqualTo(replied(Replies.number(0)));
  }

  private static long reads() throws Exception {
    return redis
        .cli("INFO", "stats")
        .lines()
        .filter(line -> line.startsWith("total_reads_processed:"))
        .mapToLong(line -> Long.parseLong(line.substring(line.indexOf(':') + 1)))
        .sum();
  }

  /** Asks so often in one turn of a loop; what becomes of it, and in which threads that is told. */
  private List<Outcome> inOneTurn(
      SocketLoop loop, InstanceCommands instance, int times, Set<String> threads) throws Exception {
    var asked = new CompletableFuture<List<CompletableFuture<Outcome>>>();
    loop.execute(
        () -> {
          var all = new ArrayList<CompletableFuture<Outcome>>();
          for (int i = 0; i < times; i++) {
            all.add(
                instance
                    .run(command("INCR", "n"), PATIENCE)
                    .thenApply(
                        outcome -> {
                          threads.add(Thread.currentThread().getName());
                          return outcome;
                        })
                    .toCompletableFuture());
          }
          asked.complete(all);
        });
    var outcomes = new ArrayList<Outcome>();
    for (CompletableFuture<Outcome> each : get(asked)) {
      outcomes.add(get(each));
    }
    return outcomes;
  }

  @Test
  void whatATurnOfALoopAsksLeavesTogetherAndIsAnsweredThere() throws Exception {
    var instance = on(redis);
    run(instance, "PING");
    var expected = new ArrayList<Outcome>();
    for (int i = 1; i <= 500; i++) {
      expected.add(replied(Replies.number(i)));
    }
    Set<String> threads = ConcurrentHashMap.newKeySet();
    SocketLoop loop = SocketLoop.start("asking", Clock.system());
    long before = reads();

    List<Outcome> outcomes = inOneTurn(loop, instance, 500, threads);
    long after = reads();
    loop.close();

    assertThat(outcomes).isEqualTo(expected); // in the order in which they were asked
    assertThat(after - before).isLessThan(50); // 500, and a connection that was made beside
    assertThat(threads).containsExactly("asking");
  }

  @Test
  void whatATurnOfALoopAsksIsLostLikeAnyOther() throws Exception {
    try (var killed = RedisServer.start()) {
      var instance = on(killed);
      run(instance, "PING");
      SocketLoop loop = SocketLoop.start("losing", Clock.system());
      killed.pause();
      var asked = new CompletableFuture<CompletionStage<Outcome>>();
      loop.execute(() -> asked.complete(instance.run(command("INCR", "n"), PATIENCE)));
      var waiting = get(asked);
      killed.kill();

      assertThat(get(waiting)).isEqualTo(new Outcome.Lost());
      for (Outcome each : inOneTurn(loop, instance, 20, ConcurrentHashMap.newKeySet())) {
        assertThat(each).isInstanceOfAny(Outcome.Unavailable.class, Outcome.Lost.class);
      }
      killed.again();
      await(() -> instances.circuitsOpen() == 0);
      assertThat(killed.cli("GET", "n")).isEmpty(); // nothing came again
      loop.close();
    }
  }
}
