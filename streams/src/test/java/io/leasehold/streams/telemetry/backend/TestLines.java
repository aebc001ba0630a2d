package io.leasehold.streams.telemetry.backend;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.leasehold.domain.telemetry.MessageType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Makes lines as a connection would: side by side in one chunk. */
public final class TestLines {
  private final List<String> texts = new ArrayList<>();
  private final List<Source> sources = new ArrayList<>();
  private final List<Long> stamps = new ArrayList<>();
  private final List<Integer> importances = new ArrayList<>();

  private long firstNumber;
  private long receivedNanos;

  /** Of the ingest ids, whose first half is 1. */
  public TestLines numberedFrom(long number) {
    firstNumber = number;
    return this;
  }

  public TestLines receivedAt(long nanos) {
    receivedNanos = nanos;
    return this;
  }

  public TestLines add(String source, long ts, String text) {
    return add(source, ts, text, 1);
  }

  public TestLines add(String source, long ts, String text, int importance) {
    texts.add(text);
    sources.add(new Source(source, new SourceCounts(source)));
    stamps.add(ts);
    importances.add(importance);
    return this;
  }

  public Lines lines() {
    int count = texts.size();
    byte[] bytes = (String.join("\n", texts) + "\n").getBytes(UTF_8);
    int[] from = new int[count];
    int[] to = new int[count];
    int[] ordinal = new int[count];
    byte[] importance = new byte[count];
    byte[] type = new byte[count];
    int at = 0;
    for (int i = 0; i < count; i++) {
      from[i] = at;
      at += texts.get(i).getBytes(UTF_8).length;
      to[i] = at++;
      ordinal[i] = i;
      importance[i] = (byte) (int) importances.get(i);
    }
    Arrays.fill(type, (byte) MessageType.METRIC.ordinal());
    return new Lines(
        new Lines.Origin(1, firstNumber, receivedNanos, 1),
        bytes,
        from,
        to,
        stamps.stream().mapToLong(Long::longValue).toArray(),
        type,
        importance,
        ordinal,
        sources.toArray(Source[]::new));
  }

  public Batch batch() {
    Lines all = lines();
    return Batch.of(List.of(new Batch.Part(all, 0, all.size())));
  }
}
