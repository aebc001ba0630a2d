package io.leasehold.streams.telemetry.backend;

import io.leasehold.config.telemetry.ConsoleSettings;
import io.leasehold.config.value.Shown;
import java.io.PrintStream;
import java.time.Instant;

/** Writes messages to standard output, for people and for pipes. */
public final class ConsoleBackend implements Backend {
  private final ConsoleSettings settings;
  private final PrintStream out;

  /** Writes to {@code out}, which is not closed. */
  public ConsoleBackend(ConsoleSettings settings, PrintStream out) {
    this.settings = settings;
    this.out = out;
  }

  @Override
  public void open() {}

  @Override
  public Outcome deliver(Batch batch) throws BackendException {
    for (Batch.Cursor line = batch.cursor(); line.next(); ) {
      if (settings.text()) {
        String source = Shown.whole(line.source()); // which may be any text
        String head =
            Instant.ofEpochMilli(line.ts()) + " " + source + " " + line.type().wire() + " ";
        out.print(head);
      }
      out.write(line.bytes(), line.from(), line.to() - line.from());
      out.write('\n');
    }
    if (out.checkError()) { // flushes too
      throw BackendException.retryable("io", "standard output cannot be written", null).unknown();
    }
    return Outcome.CONFIRMED;
  }

  @Override
  public void close() {
    out.flush();
  }
}
