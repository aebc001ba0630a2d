package io.leasehold.http.kv.redis;

import static io.leasehold.http.kv.redis.Gateway.BASE;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.access.InstanceDirectory;
import io.leasehold.domain.access.KeyVerdict;
import io.leasehold.domain.access.Scope;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.RedisGroup;
import io.leasehold.domain.time.Clock;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Streams of events over real sockets. */
@Timeout(30)
class EventStreamsTest {
  private static ActorTestKit kit;
  private Gateway gateway;

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
    gateway = new Gateway(kit, Clock.system(), 0);
  }

  @AfterEach
  void close() throws Exception {
    gateway.close();
  }

  private StreamReader listen(String key, String path) throws Exception {
    return new StreamReader(gateway.door.open(BASE + path, "Authorization", "Bearer " + key));
  }

  private StreamReader listen(String path) throws Exception {
    return listen("all", path);
  }

  private double active(String kind) {
    return gateway.registry.getSampleValue(
        "gateway_streams_active", new String[] {"kind"}, new String[] {kind});
  }

  @Test
  void whatIsPublishedOnAChannelIsTold() throws Exception {
    try (StreamReader reader = listen("/subscribe/chat/a%2Fb")) {
      assertThat(reader.response.statusCode()).isEqualTo(200);
      assertThat(reader.response.headers().firstValue("content-type"))
          .contains("text/event-stream");
      assertThat(reader.response.headers().firstValue("cache-control")).contains("no-store");
      assertThat(reader.line()).isEqualTo("data: subscribe,chat,1");
      assertThat(reader.line()).isEmpty();
      assertThat(reader.next()).isEqualTo("data: subscribe,a/b,2");

      assertThat(gateway.run("[\"PUBLISH\",\"chat\",\"hello, you\"]")).isEqualTo("{\"result\":1}");
      gateway.send("GET", "/publish/other/x", null);
      gateway.run("[\"PUBLISH\",\"a/b\",\"one\\r\\ntwo\\nthree\"]");

      assertThat(reader.next()).isEqualTo("data: message,chat,hello, you");
      assertThat(reader.next()).isEqualTo("data: message,a/b,one\ndata: two\ndata: three");
      assertThat(active("subscribe")).isEqualTo(1);
    }
    Awaitility.await().until(() -> active("subscribe") == 0);
    assertThat(gateway.instances.events.listeners).isEmpty();
    assertThat(gateway.run("[\"PUBLISH\",\"chat\",\"x\"]")).isEqualTo("{\"result\":0}");
  }

  @Test
  void patternsAndPostsAndTheKeyInTheQuery() throws Exception {
    try (StreamReader reader =
        new StreamReader(gateway.door.open(BASE + "/psubscribe/news.*/n%3Fws?_token=all"))) {
      assertThat(reader.next()).isEqualTo("data: psubscribe,news.*,1");
      assertThat(reader.next()).isEqualTo("data: psubscribe,n?ws,2");
      gateway.run("[\"PUBLISH\",\"news.eu\",\"text\"]");
      assertThat(reader.next()).isEqualTo("data: pmessage,news.*,news.eu,text");
      assertThat(active("psubscribe")).isEqualTo(1);
    }
  }

  @Test
  void monitorsAreShownWhatIsRun() throws Exception {
    try (StreamReader reader = listen("/monitor")) {
      assertThat(reader.next()).isEqualTo("data: \"OK\"");
      gateway.run("[\"SET\",\"k\",\"a \\\"b\\\"\\n\\u0000\"]");
      assertThat(reader.next())
          .matches(
              "data: [0-9]{10}\\.[0-9]{6} \\[0 127\\.0\\.0\\.1:[0-9]+\\]"
                  + " \"SET\" \"k\" \"a \\\\\"b\\\\\"\\\\n\\\\x00\"");
    }
  }

  @Test
  void aStreamWithoutEventsShowsThatItIsAlive() throws Exception {
    try (StreamReader reader = listen("/subscribe/quiet")) {
      reader.next();
      assertThat(reader.line()).isEqualTo(": ping");
      assertThat(reader.line()).isEmpty();
      assertThat(reader.line()).isEqualTo(": ping");
    }
  }

  private String refused(String key, String path, int status) throws Exception {
    HttpResponse<String> answer = gateway.as(key, "GET", BASE + path, null);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    return answer.body();
  }

  @Test
  void whoMayNotListenIsRefused() throws Exception {
    assertThat(refused("app", "/subscribe/app:x/other", 403)).contains("NOPERM");
    assertThat(refused("app", "/psubscribe/*", 403)).contains("NOPERM");
    assertThat(refused("reader", "/monitor", 403))
        .isEqualTo(
            "{\"error\":\"NOPERM this user has no permissions to run the 'monitor' command\"}");
    assertThat(refused("nobody", "/subscribe/a", 401)).contains("Invalid or expired API key");
    assertThat(refused("all", "/subscribe", 400))
        .isEqualTo("{\"error\":\"ERR wrong number of arguments for 'subscribe' command\"}");
    assertThat(refused("all", "/monitor/x", 400)).contains("wrong number of arguments");
    HttpResponse<String> method = gateway.send("PUT", "/subscribe/a", "");
    assertThat(method.statusCode()).isEqualTo(405);
    assertThat(method.headers().firstValue("allow")).contains("GET, POST");
    gateway.instances.events.refusal = "the shard does not answer";
    HttpResponse<String> away = gateway.send("POST", "/subscribe/a", "[]");
    assertThat(away.statusCode()).isEqualTo(503);
    assertThat(away.body())
        .isEqualTo("{\"error\":\"ERR instance unavailable: the shard does not answer\"}");
    assertThat(active("subscribe")).isZero();
  }

  @Test
  void streamsOfAKeyAndOfANodeAreBounded() throws Exception {
    var open = new ArrayList<StreamReader>();
    for (int i = 0; i < Gateway.MAX_STREAMS; i++) {
      open.add(listen("/subscribe/a"));
    }
    assertThat(refused("all", "/subscribe/a", 503)).contains("too many event streams");
    for (int i = 0; i < Gateway.MAX_STREAMS; i++) {
      open.add(listen("reader", "/subscribe/a"));
    }
    assertThat(refused("app", "/subscribe/app:a", 503)).contains("too many event streams");

    open.get(0).close();

    Awaitility.await().until(() -> active("subscribe") == 2 * Gateway.MAX_STREAMS - 1);
    open.set(0, listen("app", "/subscribe/app:a"));
    assertThat(open.get(0).next()).isEqualTo("data: subscribe,app:a,1");
    for (StreamReader each : open) {
      each.close();
    }
  }

  private void tell(UUID changed) {
    gateway.directories.listeners.forEach(each -> each.accept(changed));
  }

  @Test
  void aStreamEndsWithItsKeyOrItsInstance() throws Exception {
    var grant = Directories.grant(2, Set.of(Scope.READ), List.of());
    try (StreamReader other = listen("/subscribe/a")) {
      try (StreamReader reader = listen("reader", "/subscribe/a")) {
        reader.next();
        tell(grant.id()); // renamed, say
        gateway.run("[\"PUBLISH\",\"a\",\"still\"]");
        assertThat(reader.next()).isEqualTo("data: message,a,still");
        gateway.directories.keys.put("reader", new KeyVerdict.Refused());
        tell(grant.id());
        assertThat(reader.next()).isEqualTo("end");
      }
      gateway.directories.put("reader", grant);
      try (StreamReader reader = listen("reader", "/subscribe/a")) {
        reader.next();
        gateway.directories.put(
            "reader", Directories.grant(2, Set.of(Scope.READ), List.of("app:")));
        tell(grant.id());
        assertThat(reader.next()).isEqualTo("end");
      }
      other.next();
      assertThat(other.next()).isEqualTo("data: message,a,still");
      gateway.directories.instances.put(
          Directories.INSTANCE, new InstanceDirectory.Found.Missing());
      tell(Directories.INSTANCE);
      assertThat(other.next()).isEqualTo("end");
    }
    Awaitility.await().until(() -> active("subscribe") == 0);
  }

  @Test
  void aReaderThatIsTooFarBehindIsCutOffAndHoldsNobodyElseUp() throws Exception {
    Bytes channel = Bytes.utf8("a");
    Bytes text = Bytes.of(new byte[8_000]);
    try (StreamReader good = listen("/subscribe/a");
        Socket bad = new Socket("127.0.0.1", gateway.door.address().getPort())) {
      good.next();
      bad.setReceiveBufferSize(4_096);
      String request = "GET " + BASE + "/subscribe/a?_token=all HTTP/1.1\r\nHost: x\r\n\r\n";
      bad.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      Awaitility.await().until(() -> gateway.instances.events.hearing(channel) == 2);

      int told = 0;
      while (gateway.registry.getSampleValue("gateway_streams_dropped_total") == 0) {
        gateway.instances.events.published(new RedisGroup.Published(channel, text));
        told++;
        assertThat(good.next()).startsWith("data: message,a,");
        assertThat(told).isLessThan(100_000);
      }

      Awaitility.await().until(() -> gateway.instances.events.hearing(channel) == 1);
      gateway.run("[\"PUBLISH\",\"a\",\"on\"]");
      assertThat(good.next()).isEqualTo("data: message,a,on");
    }
  }

  @Test
  void aStreamEndsWhenItsKeyExpires() throws Exception {
    gateway.directories.keys.put(
        "short",
        new KeyVerdict.Valid(
            Directories.grant(4, Set.of(Scope.READ), List.of()), Instant.now().plusMillis(700)));
    try (StreamReader reader = listen("short", "/subscribe/a")) {
      assertThat(reader.next()).isEqualTo("data: subscribe,a,1");
      assertThat(reader.next()).isEqualTo("end");
    }
  }

  @Test
  void allStreamsEndWhenTheNodeStops() throws Exception {
    try (StreamReader reader = listen("/subscribe/a")) {
      reader.next();
      gateway.streams.close();
      assertThat(reader.next()).isEqualTo("end");
    }
  }
}
