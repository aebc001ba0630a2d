package io.leasehold.streams.telemetry.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.config.telemetry.PrometheusSettings;
import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.domain.time.Clock;
import io.prometheus.client.Collector;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PrometheusBackendTest {
  private static final class Hand implements Clock {
    private long nanos = Long.MAX_VALUE - 5; // wraps while it is used

    @Override
    public long nanos() {
      return nanos;
    }

    @Override
    public long wallMillis() {
      return 1_000;
    }
  }

  private final Hand clock = new Hand();
  private final SeriesShelf shelf = new SeriesShelf();
  private final PrometheusBackend backend =
      new PrometheusBackend(
          new PrometheusSettings(
              "app_", List.of("*_total"), List.of("*_done"), 6, 4, Duration.ofMinutes(5)),
          shelf,
          clock);

  @BeforeEach
  void open() {
    backend.open();
  }

  private List<Backend.Refusal> send(String source, long ts, String data) {
    String text = "{'v':1,'src':'x','ts':" + ts + ",'type':'metric','data':" + data + "}";
    return backend
        .deliver(new TestLines().add(source, ts, text.replace('\'', '"')).batch())
        .refused();
  }

  private List<Backend.Refusal> send(long ts, String name, String value) {
    return send("a", ts, "{'name':'" + name + "','value':" + value + "}");
  }

  private List<String> shown() {
    List<String> shown = new ArrayList<>();
    for (Collector.MetricFamilySamples family : shelf.collect()) {
      for (var each : family.samples) {
        var labels = new StringBuilder();
        for (int i = 0; i < each.labelNames.size(); i++) {
          labels
              .append(' ')
              .append(each.labelNames.get(i))
              .append('=')
              .append(each.labelValues.get(i));
        }
        shown.add(family.type + " " + each.name + labels + " " + each.value);
      }
    }
    return shown;
  }

  @Test
  void aGaugeHasTheValueOfTheNewestMessage() {
    send(10, "cpu-load", "1.5");
    send(30, "cpu-load", "3");
    send(20, "cpu-load", "2");

    assertThat(shown()).containsExactly("GAUGE app_cpu_load source=a 3.0");
  }

  @Test
  void aCounterHoldsWhatWasSentAndADeltaAddsUp() {
    send(10, "jobs_total", "7");
    send(20, "jobs_total", "2"); // the application was started again
    send(20, "rows_done", "2");
    send(10, "rows_done", "3");

    assertThat(shown())
        .containsExactly(
            "COUNTER app_jobs_total source=a 2.0", "COUNTER app_rows_done_total source=a 5.0");
  }

  @Test
  void tagsAreLabelsUnderNamesThatPrometheusTakes() {
    send(
        "a",
        1,
        "{'name':'x','value':1,'tags':{'end-point':'/a','n':8,'source':'s','le':'z','9':true,"
            + "'__name__':'y','':'e'}}");

    assertThat(shown())
        .containsExactly(
            "GAUGE app_x end_point=/a exported_source=s n=8 source=a tag_=e tag_9=true"
                + " tag___name__=y tag_le=z 1.0");
  }

  @Test
  void whatIsNoNumberIsDroppedAndToldApart() {
    assertThat(send(1, "x", "'1'"))
        .extracting(Backend.Refusal::drop)
        .containsExactly(DropReason.NOT_NUMERIC);

    var lines = new TestLines();
    for (String value : List.of("1", "true", "2")) {
      lines.add(
          "a",
          1,
          ("{'v':1,'src':'a','ts':1,'type':'metric','data':{'name':'n','value':" + value + "}}")
              .replace('\'', '"'));
    }
    assertThat(backend.deliver(lines.batch()).refused())
        .extracting(Backend.Refusal::index)
        .containsExactly(1);
    assertThat(shown()).containsExactly("GAUGE app_n source=a 2.0");
  }

  @Test
  void seriesAreBoundedPerSourceInAllAndInLength() {
    for (int i = 0; i < 4; i++) {
      assertThat(send(1, "m" + i, "1")).isEmpty();
    }
    assertThat(send(1, "m4", "1"))
        .extracting(Backend.Refusal::drop)
        .containsExactly(DropReason.SERIES_LIMIT);
    assertThat(send(2, "m3", "2")).as("one that is there").isEmpty();
    assertThat(send("b", 1, "{'name':'m','value':1}")).isEmpty();
    assertThat(send("c", 1, "{'name':'m','value':1}")).isEmpty();
    assertThat(send("d", 1, "{'name':'m','value':1}")).hasSize(1);
    assertThat(send("c", 1, "{'name':'m','value':1,'tags':{'t':'" + "x".repeat(4_096) + "'}}"))
        .extracting(Backend.Refusal::drop)
        .containsExactly(DropReason.SERIES_LIMIT);
    assertThat(shown()).hasSize(6);
  }

  @Test
  void whatNobodySendsAnyMoreGoesAndMakesRoom() {
    for (int i = 0; i < 4; i++) {
      send(1, "m" + i, "1");
    }
    clock.nanos += Duration.ofMinutes(5).toNanos() - 1;
    send(2, "m1", "5");
    assertThat(shown()).hasSize(4);
    clock.nanos += 1;

    assertThat(send(3, "fresh", "1")).isEmpty();

    assertThat(shown())
        .containsExactly("GAUGE app_fresh source=a 1.0", "GAUGE app_m1 source=a 5.0");
  }

  @Test
  void aBackendThatIsGoneShowsNothing() {
    send(1, "x", "1");
    backend.close();

    assertThat(shown()).isEmpty();
  }
}
