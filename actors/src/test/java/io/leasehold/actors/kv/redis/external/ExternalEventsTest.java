package io.leasehold.actors.kv.redis.external;

import static io.leasehold.actors.kv.redis.external.ExternalRig.MAX_REPLY;
import static io.leasehold.actors.kv.redis.external.ExternalRig.await;
import static io.leasehold.actors.kv.redis.external.ExternalRig.command;
import static io.leasehold.actors.kv.redis.external.ExternalRig.get;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.actors.kv.redis.EmbeddedInstances.Outcome;
import io.leasehold.actors.kv.redis.InstanceEvents;
import io.leasehold.actors.kv.redis.InstanceEvents.Interest;
import io.leasehold.actors.kv.redis.InstanceEvents.Opened;
import io.leasehold.config.access.Network;
import io.leasehold.domain.access.ExternalRedis;
import io.leasehold.domain.access.InstanceDirectory.Found;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Replies;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What real Redis servers tell those who listen, well and not. */
@Timeout(60)
class ExternalEventsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(5);
  private static final String LOST = "ended: the connection to the instance was lost";

  private static ExternalRig rig;
  private static RedisServer redis;
  private final UUID id = UUID.randomUUID();
  private ExternalInstances instances;

  @BeforeAll
  static void start() throws Exception {
    rig = new ExternalRig(PATIENCE);
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

  /** Who writes down what it is told. */
  private static final class Ear implements InstanceEvents.Listener {
    final List<String> heard = new CopyOnWriteArrayList<>();

    @Override
    public void heard(InstanceEvents.Event event) {
      if (event instanceof InstanceEvents.Message message) {
        heard.add(message.channel().text() + "=" + message.text().text());
      } else if (event instanceof InstanceEvents.PatternMessage message) {
        heard.add(
            message.pattern().text()
                + ":"
                + message.channel().text()
                + "="
                + message.text().text());
      } else {
        heard.add(((InstanceEvents.Shown) event).line());
      }
    }

    @Override
    public void ended(String why) {
      heard.add("ended: " + why);
    }

    void hears(String... expected) {
      await(() -> heard.size() >= expected.length);
      assertThat(heard).containsExactly(expected);
      heard.clear();
    }
  }

  private static ExternalRedis at(UUID id, RedisServer server, int maxConnections) {
    return new ExternalRedis(
        id, "127.0.0.1", server.port(), 0, false, null, null, maxConnections, 1);
  }

  private static Interest channels(String... names) {
    return new Interest(names(names), Set.of(), false);
  }

  private static Interest patterns(String... names) {
    return new Interest(Set.of(), names(names), false);
  }

  private static final Interest MONITOR = new Interest(Set.of(), Set.of(), true);

  private static Set<Bytes> names(String... names) {
    return Arrays.stream(names).map(Bytes::utf8).collect(Collectors.toSet());
  }

  private Opened opened(ExternalRedis where, Interest interest, Ear ear) throws Exception {
    return get(instances.events(where).open(where.instance(), interest, ear, PATIENCE));
  }

  private InstanceEvents.Stream listen(ExternalRedis where, Interest interest, Ear ear)
      throws Exception {
    Opened opened = opened(where, interest, ear);
    assertThat(opened).isInstanceOf(Opened.Open.class);
    return ((Opened.Open) opened).stream();
  }

  private static List<String> channelsOf(RedisServer server) throws Exception {
    return server.cli("PUBSUB", "CHANNELS").lines().filter(line -> !line.isEmpty()).toList();
  }

  @Test
  void allStreamsShareOneConnectionWhichIsClosedBehindTheLast() throws Exception {
    var where = at(id, redis, 0);
    var one = new Ear();
    var other = new Ear();
    var pattern = new Ear();
    var first = listen(where, channels("chat", "a\r\nb"), one);
    var second = listen(where, channels("chat"), other);
    var third = listen(where, patterns("ch*", "x"), pattern);

    assertThat(redis.cli("PUBLISH", "chat", "hello, you")).isEqualTo("2"); // channel and pattern
    one.hears("chat=hello, you");
    other.hears("chat=hello, you");
    pattern.hears("ch*:chat=hello, you");
    redis.cli("PUBLISH", "a\r\nb", "");
    one.hears("a\r\nb=");
    assertThat(redis.clients()).isEqualTo(2); // that of commands, that of events
    assertThat(instances.connections()).isEqualTo(2);

    first.close();
    await(() -> channelsOf(redis).equals(List.of("chat")));
    second.close();
    await(() -> channelsOf(redis).isEmpty());
    assertThat(redis.cli("PUBLISH", "chat", "on")).isEqualTo("1");
    pattern.hears("ch*:chat=on");
    assertThat(one.heard).isEmpty();
    third.close();
    await(() -> redis.clients() == 1);
    assertThat(instances.connections()).isEqualTo(1);
  }

  @Test
  void aStreamMayChangeWhatItListensTo() throws Exception {
    var where = at(id, redis, 0);
    var ear = new Ear();
    var stream = listen(where, channels("a", "b"), ear);

    assertThat(get(stream.change(channels("b", "c"), PATIENCE))).isInstanceOf(Opened.Open.class);
    await(() -> Set.copyOf(channelsOf(redis)).equals(Set.of("b", "c")));
    redis.cli("PUBLISH", "a", "1");
    redis.cli("PUBLISH", "b", "2");
    redis.cli("PUBLISH", "c", "3");
    ear.hears("b=2", "c=3");
    stream.close();
    assertThat(get(stream.change(channels("a"), PATIENCE)))
        .isEqualTo(new Opened.Refused("the stream has ended"));
    await(() -> redis.clients() == 1);
  }

  @Test
  void monitorsAreShownWhatTheRedisShows() throws Exception {
    var where = at(id, redis, 0);
    var one = new Ear();
    var other = new Ear();
    var first = listen(where, MONITOR, one);
    var second = listen(where, MONITOR, other);
    assertThat(redis.clients()).isEqualTo(2);
    one.heard.clear();
    other.heard.clear();

    redis.cli("-n", "3", "SET", "k", "a \"b\"\n");

    Callable<Boolean> shown =
        () -> Stream.of(one, other).allMatch(ear -> ear.heard.toString().contains("\"SET\""));
    await(shown);
    assertThat(one.heard.stream().filter(line -> line.contains("\"SET\"")))
        .singleElement()
        .asString()
        .matches(
            "[0-9]{10}\\.[0-9]{6} \\[3 127\\.0\\.0\\.1:[0-9]+\\]"
                + " \"SET\" \"k\" \"a \\\\\"b\\\\\"\\\\n\"");
    first.close();
    second.close();
    await(() -> redis.clients() == 1);
  }

  /** A kill: all streams end, in words, and nothing is made up; a new one hears again. */
  @Test
  void aKilledRedisEndsItsStreams() throws Exception {
    try (var killed = RedisServer.start()) {
      var where = at(id, killed, 0);
      var subscriber = new Ear();
      var monitor = new Ear();
      var stream = listen(where, channels("a"), subscriber);
      listen(where, MONITOR, monitor);
      monitor.heard.clear();

      killed.kill();

      subscriber.hears(LOST);
      await(() -> monitor.heard.contains(LOST));
      assertThat(get(stream.change(channels("b"), PATIENCE)))
          .isEqualTo(new Opened.Refused("the stream has ended"));
      await(() -> instances.circuitsOpen() == 1);
      var refused = (Opened.Refused) opened(where, channels("a"), new Ear());
      assertThat(refused.cause()).startsWith("its circuit is open after failures");
      assertThat(refused.byRedis()).isFalse();
      assertThat(instances.connections()).isZero();

      killed.again();
      await(() -> instances.circuitsOpen() == 0);
      var again = new Ear();
      listen(where, channels("a"), again);
      killed.cli("PUBLISH", "a", "back");
      again.hears("a=back");
      assertThat(subscriber.heard).isEmpty();
    }
  }

  @Test
  void aRedisThatDoesNotAnswerOpensNothing() throws Exception {
    try (var paused = RedisServer.start()) {
      var where = at(id, paused, 0);
      get(instances.on(where).run(command("PING"), PATIENCE));
      listen(where, channels("here"), new Ear());
      paused.pause();

      var late =
          get(instances.events(where).open(id, channels("a"), new Ear(), Duration.ofMillis(300)));
      var fresh = get(instances.events(where).open(id, MONITOR, new Ear(), Duration.ofMillis(300)));

      assertThat(late).isEqualTo(new Opened.Refused("it told of nothing within 300 ms"));
      assertThat(fresh).isEqualTo(new Opened.Refused("it told of nothing within 300 ms"));
      paused.resume();
      await(() -> channelsOf(paused).equals(List.of("here"))); // the late one has left
    }
  }

  @Test
  void aRedisThatLeavesTooMuchUnansweredIsAskedNoMoreAndThatIsTheReason() throws Exception {
    try (var paused = RedisServer.start()) {
      var where = at(id, paused, 0);
      listen(where, channels("here"), new Ear());
      paused.pause();
      String[] many =
          IntStream.rangeClosed(0, 10_000).mapToObj(i -> "c" + i).toArray(String[]::new);

      var refused = opened(where, channels(many), new Ear());

      String why = "it has left 10000 subscriptions unanswered";
      assertThat(refused).isEqualTo(new Opened.Refused(why));
      assertThat(opened(where, channels("one"), new Ear())).isEqualTo(new Opened.Refused(why));
      paused.resume();
      await(() -> channelsOf(paused).equals(List.of("here")));
      // it has answered; whether all of that was read here is another matter
      await(() -> opened(where, channels("one"), new Ear()) instanceof Opened.Open);
    }
  }

  @Test
  void aRefusalOfRedisIsToldInItsWordsAndHarmsNobodyElse() throws Exception {
    try (var guarded =
        RedisServer.start(
            "--user", "app", "on", ">open", "~*", "+@all", "-monitor", "resetchannels", "&ok*")) {
      var where =
          new ExternalRedis(
              id, "127.0.0.1", guarded.port(), 0, false, "app", rig.seal.seal(id, "open"), 0, 1);
      var ear = new Ear();
      var stream = listen(where, channels("ok1"), ear);

      assertThat(opened(where, channels("ok1", "secret"), new Ear()))
          .isEqualTo(
              new Opened.Refused(
                  "NOPERM this user has no permissions to access one of the channels used as"
                      + " arguments",
                  true));
      assertThat(opened(where, channels("secret"), new Ear()))
          .isInstanceOf(Opened.Refused.class); // asked anew
      assertThat(((Opened.Refused) opened(where, MONITOR, new Ear())).cause())
          .startsWith("NOPERM this user has no permissions to run the 'monitor' command");
      guarded.cli("PUBLISH", "ok1", "still");
      ear.hears("ok1=still");
      stream.close();
      await(() -> guarded.clients() == 1); // monitors have left, too
    }
  }

  /** One place for transactions is always left. */
  @Test
  void streamsTakeNoMoreConnectionsThanThereAre() throws Exception {
    var where = at(id, redis, 3); // one that is shared, two of their own
    var ear = new Ear();
    var stream = listen(where, channels("a"), ear);

    assertThat(opened(where, MONITOR, new Ear()))
        .isEqualTo(new Opened.Refused("it has no connection to spare for event streams"));
    for (int i = 0; i < 20; i++) {
      assertThat(get(instances.on(where).transaction(List.of(command("INCR", "n")), PATIENCE)))
          .isEqualTo(new Outcome.Replied(Replies.array(List.of(Replies.number(i + 1)))));
    }
    assertThat(redis.clients()).isEqualTo(3);
    stream.close();
    for (int i = 0; i < 20; i++) {
      var monitor = listen(where, MONITOR, new Ear()); // its place is back at once
      monitor.close();
    }
    var two = at(UUID.randomUUID(), redis, 2);
    assertThat(opened(two, channels("a"), new Ear())).isInstanceOf(Opened.Refused.class);
  }

  @Test
  void streamsEndWithTheirInstance() throws Exception {
    var where = at(id, redis, 0);
    var ear = new Ear();
    listen(where, channels("a"), ear);

    instances.settle(id, new Found.Unavailable("away"));
    instances.settle(id, new Found.External(id, UUID.randomUUID(), where));
    redis.cli("PUBLISH", "a", "still");
    ear.hears("a=still");
    instances.settle(id, new Found.Missing());

    ear.hears("ended: the instance was changed, or is no more");
    await(() -> redis.clients() == 0);
    var other = new Ear();
    listen(where, channels("a"), other);
    instances.close();
    other.hears("ended: this node is stopping");
    assertThat(opened(where, channels("a"), new Ear()))
        .isEqualTo(new Opened.Refused("this node is stopping"));
  }

  @Test
  void namesAreBounded() throws Exception {
    var where = at(id, redis, 0);
    String large = "x".repeat(600 << 10);
    var ear = new Ear();
    var stream = listen(where, channels(large + 1), ear);

    assertThat(opened(where, channels("a", large + 2), new Ear()))
        .isEqualTo(new Opened.Refused("there are too many subscriptions"));
    assertThat(opened(where, channels("a"), ear)).isInstanceOf(Opened.Open.class);
    await(() -> channelsOf(redis).equals(List.of("a")));
    stream.close();
    var room = listen(where, channels(large + 2), ear);
    room.close();
  }

  @Test
  void whatIsLargerThanAllowedEndsTheStreams() throws Exception {
    var where = at(id, redis, 0);
    var ear = new Ear();
    listen(where, channels("a"), ear);
    get(
        instances
            .on(where)
            .run(
                List.of(Bytes.utf8("PUBLISH"), Bytes.utf8("a"), Bytes.of(new byte[MAX_REPLY - 99])),
                PATIENCE));
    await(() -> ear.heard.size() == 1);
    ear.heard.clear();

    get(
        instances
            .on(where)
            .run(
                List.of(Bytes.utf8("PUBLISH"), Bytes.utf8("a"), Bytes.of(new byte[MAX_REPLY + 1])),
                PATIENCE));

    ear.hears("ended: it told of something larger than 1048576 bytes");
    assertThat(opened(where, channels("a"), ear)).isInstanceOf(Opened.Open.class);
  }

  @Test
  void deniedNetworksAreNotListenedTo() throws Exception {
    var none = new Networks(List.of(), List.of(Network.parse("127.0.0.0/8").orElseThrow()), true);
    try (var guarded = rig.open(none)) {
      var refused =
          (Opened.Refused)
              get(guarded.events(at(id, redis, 0)).open(id, channels("a"), new Ear(), PATIENCE));
      assertThat(refused.cause()).endsWith("which is denied");
    }
  }

  /**
   * Comings and goings on few channels from many threads: each hears its own, and nothing stays.
   */
  @Test
  void manyComeAndGo() throws Exception {
    var where = at(id, redis, 0);
    var ear = new Ear();
    var anchor = listen(where, channels("anchor"), ear);
    var pool = Executors.newFixedThreadPool(8);
    try {
      var all = new ArrayList<Future<Integer>>();
      for (int thread = 0; thread < 8; thread++) {
        int number = thread;
        all.add(pool.submit(() -> comeAndGo(where, number)));
      }
      for (Future<Integer> each : all) {
        assertThat(each.get(50, TimeUnit.SECONDS)).isEqualTo(100);
      }
    } finally {
      pool.shutdownNow();
    }
    assertThat(ear.heard).isEmpty();
    await(() -> channelsOf(redis).equals(List.of("anchor")));
    assertThat(redis.cli("PUBSUB", "NUMPAT")).isEqualTo("0");
    anchor.close();
    await(() -> redis.cli("CLIENT", "LIST", "TYPE", "pubsub").isEmpty());
    assertThat(ear.heard).isEmpty();
  }

  private int comeAndGo(ExternalRedis where, int thread) throws Exception {
    var random = new Random(thread);
    int heard = 0;
    for (int i = 0; i < 100; i++) {
      String channel = "c" + random.nextInt(4);
      String text = thread + "." + i;
      var ear = new Ear();
      boolean byPattern = random.nextInt(3) == 0;
      var stream = listen(where, byPattern ? patterns(channel + "*") : channels(channel), ear);
      get(instances.on(where).run(command("PUBLISH", channel, text), PATIENCE));
      await(() -> ear.heard.stream().anyMatch(each -> each.endsWith(channel + "=" + text)));
      stream.close();
      heard++;
    }
    return heard;
  }
}
