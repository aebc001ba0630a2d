package io.leasehold.streams.telemetry;

import io.leasehold.domain.telemetry.Decision;
import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.domain.telemetry.MessageReader;
import io.leasehold.domain.telemetry.MessageReader.Field;
import io.leasehold.domain.telemetry.MessageType;
import io.leasehold.domain.telemetry.SourceRules;
import io.leasehold.domain.telemetry.TokenBook;
import io.leasehold.domain.telemetry.TraceMessage;
import io.leasehold.streams.telemetry.ChunkCopies.Handover;
import io.leasehold.streams.telemetry.backend.Lines;
import io.leasehold.streams.telemetry.backend.Source;
import io.leasehold.streams.telemetry.backend.SourceCounts;
import io.leasehold.streams.telemetry.spool.Spool;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Turns the chunks of one connection into copies for targets: splits, validates, decides, counts.
 * Nothing is allocated for a line; what a chunk costs is its arrays. Not thread safe.
 */
final class ChunkReader {
  private static final byte[] NOTHING = new byte[0];
  private static final int CACHED = 64;

  /** A source as its bytes stand in a line, with the rules that are in force for it. */
  private static final class Known {
    final byte[] text;
    final boolean string;
    final Source source;
    int generation;
    SourceRules rules;

    Known(byte[] text, boolean string, Source source, Snapshot snapshot) {
      this.text = text;
      this.string = string;
      this.source = source;
      this.generation = snapshot.generation();
      this.rules = snapshot.routing().of(source.name());
    }
  }

  private final Intake intake;
  private final ClientEntry client;
  private final LineSplitter lines = new LineSplitter();
  private final MessageReader reader = new MessageReader();
  private final ChunkCopies copies = new ChunkCopies();
  private final @Nullable Known[] cache = new @Nullable Known[CACHED];
  private @Nullable Known last;
  private long now;
  private List<TapSession> watching = List.of();
  private boolean goodbye;
  private boolean begun;
  private boolean dropping;
  private @Nullable Greeting greeting;
  private final ClientNumbers numbers = new ClientNumbers();
  private final TokenBook tokens;
  private TokenBook.@Nullable Grant grant;
  private @Nullable Spool spool;
  private @Nullable TracedLines traced;
  private int messages;
  private @Nullable SourceCounts run;
  private MessageType runType = MessageType.EVENT;
  private int runLines;
  private long runBytes;

  /**
   * Of a new connection.
   *
   * @param client is told what is read
   */
  ChunkReader(Intake intake, ClientEntry client) {
    this.intake = intake;
    this.client = client;
    this.spool = intake.spoolAll() ? intake.spool() : null;
    this.tokens = intake.tokens().get();
    this.grant = tokens.beforeHello();
  }

  /** Whether a goodbye was read: what follows it is not. */
  boolean isGoodbye() {
    return goodbye;
  }

  /** A hello that was read and is not answered: nothing behind it is read before. */
  @Nullable Greeting greeting() {
    return greeting;
  }

  /** The hello is answered: {@link #more} goes on. */
  void answered() {
    greeting = null;
  }

  /** The numbers of the lines; does nothing before it is started. */
  ClientNumbers numbers() {
    return numbers;
  }

  /** Where what is read is to be submitted to; null = it is for the targets at once. */
  @Nullable Spool spool() {
    return spool;
  }

  /** From now on what is read is for the spool, and gets ingest ids of it. */
  void spool(Spool into) {
    spool = into;
  }

  /** Whether a line has begun and not ended. */
  boolean isInsideLine() {
    return lines.isInsideLine();
  }

  /** From now on what is read is counted as dropped, because the sidecar stops. */
  void drop() {
    dropping = true;
  }

  boolean isDropping() {
    return dropping;
  }

  /** Reads a chunk; what comes out is to be handed to its targets in any order. */
  List<Handover> read(byte[] chunk, long receivedNanos) {
    intake.traffic().bytes.add(chunk.length);
    client.read(chunk.length, receivedNanos);
    lines.offer(chunk);
    return more(receivedNanos);
  }

