package io.leasehold.streams.kv.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.access.DoorClient;
import io.leasehold.domain.access.InstanceDirectory;
import io.leasehold.domain.access.KeyVerdict;
import io.leasehold.domain.access.RateDecision;
import io.leasehold.domain.access.Scope;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.RedisGroup;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What clients of the RESP port are answered, over real sockets. */
@Timeout(30)
class RespServerTest {
  private static final String NOAUTH = "-NOAUTH Authentication required.\r\n";
  private static final String WRONGPASS =
      "-WRONGPASS invalid username-password pair or user is disabled.\r\n";
  private static ActorTestKit kit;
  private RespBench bench;

  @BeforeAll
  static void start() {
    kit = ActorTestKit.create();
  }

  @AfterAll
  static void stop() {
    kit.shutdownTestKit();
  }

  @BeforeEach
  void open() throws Exception {
    bench = new RespBench(kit, 5);
  }

  @AfterEach
  void close() throws Exception {
    bench.close();
  }

  @Test
  void nothingIsOpenWithoutAKey() throws Exception {
    try (var client = bench.client()) {
      client.expect(NOAUTH, "GET k");
      client.expect(NOAUTH, "SUBSCRIBE c");
      client.expect(WRONGPASS, "AUTH nobody");
      client.expect(WRONGPASS, "AUTH " + RespBench.FOREIGN + " all");
      client.expect(WRONGPASS, "AUTH " + RespBench.TWO + " all");
      client.expect("-ERR instance is not embedded\r\n", "AUTH " + RespBench.EXTERNAL + " all");
      client.expect("-ERR wrong number of arguments for 'auth' command\r\n", "AUTH");
      client.expect("-ERR syntax error\r\n", "AUTH a b c");
      client.expect(NOAUTH, "PING");
      client.expect("+OK\r\n", "AUTH default all");
      client.expect("+PONG\r\n", "PING");
      client.expect("+OK\r\n", "AUTH " + RespBench.ONE + " reader");
      client.expect(WRONGPASS, "AUTH x y");
      client.expect("$-1\r\n", "GET k"); // who was there before stays
    }
    assertThat(bench.denied).contains("127.0.0.1 Invalid or expired API key");
  }

  private DoorClient onlyClient() {
    var page = bench.server.clients(10);
    assertThat(page.total()).isEqualTo(1);
    return page.clients().get(0);
  }

  @Test
  void whoIsConnectedIsShownWithoutSecrets() throws Exception {
    assertThat(bench.server.clients(10)).isEqualTo(DoorClient.Page.NONE);
    try (var client = bench.client()) {
      client.expect(NOAUTH, "my-secret");
      Awaitility.await().until(() -> onlyClient().errors() == 1);
      var stranger = onlyClient();
      assertThat(stranger.door()).isEqualTo("resp");
      assertThat(stranger.remote()).startsWith("127.0.0.1:");
      assertThat(stranger.lastAction()).isEqualTo("unknown");
      assertThat(stranger.keyId()).isNull();
      assertThat(stranger.bytesIn()).isPositive();
      assertThat(stranger.bytesOut()).isEqualTo(NOAUTH.length());

      client.expect("+OK\r\n", "AUTH default all");
      client.expect("$-1\r\n", "get k");
      Awaitility.await().until(() -> onlyClient().inFlight() == 0);
      var known = onlyClient();
      assertThat(known.requests()).isEqualTo(3);
      assertThat(known.errors()).isEqualTo(1);
      assertThat(known.watches()).isZero();
      assertThat(known.lastAction()).isEqualTo("get");
      assertThat(known.keyId()).hasSize(8);

      client.expect("*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n", "SUBSCRIBE c");
      client.expect("*3\r\n$10\r\npsubscribe\r\n$2\r\np*\r\n:2\r\n", "PSUBSCRIBE p*");
      assertThat(onlyClient().watches()).isEqualTo(2);
    }
    Awaitility.await().until(() -> bench.server.clients(10).total() == 0);
  }

  @Test
  void aKeyOfSeveralInstancesNamesOne() throws Exception {
    bench.instances.put(
        RespBench.TWO,
        new InstanceDirectory.Found.Embedded(RespBench.TWO, RespBench.ORGANIZATION, 1 << 20));
    try (var client = bench.client()) {
      client.expect("-ERR several instances: use AUTH <instance id> <api key>\r\n", "AUTH all");
      client.expect("+OK\r\n", "AUTH " + RespBench.TWO + " all");
      client.expect("+OK\r\n", "SET k two");
      client.expect("+OK\r\n", "AUTH " + RespBench.ONE + " all");
      client.expect("$-1\r\n", "GET k");
    }
  }

