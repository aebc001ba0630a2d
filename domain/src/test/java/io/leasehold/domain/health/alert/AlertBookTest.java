package io.leasehold.domain.health.alert;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.health.CheckResult;
import io.leasehold.domain.health.HealthReport;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** An alert begins when its rule has held long enough, and ends when it does not hold. */
class AlertBookTest {
  private static final long SECOND = 1_000_000_000L;
  private static final HealthReport WELL = new HealthReport(List.of(), 0);

  private final AlertRule rule =
      new AlertRule("Full", Severity.CRITICAL, "30s", "used > 8", "It is full", "Empty it.");
  private final SampleHistory history = new SampleHistory(61);
  private final AlertBook book = new AlertBook(List.of(rule), "n1:1");

  private List<AlertBook.Change> at(long seconds, HealthReport report, double... used) {
    var samples = new java.util.ArrayList<SampleHistory.Sample>();
    for (int i = 0; i < used.length; i++) {
      samples.add(new SampleHistory.Sample("used", Map.of("disk", "d" + i), used[i]));
    }
    history.add(seconds * SECOND, samples);
    return book.update(history, report, seconds * SECOND, 1_000_000 + seconds * 1_000);
  }

  private static HealthReport report(boolean critical, CheckResult result) {
    return new HealthReport(
        List.of(new HealthReport.Component("database", critical, true, result, 1)), 0);
  }

  @Test
  void anAlertWaitsItsTime() {
    assertThat(at(0, WELL, 9)).isEmpty();
    assertThat(at(29, WELL, 9)).isEmpty();

    var changes = at(30, WELL, 10);

    var alert =
        new Alert(
            "Full",
            Severity.CRITICAL,
            "It is full",
            "Empty it.",
            "metrics",
            Map.of("disk", "d0"),
            1_030_000,
            10,
            8,
            "n1:1",
            0);
    assertThat(changes).containsExactly(new AlertBook.Change(alert));
    assertThat(book.alerts()).isEqualTo(new Alerts(List.of(alert), List.of()));
  }

  @Test
  void aBreakStartsTheTimeAnew() {
    at(0, WELL, 9);
    at(20, WELL, 8);
    at(25, WELL, 9);

    assertThat(at(54, WELL, 9)).isEmpty();
    assertThat(at(55, WELL, 9)).hasSize(1);
  }

  @Test
  void eachLabelSetIsAnAlertOfItsOwn() {
    at(0, WELL, 9, 1);
    at(30, WELL, 9, 9);
    at(60, WELL, 11, 9);

    assertThat(book.alerts().active())
        .extracting(alert -> alert.labels().get("disk") + " " + alert.value())
        .containsExactly("d1 9.0", "d0 11.0");
  }

  @Test
  void anAlertThatEndsIsKeptForAnHour() {
    at(0, WELL, 9);
    at(30, WELL, 9);

    var changes = at(35, WELL, 1);

    assertThat(changes).hasSize(1);
    assertThat(changes.get(0).isEnd()).isTrue();
    assertThat(book.alerts().active()).isEmpty();
    assertThat(book.alerts().resolved().get(0).resolvedMillis()).isEqualTo(1_035_000);
    assertThat(book.alerts().resolved().get(0).sinceMillis()).isEqualTo(1_030_000);
    at(35 + 3_600, WELL, 1);
    assertThat(book.alerts().resolved()).hasSize(1);
    at(36 + 3_600, WELL, 1);
    assertThat(book.alerts().resolved()).isEmpty();
  }

  @Test
  void endedOnesAreBounded() {
    for (int i = 0; i < AlertBook.MAX_RESOLVED + 10; i++) {
      at(2 * i, report(true, CheckResult.unhealthy("gone")));
      at(2 * i + 1, WELL);
    }

    assertThat(book.alerts().resolved()).hasSize(AlertBook.MAX_RESOLVED);
  }

  @Test
  void aComponentThatIsNotWellIsAnAlertAtOnce() {
    at(0, report(true, CheckResult.unhealthy("no answer within 2000 ms")));

    assertThat(book.alerts().active())
        .containsExactly(
            new Alert(
                "ComponentUnhealthy",
                Severity.CRITICAL,
                "database is unhealthy",
                "database: no answer within 2000 ms",
                "health_check",
                Map.of("component", "database"),
                1_000_000,
                0,
                1,
                "n1:1",
                0));
  }

  @Test
  void itIsAWarningIfTheNodeCanDoWithoutIt() {
    at(0, report(false, CheckResult.unhealthy("gone")));
    assertThat(book.alerts().count(Severity.WARNING)).isEqualTo(1);

    at(5, report(true, CheckResult.degraded("slow")));
    assertThat(book.alerts().count(Severity.WARNING)).isEqualTo(1);
    assertThat(book.alerts().active().get(0).sinceMillis()).isEqualTo(1_000_000);
  }

  @Test
  void theTableIsReadable() {
    assertThat(AlertRules.ALL).hasSize(22);
    assertThat(AlertRules.series())
        .contains("ttl_semlock_rejected_requests_total", "leasehold_ready")
        .doesNotContain("up");
    new AlertBook(AlertRules.ALL, "n1:1");
  }
}
