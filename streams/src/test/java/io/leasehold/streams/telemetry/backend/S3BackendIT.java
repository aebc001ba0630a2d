package io.leasehold.streams.telemetry.backend;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.leasehold.config.telemetry.S3Settings;
import io.leasehold.streams.telemetry.backend.BackendException.Kind;
import java.net.URI;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** Objects on a real server of the protocol, and what the backend makes of its troubles. */
class S3BackendIT {
  private static final long NOON = Instant.parse("2026-07-20T12:00:00Z").toEpochMilli();
  private static final long DAY = 86_400_000;
  private static final String BUSY =
      "<?xml version=\"1.0\"?><Error><Code>SlowDown</Code><Message>less, please</Message></Error>";

  @TempDir private static Path data;
  private static S3Server server;

  private final List<AutoCloseable> opened = new ArrayList<>();
  private String prefix = "";

  @BeforeAll
  static void startServer() throws Exception {
    server = S3Server.start(data);
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @BeforeEach
  void begin(TestInfo test) {
    prefix = test.getTestMethod().orElseThrow().getName() + '/';
    S3Server.login(S3Server.ID, S3Server.SECRET);
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : opened) {
      each.close();
    }
    S3Server.logout();
  }

  private S3Settings settings(int port, String bucket, boolean gzip) {
    return new S3Settings(bucket, prefix, "", URI.create("http://127.0.0.1:" + port), true, gzip);
  }

  private S3Backend backend(int port, String bucket, boolean gzip) {
    var backend = new S3Backend(settings(port, bucket, gzip), Duration.ofSeconds(5));
    opened.add(backend);
    return backend;
  }

  private S3Backend open(int port) throws Exception {
    S3Backend backend = backend(port, S3Server.BUCKET, true);
    backend.open();
    return backend;
  }

  private FaultProxy proxy() throws Exception {
    var proxy = new FaultProxy(server.port(), BUSY);
    opened.add(proxy);
    return proxy;
  }

  private static String line(int i) {
    return "{\"v\":1,\"n\":" + i + ",\"text\":\"ü\"}";
  }

  /** One line for each source. */
  private static Batch batch(int sources) {
    var lines = new TestLines().numberedFrom(7);
    for (int i = 0; i < sources; i++) {
      lines.add("s" + i, NOON, line(i));
    }
    return lines.batch();
  }

  private static BackendException failure(S3Backend backend, Batch batch) {
    var failure = catchThrowableOfType(BackendException.class, () -> backend.deliver(batch));
    assertThat(failure).as("it was taken").isNotNull();
    return failure;
  }

  @Test
  void aBatchMakesOneObjectForEachDayAndSource() throws Exception {
    S3Backend backend = open(server.port());
    Batch batch =
        new TestLines()
            .numberedFrom(7)
            .add("a/b", NOON, line(0))
            .add("c", NOON, line(1))
            .add("a/b", NOON + DAY, line(2))
            .add("a/b", NOON + 1, line(3))
            .batch();

    assertThat(backend.deliver(batch)).isEqualTo(Backend.Outcome.CONFIRMED);

    Map<String, String> tags = server.tags(prefix);
    String one = "dt=2026-07-20/src=a%2Fb/type=metric/0000000000000001-00000000000000000007-2";
    assertThat(tags)
        .containsOnlyKeys(
            prefix + one + ".jsonl.gz",
            prefix
                + "dt=2026-07-20/src=c/type=metric/0000000000000001-00000000000000000008-1.jsonl.gz",
            prefix
                + "dt=2026-07-21/src=a%2Fb/type=metric/0000000000000001-00000000000000000009-1"
                + ".jsonl.gz");
    assertThat(server.text(prefix + one + ".jsonl.gz")).isEqualTo(line(0) + "\n" + line(3) + "\n");
    var object = server.object(prefix + one + ".jsonl.gz");
    byte[] digest = MessageDigest.getInstance("SHA-256").digest(object.asByteArray());
    assertThat(object.response().metadata())
        .containsEntry("count", "2")
        .containsEntry("sha256", HexFormat.of().formatHex(digest));

    // again, by another backend: the same objects with the same bytes
    open(server.port()).deliver(batch);

    assertThat(server.tags(prefix)).isEqualTo(tags);
  }

  @Test
  void objectsAreLinesAsTheyAreWithoutGzip() throws Exception {
    S3Backend backend = backend(server.port(), S3Server.BUCKET, false);
    backend.open();

    backend.deliver(batch(1));

    String key =
        prefix + "dt=2026-07-20/src=s0/type=metric/0000000000000001-00000000000000000007-1.jsonl";
    assertThat(server.tags(prefix)).containsOnlyKeys(key);
    assertThat(server.object(key).asByteArray()).isEqualTo((line(0) + "\n").getBytes(UTF_8));
  }

