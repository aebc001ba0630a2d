package io.leasehold.streams.telemetry.backend;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.leasehold.config.telemetry.CloudwatchSettings;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.services.cloudwatchlogs.model.InputLogEvent;

/**
 * The requests that a batch makes, within the bounds of PutLogEvents: one stream, ascending time
 * stamps, at most {@value #MAX_EVENTS} events of {@value #MAX_BYTES} bytes in less than 24 h.
 */
final class CloudwatchRequests {
  static final int MAX_EVENTS = 10_000;
  static final int MAX_BYTES = 1 << 20;

  /** Of one event. */
  static final int MAX_EVENT = 256 << 10;

  /** What each event counts besides its text. */
  static final int OVERHEAD = 26;

  private static final long SPAN_MILLIS = TimeUnit.HOURS.toMillis(24);
  private static final int MAX_STREAM = 512;

  /** A message as an event. */
  static final class Event {
    private final int index;
    private final long ts;
    private final byte[] bytes;
    private final int from;
    private final int to;

    private Event(Batch.Cursor line) {
      this.index = line.index();
      this.ts = line.ts();
      this.bytes = line.bytes();
      this.from = line.from();
      this.to = line.to();
    }

    /** Of the message in the batch. */
    int index() {
      return index;
    }

    long ts() {
      return ts;
    }

    /** Bytes as the service counts them. */
    int size() {
      return to - from + OVERHEAD;
    }

    InputLogEvent made() {
      return InputLogEvent.builder()
          .timestamp(ts)
          .message(new String(bytes, from, to - from, UTF_8))
          .build();
    }
  }

  /** Events in the order of their time, for one stream. */
  record Request(String stream, List<Event> events) {}

  private final List<Request> requests = new ArrayList<>();
  private final List<Backend.Refusal> tooBig = new ArrayList<>();

  /** Reads the batch. */
  CloudwatchRequests(Batch batch, CloudwatchSettings settings) {
    Map<String, List<Event>> streams = new LinkedHashMap<>();
    for (Batch.Cursor line = batch.cursor(); line.next(); ) {
      var event = new Event(line);
      if (event.size() > MAX_EVENT) {
        tooBig.add(
            Backend.Refusal.deadLetter(
                line.index(),
                DeadLetters.Reason.TOO_BIG,
                event.size() + " bytes with those that count for an event: at most " + MAX_EVENT));
      } else {
        streams
            .computeIfAbsent(
                stream(settings.logStream(), line.source().name()), name -> new ArrayList<>())
            .add(event);
      }
    }
    streams.forEach(this::split);
  }

  /** Characters that names of streams may not have become underscores. */
  static String stream(String template, String source) {
    String name =
        template.replace(CloudwatchSettings.SOURCE, source).replace(':', '_').replace('*', '_');
    return name.length() <= MAX_STREAM ? name : name.substring(0, MAX_STREAM);
  }

  private void split(String stream, List<Event> events) {
    events.sort(Comparator.comparingLong(Event::ts)); // those of one instant stay in their order
    int from = 0;
    int size = 0;
    for (int i = 0; i < events.size(); i++) {
      Event each = events.get(i);
      boolean fits =
          i - from < MAX_EVENTS
              && size + each.size() <= MAX_BYTES
              && each.ts() - events.get(from).ts() < SPAN_MILLIS;
      if (!fits) {
        requests.add(new Request(stream, events.subList(from, i)));
        from = i;
        size = 0;
      }
      size += each.size();
    }
    requests.add(new Request(stream, events.subList(from, events.size())));
  }

  List<Request> requests() {
    return requests;
  }

  /** Messages that are in no request. */
  List<Backend.Refusal> tooBig() {
    return tooBig;
  }
}