  @Test
  void helloChoosesTheProtocol() throws Exception {
    try (var client = bench.client()) {
      client.send("HELLO 3\r\n");
      client.expect("-NOAUTH HELLO must be called with the client already authenticated");
      client.expect(
          ", otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the"
              + " client and select the RESP protocol version at the same time\r\n");
      client.expect("-NOPROTO unsupported protocol version\r\n", "HELLO 4");
      client.expect("-ERR Protocol version is not an integer or out of range\r\n", "HELLO x");
      client.expect("-ERR Syntax error in HELLO option 'BYE'\r\n", "HELLO 3 BYE");
      client.expect(WRONGPASS, "HELLO 3 AUTH default nobody");
      client.send("HELLO 3 AUTH default all SETNAME me\r\n");
      client.expect("%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.0.0\r\n");
      client.expect("$5\r\nproto\r\n:3\r\n$2\r\nid\r\n");
      client.expect(":1\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n");
      client.expect("$7\r\nmodules\r\n*0\r\n");
      client.expect("$2\r\nme\r\n", "CLIENT GETNAME");
      client.expect(":2\r\n", "HSET h f v g w");
      client.expect("%2\r\n$1\r\nf\r\n$1\r\nv\r\n$1\r\ng\r\n$1\r\nw\r\n", "HGETALL h");
      client.expect(":1\r\n", "SADD s m");
      client.expect("~1\r\n$1\r\nm\r\n", "SMEMBERS s");
      client.expect("_\r\n", "GET none");
      client.expect("_\r\n", "LPOP none 1");
      client.expect(":1\r\n", "HSET only f v");
      client.expect("*1\r\n*2\r\n$1\r\nf\r\n$1\r\nv\r\n", "HRANDFIELD only 1 WITHVALUES");
    }
  }

  @Test
  void theConnectionSaysWhoItIsAndWhatItKnows() throws Exception {
    try (var client = bench.client("all")) {
      client.expect(":1\r\n", "CLIENT ID");
      client.expect("$-1\r\n", "CLIENT GETNAME");
      client.expect("+OK\r\n", "CLIENT SETNAME app-1");
      client.expect("$5\r\napp-1\r\n", "client getname");
      client.expect("+OK\r\n", "CLIENT SETINFO LIB-NAME test");
      client.expect(
          "-ERR Client names cannot contain spaces, newlines or special characters.\r\n",
          "CLIENT SETNAME \"a b\"");
      client.expect("-ERR unknown subcommand 'KILL'. Try CLIENT HELP.\r\n", "CLIENT KILL");
      client.expect("+OK\r\n", "SELECT 0");
      client.expect("-ERR DB index is out of range\r\n", "SELECT 1");
      client.expect("-ERR value is not an integer or out of range\r\n", "SELECT x");
      client.expect("*2\r\n$4\r\nsave\r\n$0\r\n\r\n", "CONFIG GET save");
      client.expect(
          "*4\r\n$10\r\nappendonly\r\n$3\r\nyes\r\n$9\r\nmaxmemory\r\n$8\r\n67108864\r\n",
          "CONFIG GET *m* APPEND*");
      client.expect("*0\r\n", "CONFIG GET port");
      client.expect("-ERR unknown subcommand 'SET'. Try CONFIG HELP.\r\n", "CONFIG SET a b");
      client.expect(
          "*2\r\n*10\r\n$4\r\nmset\r\n:-3\r\n*1\r\n+write\r\n:1\r\n:-1\r\n:2\r\n*0\r\n*0\r\n*0\r\n*0\r\n*-1\r\n",
          "COMMAND INFO mset nosuch");
      client.send("CLIENT LIST\r\n");
      client.expect("$");
      client.line();
      client.expect("id=1 addr=127.0.0.1:" + client.socket.getLocalPort() + " name=app-1 age=");
      client.line();
      client.line();
    }
    try (var client = bench.client("reader")) {
      client.expect(
          "-NOPERM this user has no permissions to run the 'config' command\r\n",
          "CONFIG GET save");
      client.expect(
          "-NOPERM this user has no permissions to run the 'client' command\r\n", "CLIENT LIST");
      client.expect("+OK\r\n", "QUIT");
      assertThat(client.rest()).isEmpty();
    }
  }