  @Test
  void aLoginThatIsRefusedIsTriedAgainAndNotShown() throws Exception {
    S3Server.login(S3Server.ID, "another-s3cret-word");
    S3Backend backend = open(server.port()); // who may not look at the bucket may write

    BackendException why = failure(backend, batch(1));

    assertThat(why.kind()).isEqualTo(Kind.RETRYABLE);
    assertThat(why.reason()).isEqualTo("refused");
    assertThat(why.getMessage()).startsWith("403 ").doesNotContain("s3cret");
  }

  @Test
  void aBucketThatIsMissingIsWaitedFor() throws Exception {
    S3Backend backend = backend(server.port(), "later", true);
    var why = catchThrowableOfType(BackendException.class, backend::open);
    assertThat(why.kind()).isEqualTo(Kind.RETRYABLE);
    assertThat(why.reason()).isEqualTo("not_found");

    server.client().createBucket(each -> each.bucket("later"));
    backend.open();

    assertThat(backend.deliver(batch(1))).isEqualTo(Backend.Outcome.CONFIRMED);
  }

  @Test
  void aServerThatIsBusyIsLeftAloneForAsLongAsItSays() throws Exception {
    FaultProxy proxy = proxy();
    S3Backend backend = open(proxy.port());
    proxy.header("Retry-After: 7");
    proxy.after(0, FaultProxy.Fault.STATUS_503);

    BackendException busy = failure(backend, batch(1));

    assertThat(busy.kind()).isEqualTo(Kind.RETRYABLE);
    assertThat(busy.reason()).isEqualTo("throttled");
    assertThat(busy.retryAfter()).isEqualTo(Duration.ofSeconds(7));
    assertThat(busy).hasMessage("503 SlowDown less, please");
    proxy.after(0, FaultProxy.Fault.STATUS_500);
    assertThat(failure(backend, batch(1))).hasMessage("500 SlowDown less, please");
    proxy.set(FaultProxy.Fault.NONE);
    assertThat(backend.deliver(batch(1))).isEqualTo(Backend.Outcome.CONFIRMED);
    assertThat(server.lines(prefix)).containsExactly(line(0));
  }

  @Test
  void anAnswerThatIsLostMakesNoSecondObject() throws Exception {
    FaultProxy proxy = proxy();
    S3Backend backend = open(proxy.port());
    proxy.set(FaultProxy.Fault.CUT_ANSWER);
    Batch batch = batch(3);

    BackendException why = failure(backend, batch);

    assertThat(why.kind()).isEqualTo(Kind.RETRYABLE);
    assertThat(why.isUnknown()).isTrue();
    Map<String, String> stored = server.tags(prefix);
    assertThat(stored).isNotEmpty();
    proxy.set(FaultProxy.Fault.NONE);
    backend.deliver(batch.afterUnknownOutcome());
    assertThat(server.tags(prefix)).hasSize(3).containsAllEntriesOf(stored);
    assertThat(server.lines(prefix)).containsExactlyInAnyOrder(line(0), line(1), line(2));
  }

  @Test
  void aBatchOfManyObjectsGoesOnWhereItFailed() throws Exception {
    FaultProxy proxy = proxy();
    S3Backend backend = open(proxy.port());
    Batch batch = batch(40);
    proxy.after(25, FaultProxy.Fault.STATUS_500);
    assertThat(failure(backend, batch).kind()).isEqualTo(Kind.RETRYABLE);
    int stored = server.tags(prefix).size();
    assertThat(stored).isBetween(10, 39);

    proxy.after(40 - stored, FaultProxy.Fault.STATUS_500); // one request more would fail

    backend.deliver(batch.afterUnknownOutcome());
    assertThat(server.lines(prefix)).hasSize(40);
  }

  @Test
  void aDeliveryThatHangsIsBrokenOffAndTheBackendOpenedAnew() throws Exception {
    FaultProxy proxy = proxy();
    S3Backend backend = open(proxy.port());
    proxy.after(0, FaultProxy.Fault.BLACK_HOLE);
    Batch batch = batch(9);
    var broken = CompletableFuture.supplyAsync(() -> failure(backend, batch));
    Awaitility.await().until(() -> proxy.requests() == 4); // and no answer to any

    backend.abort();

    BackendException why = broken.get(3, TimeUnit.SECONDS);
    assertThat(why.kind()).isEqualTo(Kind.RETRYABLE);
    assertThat(why.reopens()).isTrue();
    proxy.set(FaultProxy.Fault.NONE);
    backend.open();
    backend.deliver(batch);
    assertThat(server.lines(prefix)).hasSize(9);
  }

  @Test
  void withoutAnyLoginItSaysWhatIsMissing() throws Exception {
    S3Server.logout();
    System.setProperty("aws.disableEc2Metadata", "true");
    try {
      var why =
          catchThrowableOfType(
              BackendException.class, backend(server.port(), S3Server.BUCKET, true)::open);

      assertThat(why.kind()).isEqualTo(Kind.RETRYABLE);
      assertThat(why.reason()).isEqualTo("credentials");
      assertThat(why.getMessage()).contains("Unable to load credentials");
    } finally {
      System.clearProperty("aws.disableEc2Metadata");
    }
  }
}
