package io.leasehold.streams.telemetry.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.leasehold.config.telemetry.CloudwatchSettings;
import io.leasehold.streams.telemetry.backend.BackendException.Kind;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against a stand-in that checks signature, order and bounds of each request. */
class CloudwatchBackendTest {
  private static final long NOON = Instant.parse("2026-07-20T12:00:00Z").toEpochMilli();
  private static final long DAY = 86_400_000;

  private final List<AutoCloseable> opened = new ArrayList<>();
  private LogsServer server;

  @BeforeEach
  void begin() throws Exception {
    server = new LogsServer();
    S3Server.login(S3Server.ID, S3Server.SECRET);
  }

  @AfterEach
  void end() throws Exception {
    for (AutoCloseable each : opened) {
      each.close();
    }
    server.close();
    S3Server.logout();
    assertThat(server.complaints).isEmpty();
  }

  private CloudwatchBackend backend(int port, String stream, boolean create) {
    var settings =
        new CloudwatchSettings("g", stream, "", URI.create("http://127.0.0.1:" + port), create);
    var backend = new CloudwatchBackend(settings, Duration.ofSeconds(5));
    opened.add(backend);
    return backend;
  }

  private CloudwatchBackend open() throws Exception {
    CloudwatchBackend backend = backend(server.port(), "{source}", true);
    backend.open();
    return backend;
  }

  @Test
  void eventsGoToTheStreamsOfTheirSourcesInTheOrderOfTheirTime() throws Exception {
    CloudwatchBackend backend = open();

    assertThat(
            backend.deliver(
                new TestLines()
                    .add("a:*b", NOON + 2, "second ü")
                    .add("c", NOON, "other")
                    .add("a:*b", NOON, "first")
                    .add("a:*b", NOON + 2, "third")
                    .batch()))
        .isEqualTo(Backend.Outcome.CONFIRMED);

    assertThat(server.of("a__b")).containsExactly("first", "second ü", "third");
    assertThat(server.of("c")).containsExactly("other");
    assertThat(server.calls)
        .containsExactly(
            "CreateLogGroup",
            "PutLogEvents a__b",
            "CreateLogStream a__b",
            "PutLogEvents a__b",
            "PutLogEvents c",
            "CreateLogStream c",
            "PutLogEvents c");
    backend.deliver(new TestLines().add("c", NOON, "more").batch());
    assertThat(server.of("c")).containsExactly("other", "more");
    assertThat(server.calls).hasSize(8);
  }

  @Test
  void oneRequestHasAtMostTenThousandEventsOfLessThanADay() throws Exception {
    var lines = new TestLines();
    for (int i = 0; i < 10_001; i++) {
      lines.add("s", NOON, "x" + i);
    }
    lines.add("s", NOON + DAY - 1, "still").add("s", NOON + DAY, "a day").add("s", NOON - 5, "old");

    open().deliver(lines.batch());

    assertThat(server.sizes).containsExactly(10_000, 3, 1);
    assertThat(server.of("s")).hasSize(10_004).startsWith("old", "x0").endsWith("still", "a day");
  }

  @Test
  void oneRequestHasAtMostAMebibyteWithWhatEachEventCosts() throws Exception {
    String text = "y".repeat(65_536 - CloudwatchRequests.OVERHEAD); // 16 of them are just it
    var lines = new TestLines();
    for (int i = 0; i < 17; i++) {
      lines.add("s", NOON, text);
    }

    open().deliver(lines.batch());

    assertThat(server.sizes).containsExactly(16, 1);
  }

  @Test
  void whatIsTooBigForAnEventIsADeadLetter() throws Exception {
    int room = CloudwatchRequests.MAX_EVENT - CloudwatchRequests.OVERHEAD;

    var outcome =
        open()
            .deliver(
                new TestLines()
                    .add("s", NOON, "z".repeat(room + 1))
                    .add("s", NOON, "z".repeat(room))
                    .batch());

    assertThat(outcome.refused()).singleElement().extracting("index").isEqualTo(0);
    assertThat(outcome.refused().get(0).deadLetter()).isEqualTo(DeadLetters.Reason.TOO_BIG);
    assertThat(server.sizes).containsExactly(1);
  }

  @Test
  void whatTheServiceRejectsByNameIsADeadLetter() throws Exception {
    CloudwatchBackend backend = open();
    server.rejected =
        "{\"expiredLogEventEndIndex\":1,\"tooOldLogEventEndIndex\":2,"
            + "\"tooNewLogEventStartIndex\":3}";

    var outcome =
        backend.deliver(
            new TestLines()
                .add("s", NOON + 3, "new")
                .add("s", NOON + 2, "good")
                .add("s", NOON + 1, "old")
                .add("s", NOON, "expired")
                .batch());

    assertThat(outcome.refused())
        .extracting(each -> each.index() + " " + each.error())
        .containsExactly(
            "0 more than 2 hours ahead",
            "2 more than 14 days old",
            "3 older than the retention of the log group");
    assertThat(outcome.refused())
        .allMatch(each -> each.deadLetter() == DeadLetters.Reason.DATA_ERROR);
  }