  @Test
  void scopesAndPrefixesHoldHereToo() throws Exception {
    try (var client = bench.client("app")) {
      client.expect("+OK\r\n", "SET app:k v");
      String no =
          "-NOPERM this user has no permissions to access one of the keys used as arguments\r\n";
      client.expect(no, "GET other");
      client.expect(no, "WATCH app:k other");
      client.expect(no, "SUBSCRIBE other");
      client.expect(
          "-NOPERM this user has no permissions to run the 'monitor' command\r\n", "MONITOR");
      client.expect("-ERR command 'blpop' is not available through the gateway\r\n", "BLPOP a 0");
      client.expect(
          "-ERR unknown command 'NOSUCH', with args beginning with: 'a' \r\n", "NOSUCH a");
    }
    assertThat(bench.counted).containsExactly("SET", "NOSUCH failed");
  }

  @Test
  void repliesKeepTheOrderOfTheirCommands() throws Exception {
    try (var client = bench.client("all")) {
      bench.held = new CompletableFuture<>();
      client.send("SET a 1\r\nINCR a\r\nCLIENT GETNAME\r\nNOSUCH\r\nGET a\r\n");
      Awaitility.await().until(() -> !bench.sent.isEmpty());
      client.send("SELECT 0\r\nINCR a\r\n");
      bench.held.complete(null);
      client.expect("+OK\r\n:2\r\n$-1\r\n");
      client.expect("-ERR unknown command 'NOSUCH', with args beginning with: \r\n");
      client.expect("$1\r\n2\r\n+OK\r\n:3\r\n");
    }
  }

