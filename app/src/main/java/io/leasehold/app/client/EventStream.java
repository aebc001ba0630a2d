package io.leasehold.app.client;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads server-sent events. Blocking; confined to one thread.
 *
 * <p>The server sends at least a comment every 15 s. A stream that says nothing for much longer has
 * lost its server without having been told, and ends.
 */
public final class EventStream implements AutoCloseable {
  /**
   * One event.
   *
   * @param name what it is
   * @param id where to resume behind it; empty without one
   */
  public record Event(String name, String id, String data) {}

  private final InputStream in;
  private final BufferedReader lines;
  private final ScheduledExecutorService watchdog =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            var thread = new Thread(task, "leasehold-watchdog");
            thread.setDaemon(true);
            return thread;
          });
  private final ScheduledFuture<?> watch;
  private volatile boolean heard;

  /**
   * Reads from now on.
   *
   * @param silence that the stream survives; it ends within twice of it
   */
  public EventStream(InputStream in, Duration silence) {
    this.in = in;
    this.lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    watch =
        watchdog.scheduleAtFixedRate(
            this::endIfSilent, silence.toMillis(), silence.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void endIfSilent() {
    if (!heard) {
      try {
        in.close(); // ends the read that waits
      } catch (IOException e) {
        watch.cancel(false); // it is closed already
      }
    }
    heard = false;
  }

  /** Waits for the next event; null at the end of the stream. */
  public @Nullable Event next() throws IOException {
    String name = "message";
    String id = "";
    var data = new StringBuilder();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      heard = true;
      if (line.isEmpty()) {
        if (data.length() > 0) {
          return new Event(name, id, data.toString());
        }
        name = "message";
        continue;
      }
      int colon = line.indexOf(':');
      String field = colon < 0 ? line : line.substring(0, colon);
      String value = colon < 0 ? "" : line.substring(colon + 1);
      value = value.startsWith(" ") ? value.substring(1) : value;
      switch (field) {
        case "event" -> name = value;
        case "id" -> id = value;
        case "data" -> data.append(data.length() > 0 ? "\n" : "").append(value);
        default -> {} // a comment, or the time to the next try, which is the caller's
      }
    }
    return null;
  }

  @Override
  public void close() throws IOException {
    watchdog.shutdownNow();
    in.close();
  }
}