  @Test
  void anEventThatSpoilsItsRequestIsFoundAndTheRestStored() throws Exception {
    CloudwatchBackend backend = open();
    server.poison = "bad";
    var lines = new TestLines().add("first", NOON, "0");
    for (int i = 1; i < 9; i++) {
      lines.add("s", NOON + i, i == 6 ? "bad" : Integer.toString(i));
    }

    var outcome = backend.deliver(lines.batch());

    assertThat(outcome.refused()).singleElement().extracting("index").isEqualTo(6);
    assertThat(server.of("s")).containsExactly("1", "2", "3", "4", "5", "7", "8");
    assertThat(server.of("first")).as("not sent again").containsExactly("0");
  }

  @Test
  void aBatchThatFailsHalfwayGoesOnThere() throws Exception {
    var proxy = new FaultProxy(server.port(), "{\"__type\":\"ServiceUnavailableException\"}");
    opened.add(proxy);
    CloudwatchBackend backend = backend(proxy.port(), "{source}", true);
    backend.open();
    var lines = new TestLines().add("a", NOON, "1").add("b", NOON, "2");
    Batch batch = lines.batch();
    proxy.after(3, FaultProxy.Fault.STATUS_503); // stream a needs three

    var why = catchThrowableOfType(BackendException.class, () -> backend.deliver(batch));

    assertThat(why.kind()).isEqualTo(Kind.RETRYABLE);
    assertThat(why.reason()).isEqualTo("throttled");
    proxy.set(FaultProxy.Fault.NONE);
    assertThat(backend.deliver(batch.afterUnknownOutcome())).isEqualTo(Backend.Outcome.CONFIRMED);
    assertThat(server.of("a")).containsExactly("1");
    assertThat(server.of("b")).containsExactly("2");
  }

  @Test
  void aGroupThatIsDeletedIsMadeAgain() throws Exception {
    CloudwatchBackend backend = open();
    server.forget();

    backend.deliver(new TestLines().add("s", NOON, "1").batch());

    assertThat(server.of("s")).containsExactly("1");
  }

  @Test
  void whoMayNotMakeAGroupMayWriteIntoIt() throws Exception {
    open(); // somebody else has made it
    server.closedToGroups = true;

    open().deliver(new TestLines().add("s", NOON, "1").batch());

    assertThat(server.of("s")).containsExactly("1");
  }

  @Test
  void withoutCreateNothingIsMade() throws Exception {
    CloudwatchBackend backend = backend(server.port(), "all-{source}", false);
    backend.open();

    var why =
        catchThrowableOfType(
            BackendException.class,
            () -> backend.deliver(new TestLines().add("s", NOON, "1").batch()));

    assertThat(why.kind()).isEqualTo(Kind.RETRYABLE);
    assertThat(why.getMessage()).startsWith("400 ResourceNotFoundException");
    assertThat(server.calls).containsExactly("PutLogEvents all-s");
  }

  @Test
  void aWrongSecretIsRefusedAndNotShown() throws Exception {
    S3Server.login(S3Server.ID, "another-s3cret-word");

    var why = catchThrowableOfType(BackendException.class, () -> open());

    assertThat(why.kind()).isEqualTo(Kind.RETRYABLE);
    assertThat(why.reason()).isEqualTo("refused");
    assertThat(why.getMessage())
        .startsWith("400 InvalidSignatureException")
        .doesNotContain("s3cret");
  }

  @Test
  void aDeliveryThatHangsIsBrokenOff() throws Exception {
    var proxy = new FaultProxy(server.port(), "");
    opened.add(proxy);
    CloudwatchBackend backend = backend(proxy.port(), "{source}", true);
    backend.open();
    proxy.after(0, FaultProxy.Fault.BLACK_HOLE);
    Batch batch = new TestLines().add("s", NOON, "1").batch();
    var broken =
        CompletableFuture.supplyAsync(
            () -> catchThrowableOfType(BackendException.class, () -> backend.deliver(batch)));
    Awaitility.await().until(() -> proxy.requests() == 1);

    backend.abort();

    BackendException why = broken.get(3, TimeUnit.SECONDS);
    assertThat(why.kind()).isEqualTo(Kind.RETRYABLE);
    assertThat(why.reopens()).isTrue();
    proxy.set(FaultProxy.Fault.NONE);
    backend.open();
    backend.deliver(batch);
    assertThat(server.of("s")).containsExactly("1");
  }
}