  /** Reads what is left of the chunk behind a hello. */
  List<Handover> more(long receivedNanos) {
    Snapshot snapshot = intake.snapshot().get();
    now = intake.clock().wallMillis();
    watching = intake.tap().sessions();
    while (!goodbye && greeting == null) {
      LineSplitter.Found found = lines.next();
      if (found == LineSplitter.Found.NOTHING) {
        break;
      }
      take(found, snapshot);
    }
    if (goodbye) {
      lines.clear();
    }
    return finish(snapshot, receivedNanos);
  }

  /** The end of input: a last line without its line feed counts. */
  List<Handover> end(long receivedNanos) {
    if (goodbye) {
      return List.of();
    }
    Snapshot snapshot = intake.snapshot().get();
    now = intake.clock().wallMillis();
    watching = intake.tap().sessions();
    LineSplitter.Found found = lines.last();
    if (found != LineSplitter.Found.NOTHING) {
      take(found, snapshot);
    }
    return finish(snapshot, receivedNanos);
  }

  /** Messages with at least one target in what was read last. */
  int messages() {
    return messages;
  }

  /** Drops a begun line. */
  void forget() {
    lines.clear();
  }

  private void take(LineSplitter.Found found, Snapshot snapshot) {
    boolean first = !begun;
    begun = true;
    if (found == LineSplitter.Found.TOO_LONG) {
      if (grant == null) {
        greeted(Greeting.MISSING);
        return;
      }
      numbers.next();
      reject(DropReason.TOO_LONG, NOTHING, 0, 0);
      return;
    }
    byte[] bytes = lines.bytes();
    int from = lines.from();
    int to = lines.to();
    DropReason invalid = reader.read(bytes, from, to, lines.isAscii(), now, snapshot.window());
    if (invalid != null && first && isGreeting(invalid)) {
      greeted(Greeting.of(reader, bytes, invalid, tokens));
      return;
    }
    if (grant == null) {
      greeted(Greeting.MISSING);
      return;
    }
    if (invalid == null && reader.type() == MessageType.GOODBYE) {
      goodbye = true;
      return;
    }
    if (numbers.next()) {
      count(intake.sources().invalid(), to - from + 1);
      intake.traffic().dropped(DropReason.DUPLICATE, 1);
      intake.sources().invalid().dropped(1);
      return;
    }
    if (invalid != null) {
      reject(invalid, bytes, from, to);
      return;
    }
    Known who = known(bytes, snapshot);
    if (who == null) {
      reject(DropReason.FORBIDDEN_SRC, bytes, from, to);
      return;
    }
    count(who.source.counts(), to - from + 1);
    runType = reader.type();
    if (!watching.isEmpty()) {
      watching.forEach(each -> each.seen(who.source.name(), reader, bytes, from, to));
    }
    if (intake.correlator().isOn() && TraceMessage.isTraced(reader)) {
      trace(bytes, from, to);
    }
    Decision where = who.rules.decide(reader, bytes, intake.random());
    DropReason nowhere = dropping ? DropReason.SHUTDOWN : where.reason();
    if (nowhere == null) {
      copies.add(reader, bytes, from, to, who.source, where);
      numbers.accepted();
    } else {
      intake.traffic().dropped(nowhere, 1);
      who.source.counts().dropped(1);
    }
  }

  private void greeted(Greeting first) {
    greeting = first;
    grant = first.grant();
    if (grant != null && grant.isByToken()) {
      client.authenticated();
    }
    if (first.isUnauthorized()) {
      intake.rejections().unauthorized(first.why());
    }
  }

  private void trace(byte[] bytes, int from, int to) {
    TracedLines lines = traced;
    if (lines == null) {
      lines = new TracedLines();
      traced = lines;
    }
    lines.add(reader.text(Field.TID), bytes, from, to);
  }