  @Test
  void thousandsOfCommandsInOneRunAreAllAnswered() throws Exception {
    try (var client = bench.client("all")) {
      var commands = new StringBuilder();
      var replies = new StringBuilder();
      for (int i = 1; i <= 20_000; i++) {
        commands.append("INCR n\r\n");
        replies.append(':').append(i).append("\r\n");
      }
      var sender =
          new Thread(
              () -> {
                try {
                  client.send(commands.toString());
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
      sender.start();
      client.expect(replies.toString());
      sender.join();
    }
    assertThat(bench.sent).allMatch(each -> each.commands().size() <= 512);
    assertThat(bench.sent.size()).isLessThan(2_000);
  }

  @Test
  void transactionsRunAsOneAndAreDiscardedForAnError() throws Exception {
    try (var client = bench.client("all")) {
      client.expect("+OK\r\n", "MULTI");
      client.expect("+QUEUED\r\n", "SET a 1");
      client.expect("+QUEUED\r\n", "LPUSH a x");
      client.expect("+QUEUED\r\n", "PING");
      client.expect(
          "*3\r\n+OK\r\n-WRONGTYPE Operation against a key holding the wrong kind of value\r\n+PONG\r\n",
          "EXEC");
      client.expect("-ERR EXEC without MULTI\r\n", "EXEC");
      client.expect("-ERR DISCARD without MULTI\r\n", "DISCARD");
      client.expect("+OK\r\n", "MULTI");
      client.expect("*0\r\n", "EXEC");
      client.expect("+OK\r\n", "MULTI");
      client.expect("-ERR MULTI calls can not be nested\r\n", "MULTI");
      client.expect("-ERR WATCH inside MULTI is not allowed\r\n", "WATCH a");
      client.expect("+QUEUED\r\n", "SET a 2");
      client.expect("+OK\r\n", "DISCARD");
      for (String wrong : List.of("NOSUCH", "GET", "SUBSCRIBE x", "BLPOP a 0", "CLIENT ID")) {
        client.expect("+OK\r\n", "MULTI");
        client.send(wrong + "\r\n");
        assertThat(client.line()).startsWith("-ERR ");
        client.expect("+QUEUED\r\n", "SET a 3");
        client.expect("-EXECABORT Transaction discarded because of previous errors.\r\n", "EXEC");
      }
      client.expect("$1\r\n1\r\n", "GET a");
    }
  }

  @Test
  void aWatchedKeyThatWasTouchedKeepsTheTransactionFromRunning() throws Exception {
    try (var client = bench.client("all");
        var other = bench.client("all")) {
      client.expect("+OK\r\n+OK\r\n", "SET a 1\r\nWATCH a b");
      client.expect("+OK\r\n+QUEUED\r\n", "MULTI\r\nINCR a");
      other.expect("+OK\r\n", "SET c 1");
      client.expect("*1\r\n:2\r\n", "EXEC");
      client.expect("+OK\r\n", "WATCH a b");
      other.expect("+OK\r\n", "SET b 1");
      client.expect("+OK\r\n+QUEUED\r\n*-1\r\n", "MULTI\r\nINCR a\r\nEXEC");
      client.expect("+OK\r\n+QUEUED\r\n*1\r\n:3\r\n", "MULTI\r\nINCR a\r\nEXEC");
      client.expect("+OK\r\n", "WATCH a");
      other.expect("+OK\r\n", "SET a 7");
      client.expect("+OK\r\n+OK\r\n+QUEUED\r\n*1\r\n:8\r\n", "UNWATCH\r\nMULTI\r\nINCR a\r\nEXEC");
    }
  }

  @Test
  void subscribersHearAndAreConfinedToListening() throws Exception {
    try (var client = bench.client("all");
        var other = bench.client("all")) {
      client.expect(
          "*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n*3\r\n$9\r\nsubscribe\r\n$1\r\nb\r\n:2\r\n",
          "SUBSCRIBE a b");
      client.expect("*3\r\n$10\r\npsubscribe\r\n$2\r\na*\r\n:3\r\n", "PSUBSCRIBE a*");
      other.expect(":2\r\n", "PUBLISH a hello");
      client.expect("*3\r\n$7\r\nmessage\r\n$1\r\na\r\n$5\r\nhello\r\n");
      client.expect("*4\r\n$8\r\npmessage\r\n$2\r\na*\r\n$1\r\na\r\n$5\r\nhello\r\n");
      client.expect(
          "-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET"
              + " are allowed in this context\r\n",
          "GET a");
      client.expect("*2\r\n$4\r\npong\r\n$2\r\nhi\r\n", "PING hi");
      client.expect(
          "*3\r\n$11\r\nunsubscribe\r\n$1\r\na\r\n:2\r\n*3\r\n$11\r\nunsubscribe\r\n$1\r\nb\r\n:1\r\n",
          "UNSUBSCRIBE");
      client.expect("*3\r\n$12\r\npunsubscribe\r\n$2\r\na*\r\n:0\r\n", "PUNSUBSCRIBE a*");
      client.expect("*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:0\r\n", "UNSUBSCRIBE");
      other.expect(":0\r\n", "PUBLISH a x");
      client.expect("+PONG\r\n", "PING");
    }
  }

  @Test
  void pushesOfTheThirdProtocolComeBesideReplies() throws Exception {
    try (var client = bench.client("all")) {
      client.send("HELLO 3\r\n");
      client.expect("%7\r\n");
      Awaitility.await().until(() -> client.socket.getInputStream().available() > 100);
      client.socket.getInputStream().readNBytes(client.socket.getInputStream().available());
      client.expect(">3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n", "SUBSCRIBE a");
      client.send("PUBLISH a x\r\n");
      client.expect(">3\r\n$7\r\nmessage\r\n$1\r\na\r\n$1\r\nx\r\n:1\r\n");
      client.expect("+OK\r\n", "SET k v");
      client.expect("+RESET\r\n", "RESET");
      client.expect(NOAUTH, "GET k");
    }
    Awaitility.await().until(() -> bench.engine.hearing(Bytes.utf8("a")) == 0);
  }

  @Test
  void monitorsAreShownWhatIsRun() throws Exception {
    try (var client = bench.client("all");
        var other = bench.client("all")) {
      client.expect("+OK\r\n", "MONITOR");
      other.expect("+OK\r\n", "SET k \"a\\x00\"");
      client.expect(
          "+0.000001 [0 127.0.0.1:"
              + other.socket.getLocalPort()
              + "] \"SET\" \"k\" \"a\\x00\"\r\n");
    }
  }

  @Test
  void whatCannotBeReadEndsTheConnectionBehindItsReplies() throws Exception {
    try (var client = bench.client("all")) {
      client.send("SET a 1\r\nGET a\r\n*1\r\nGET\r\nPING\r\n");
      assertThat(client.rest())
          .isEqualTo("+OK\r\n$1\r\n1\r\n-ERR Protocol error: expected '$', got 'G'\r\n");
    }
    assertThat(bench.registry.getSampleValue("gateway_resp_protocol_errors_total")).isEqualTo(1);
    Awaitility.await().until(() -> bench.registry.getSampleValue("gateway_resp_connections") == 0);
  }

  @Test
  void whoAsksTooOftenIsToldAndStays() throws Exception {
    try (var client = bench.client("all")) {
      bench.deciding =
          (bucket, policy) ->
              bucket.startsWith("key:")
                  ? RateDecision.refused(policy, 0, 339_100_000)
                  : RateDecision.admitted(policy, 1);
      client.expect("-ERR rate limit exceeded, retry in 340 ms\r\n", "GET a");
      bench.deciding = (bucket, policy) -> RateDecision.admitted(policy, 1);
      client.expect("$-1\r\n", "GET a");
      bench.deciding = (bucket, policy) -> RateDecision.refused(policy, 0, 1);
      client.expect("-ERR rate limit exceeded, retry in 1 ms\r\n", "AUTH wrong");
    }
  }

  @Test
  void aLimitThatTakesItsTimeChangesNoOrder() throws Exception {
    try (var client = bench.client("all")) {
      client.expect("+OK\r\n", "SET a 1");
      var first = new CompletableFuture<Void>();
      bench.undecided = first;
      client.send("INCR a\r\nMULTI\r\nINCR a\r\nEXEC\r\nGET a\r\n");
      Awaitility.await().until(() -> first.getNumberOfDependents() > 0);
      assertThat(bench.sent).hasSize(1);
      bench.undecided = null;
      first.complete(null);
      client.expect(":2\r\n+OK\r\n+QUEUED\r\n*1\r\n:3\r\n$1\r\n3\r\n");
    }
  }

  @Test
  void aConnectionEndsWithItsKeyOrItsInstance() throws Exception {
    var grant = RespBench.grant(2, Set.of(Scope.READ), List.of());
    try (var client = bench.client("reader");
        var other = bench.client("all")) {
      bench.put("reader", RespBench.grant(2, Set.of(Scope.READ), List.of("app:")));
      bench.changed(grant.id());
      Awaitility.await()
          .until(
              () -> {
                client.send("GET other\r\n");
                return client.line().startsWith("-NOPERM");
              });
      bench.keys.put("reader", new KeyVerdict.Refused());
      bench.changed(grant.id());
      assertThat(client.rest()).isEmpty();
      other.expect("+PONG\r\n", "PING");
      bench.instances.remove(RespBench.ONE);
      bench.changed(RespBench.ONE);
      assertThat(other.rest()).isEmpty();
    }
  }

  @Test
  void aConnectionEndsWhenItsKeyExpires() throws Exception {
    bench.keys.put(
        "short",
        new KeyVerdict.Valid(
            RespBench.grant(4, Set.of(Scope.READ), List.of()), Instant.now().plusMillis(500)));
    try (var client = bench.client("short")) {
      assertThat(client.rest()).isEmpty();
    }
  }

  @Test
  void connectionsAreBounded() throws Exception {
    var open = new ArrayList<RespBench.Client>();
    for (int i = 0; i < 5; i++) {
      open.add(bench.client("all"));
    }
    try (var sixth = bench.client()) {
      assertThat(sixth.rest()).isEqualTo("-ERR max number of clients reached\r\n");
    }
    assertThat(bench.registry.getSampleValue("gateway_resp_refused_total")).isEqualTo(1);
    open.get(0).close();
    Awaitility.await().until(() -> bench.registry.getSampleValue("gateway_resp_connections") == 4);
    open.set(0, bench.client("all"));
    for (RespBench.Client each : open) {
      each.close();
    }
  }

  @Test
  void whoDoesNotReadWhatItIsToldIsCutOff() throws Exception {
    try (var client = bench.client("all")) {
      client.expect("*3\r\n$9\r\nsubscribe\r\n$1\r\na\r\n:1\r\n", "SUBSCRIBE a");
      var message = new RedisGroup.Published(Bytes.utf8("a"), Bytes.of(new byte[100_000]));
      int told = 0;
      while (bench.registry.getSampleValue("gateway_resp_dropped_total") == 0) {
        bench.engine.tell(message);
        assertThat(++told).isLessThan(10_000_000);
      }
      Awaitility.await()
          .until(() -> bench.registry.getSampleValue("gateway_resp_connections") == 0);
    }
  }

  @Test
  void aStopAnswersWhatIsUnderWay() throws Exception {
    try (var client = bench.client("all")) {
      bench.held = new CompletableFuture<>();
      client.send("SET a 1\r\n");
      Awaitility.await().until(() -> !bench.sent.isEmpty());
      var drained = bench.server.drain().toCompletableFuture();
      assertThat(drained).isNotDone();
      bench.held.complete(null);
      assertThat(client.rest()).isEqualTo("+OK\r\n");
      Awaitility.await().until(drained::isDone);
    }
  }
}
