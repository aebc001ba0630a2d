package io.leasehold.streams.lock;

import static io.leasehold.streams.lock.ConnectionBench.LONG;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.access.ApiKeys.Right;
import io.leasehold.streams.lock.ConnectionBench.Peer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/** An administrator takes locks away. */
class ForceReleaseTest {
  private static final Pattern TOKEN = Pattern.compile("'token':(\\d+)");
  private static final String FORBIDDEN =
      "{'success':false,'error':'forbidden: force_release needs an admin key','code':'forbidden'}";
  private static final Logger AUDIT = (Logger) LoggerFactory.getLogger("leasehold.audit");

  @TempDir static Path dir;
  private static ConnectionBench bench;
  private final ListAppender<ILoggingEvent> audit = new ListAppender<>();
  private Peer peer;

  @BeforeAll
  static void start() throws Exception {
    bench = new ConnectionBench(dir);
  }

  @AfterAll
  static void stop() {
    bench.close();
  }

  @BeforeEach
  void listen() {
    audit.start();
    AUDIT.setLevel(Level.INFO); // as shipped, whatever the tests show
    AUDIT.addAppender(audit);
    connect(false);
  }

  @AfterEach
  void leave() {
    AUDIT.detachAppender(audit);
    AUDIT.setLevel(null);
  }

  private void connect(boolean keysRequired) {
    var keys =
        new ApiKeys.Builder()
            .add("user", EnumSet.of(Right.USE_LOCKS))
            .add("admin", ApiKeys.allRights())
            .build();
    var rules = new LockDoor.Rules(keysRequired, LONG, Duration.ZERO, false, LONG, LONG);
    peer = bench.connect(rules, keys, null);
  }

  private String ask(String request) {
    peer.send(request.replace('\'', '"') + "\n");
    return peer.line().replace('"', '\'');
  }

  private long acquire(String key, String owner) {
    String granted =
        ask("{'action':'acquire','key':'" + key + "','ttl':60,'owner':'" + owner + "','limit':9}");
    Matcher token = TOKEN.matcher(granted);
    assertThat(token.find()).as(granted).isTrue();
    return Long.parseLong(token.group(1));
  }

  private static String force(String key, String more) {
    return "{'action':'force_release','key':'" + key + "'," + more + "}";
  }

  @Test
  void onlyAnAdministratorMay() {
    acquire("k1", "w");

    assertThat(ask(force("k1", "'reason':'x'"))).isEqualTo(FORBIDDEN);
    assertThat(ask(force("k1", "'reason':'x','api_key':'user'"))).isEqualTo(FORBIDDEN);
    assertThat(ask(force("k1", "'reason':'x','api_key':'wrong'"))).isEqualTo(FORBIDDEN);
    assertThat(ask("{'action':'exists','key':'k1'}")).isEqualTo("{'success':true}");
    connect(true);
    assertThat(ask(force("k1", "'reason':'x'"))).contains("auth_failed");
    assertThat(ask("{'action':'auth','api_key':'admin'}"))
        .isEqualTo("{'success':true,'admin':true}");
    assertThat(ask(force("k1", "'reason':'x'"))).startsWith("{'success':true,'released':[");
    assertThat(audit.list).hasSize(1);
  }

  @Test
  void oneLeaseOrAllOfThemAreTaken() {
    long first = acquire("k2", "w1");
    long second = acquire("k2", "w2");
    long third = acquire("k2", "w3");

    assertThat(
            ask(
                force(
                    "k2", "'token':" + second + ",'reason':'stuck \\n','api_key':'admin','id':7")))
        .isEqualTo("{'success':true,'released':[{'owner':'w2','token':" + second + "}],'id':7}");
    assertThat(ask(force("k2", "'token':" + second + ",'reason':'x','api_key':'admin'")))
        .isEqualTo("{'success':false,'reason':'stale_token'}");
    assertThat(ask(force("k2", "'reason':'x','api_key':'admin'")))
        .isEqualTo(
            "{'success':true,'released':[{'owner':'w1','token':"
                + first
                + "},{'owner':'w3','token':"
                + third
                + "}]}");
    assertThat(ask(force("k2", "'reason':'x','api_key':'admin'")))
        .isEqualTo("{'success':false,'reason':'not_held'}");

    assertThat(audit.list).hasSize(2);
    assertThat(audit.list.get(0).getFormattedMessage())
        .startsWith("{\"audit\":\"force_release\",\"timestamp\":\"")
        .endsWith(
            "\"key\":\"k2\",\"owner\":\"w2\",\"token\":"
                + second
                + ",\"reason\":\"stuck \\n\",\"admin_key\":\"8c6976e5\","
                + "\"peer\":\"127.0.0.1:1\"}");
    assertThat(audit.list.get(1).getFormattedMessage()).contains("\"released\":[{\"owner\":\"w1\"");
  }

  @Test
  void itIsDecidedInItsPlaceAndTheNextOneMovesUp() {
    peer.send(
        ("{'action':'acquire','key':'k3','ttl':60,'owner':'a'}\n"
                + "{'action':'acquire','key':'k3','ttl':60,'owner':'b','wait_ms':60000,'id':'b'}\n"
                + force("k3", "'reason':'x','api_key':'admin'")
                + "\n")
            .replace('\'', '"'));
    assertThat(peer.line()).contains("\"token\":");
    var both = peer.line() + peer.line();
    assertThat(both).contains("\"released\":[{\"owner\":\"a\"").contains("\"id\":\"b\"");
  }

  @Test
  void theReasonIsRequired() {
    assertThat(ask(force("k4", "'api_key':'admin'")))
        .contains("'error':'invalid_field: reason is required'");
    assertThat(ask(force("k4", "'reason':'','api_key':'admin'")))
        .contains("reason must be a string of 1 to 256 bytes");
    assertThat(ask(force("k4", "'reason':'" + "x".repeat(257) + "','api_key':'admin'")))
        .contains("reason must be a string of 1 to 256 bytes");
    assertThat(ask(force("k4", "'reason':7,'api_key':'admin'")))
        .contains("reason must be a string of 1 to 256 bytes");
    assertThat(ask(force("k4", "'reason':'x','token':0,'api_key':'admin'")))
        .contains("token must be an integer from 1 to");
  }
}
