package io.leasehold.streams.telemetry.backend;

import io.leasehold.config.telemetry.PrometheusSettings;
import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.domain.telemetry.MessageReader;
import io.leasehold.domain.telemetry.MessageReader.Field;
import io.leasehold.domain.telemetry.MessageType;
import io.leasehold.domain.telemetry.MetricSample;
import io.leasehold.domain.time.Clock;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Turns metrics into series that Prometheus scrapes from the administration's port. */
public final class PrometheusBackend implements Backend {
  private final SeriesShelf shelf;
  private final MetricSeries series;
  private final MessageReader reader = new MessageReader();

  /** Shows nothing before it is opened. */
  public PrometheusBackend(PrometheusSettings settings, SeriesShelf shelf, Clock clock) {
    this.shelf = shelf;
    this.series = new MetricSeries(settings, clock);
  }

  @Override
  public void open() {
    shelf.add(series);
  }

  @Override
  public Outcome deliver(Batch batch) {
    List<Refusal> refused = new ArrayList<>();
    for (Batch.Cursor line = batch.cursor(); line.next(); ) {
      MetricSample sample = sample(line);
      DropReason reason =
          sample == null
              ? DropReason.NOT_NUMERIC
              : series.take(sample, line.source().name(), line.ts());
      if (reason != null) {
        refused.add(Refusal.dropped(line.index(), reason, reason.wire()));
      }
    }
    return refused.isEmpty() ? Outcome.CONFIRMED : new Outcome(refused);
  }

  /** Null if there is no number in it. */
  private @Nullable MetricSample sample(Batch.Cursor line) {
    byte[] text = line.bytes();
    boolean metric =
        line.type() == MessageType.METRIC
            && reader.read(
                    text, line.from(), line.to(), false, line.ts(), MessageReader.Window.ANY_TIME)
                == null
            && reader.isObject(Field.DATA);
    return metric ? MetricSample.of(text, reader.from(Field.DATA), reader.to(Field.DATA)) : null;
  }

  @Override
  public void close() {
    shelf.remove(series);
  }
}