  /** The lines of traces in what was read last, for the correlator once they are accepted. */
  @Nullable TracedLines takeTraced() {
    TracedLines lines = traced;
    traced = null;
    return lines;
  }

  /** Of an object whose keys were read; what is no JSON greets nobody. */
  private boolean isGreeting(DropReason invalid) {
    return switch (invalid) {
      case UNEXPECTED_HELLO, UNKNOWN_KEY, MISSING_FIELD, BAD_VERSION -> reader.isGreeting();
      default -> false;
    };
  }

  /** Of a line that was read just now; what is no UTF-8, or too long, was not looked into. */
  private boolean mayGreet(DropReason reason) {
    return reason != DropReason.BAD_UTF8
        && reason != DropReason.TOO_LONG
        && (reason == DropReason.UNEXPECTED_HELLO || reader.isGreeting());
  }

  private void reject(DropReason reason, byte[] bytes, int from, int to) {
    count(intake.sources().invalid(), to - from + 1);
    intake.traffic().dropped(reason, 1);
    intake.sources().invalid().dropped(1);
    numbers.refused(reason);
    intake.rejections().rejected(reason, mayGreet(reason), bytes, from, to);
  }

  /** Lines of one source stand together nearly always: counted once for each run. */
  private void count(SourceCounts counts, int length) {
    if (counts != run) {
      flushRun();
      run = counts;
    }
    runLines++;
    runBytes += length;
  }

  private void flushRun() {
    if (run != null && runLines > 0) {
      run.received(runLines, runBytes, now);
      client.took(runLines, run == intake.sources().invalid() ? null : runType);
    }
    runLines = 0;
    runBytes = 0;
  }

  /** Null if the connection may not send for the source of the line. */
  private @Nullable Known known(byte[] bytes, Snapshot snapshot) {
    int from = reader.from(Field.SRC);
    int to = reader.to(Field.SRC);
    boolean string = reader.isString(Field.SRC);
    Known found = last;
    if (found == null || !isThat(found, bytes, from, to, string)) {
      int slot = slot(bytes, from, to);
      found = cache[slot];
      if (found == null || !isThat(found, bytes, from, to, string)) {
        String name = reader.text(Field.SRC);
        if (grant == null || !grant.allows(name)) {
          return null; // is asked again for each line, and not remembered as a source
        }
        Source source = intake.sources().of(name);
        found = new Known(Arrays.copyOfRange(bytes, from, to), string, source, snapshot);
        cache[slot] = found;
      }
      last = found;
    }
    if (found.generation != snapshot.generation()) {
      found.generation = snapshot.generation();
      found.rules = snapshot.routing().of(found.source.name());
    }
    return found;
  }

  private static boolean isThat(Known known, byte[] bytes, int from, int to, boolean string) {
    return known.string == string
        && Arrays.equals(known.text, 0, known.text.length, bytes, from, to);
  }

  private static int slot(byte[] bytes, int from, int to) {
    int hash = to - from;
    for (int i = from; i < to; i++) {
      hash = 31 * hash + bytes[i];
    }
    return (hash ^ (hash >>> 16)) & (CACHED - 1);
  }

  private List<Handover> finish(Snapshot snapshot, long receivedNanos) {
    flushRun();
    client.numbered(numbers.highest());
    int count = copies.count();
    messages = count;
    var store = spool;
    if (store == null || count == 0) {
      intake.correlator().offer(takeTraced()); // else they may be refused yet, and come again
    }
    if (count == 0) {
      return List.of();
    }
    intake.traffic().fanout.add(copies.fanout());
    var origin =
        new Lines.Origin(
            store == null ? intake.origin() : store.origin(),
            (store == null ? intake.numbers() : store.numbers()).getAndAdd(count),
            receivedNanos,
            snapshot.generation());
    List<Handover> handovers = copies.finish(origin, lines.bytes(), snapshot.targets());
    for (Handover each : handovers) {
      each.target().routed(each.lines());
    }
    return handovers;
  }
}
