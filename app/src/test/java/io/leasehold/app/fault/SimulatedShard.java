package io.leasehold.app.fault;

import java.util.ArrayList;
import java.util.List;

/** One owner of the simulated store: groups what waits, commits it, answers. */
final class SimulatedShard {
  private static final long READ_LEASE = 200 * History.MILLI;

  private record Answered(StoreSimulation.Call call, StoreOperation.Answer answer) {}

  private final StoreSimulation simulation;
  private final SimulatedJournal journal;
  private final long number;
  private final long writesFrom;
  private final List<StoreSimulation.Call> waiting = new ArrayList<>();
  private SimulatedJournal.State state;
  private long provenNanos;
  private boolean isCommitting;
  private boolean isDead;

  /** Takes the journal over. */
  SimulatedShard(StoreSimulation simulation, SimulatedJournal journal) {
    this.simulation = simulation;
    this.journal = journal;
    number = journal.take();
    state = journal.committed();
    provenNanos = simulation.now();
    boolean waits = number > 1 && simulation.defect != StoreDefect.WRITES_WITHOUT_WAITING;
    writesFrom = simulation.now() + (waits ? READ_LEASE * 6 / 5 : 0);
    if (simulation.defect == StoreDefect.FORGETS_MARKS) {
      state.marks.clear();
    }
    if (simulation.defect == StoreDefect.FORGETS_DELETES) {
      bringBack();
    }
    if (simulation.defect == StoreDefect.TTL_STARTS_ANEW) {
      state.entries.replaceAll(
          (key, entry) -> new SimulatedJournal.Entry(entry.value(), entry.version(), endOf(key)));
    }
    if (simulation.defect == StoreDefect.ENDS_TOO_EARLY) {
      state.entries.replaceAll(
          (key, entry) ->
              new SimulatedJournal.Entry(
                  entry.value(),
                  entry.version(),
                  entry.endNanos() == Long.MAX_VALUE ? Long.MAX_VALUE : simulation.now()));
    }
    simulation.after(writesFrom - simulation.now() + 1, this::commit);
  }

  /** When a value that is written now runs out. */
  private long endOf(int key) {
    StoreKey written = StoreSimulation.KEYS.get(key);
    return written.isFleeting()
        ? simulation.now() + written.ttlMillis() * History.MILLI
        : Long.MAX_VALUE;
  }

  /** What has run out is gone before anything else is done. */
  private void end(SimulatedJournal.State draft, List<WatchEvent> events) {
    boolean late = simulation.defect == StoreDefect.READS_WHAT_RAN_OUT;
    long lazy = late ? 150 * History.MILLI : 0;
    for (int key = 0; key < StoreSimulation.KEYS.size(); key++) {
      SimulatedJournal.Entry entry = draft.entries.get(key);
      if (entry != null && entry.endNanos() <= simulation.now() - lazy) {
        draft.entries.remove(key);
        draft.revision++;
        if (simulation.defect != StoreDefect.ENDS_UNTOLD) {
          String name = StoreSimulation.KEYS.get(key).name();
          events.add(new WatchEvent(WatchEvent.Kind.EXPIRE, name, 0, draft.revision, 0, ""));
        }
      }
    }
  }

  /** What is absent gets the last value back that it had. */
  private void bringBack() {
    SimulatedJournal.State now = journal.committed();
    for (WatchEvent event : journal.events()) {
      int key = StoreSimulation.keyOf(event.key());
      if (event.kind() == WatchEvent.Kind.PUT && !now.entries.containsKey(key)) {
        state.entries.put(
            key, new SimulatedJournal.Entry(event.value(), event.revision(), Long.MAX_VALUE));
      }
    }
  }

  boolean isDead() {
    return isDead;
  }

  void die() {
    isDead = true;
  }

  void receive(StoreSimulation.Call call) {
    if (isDead) {
      return;
    }
    StoreOperation.Request request = call.request();
    if (request.kind() == StoreKind.GET && !raises(request)) {
      read(call);
    } else {
      waiting.add(call);
      commit();
    }
  }

  private boolean raises(StoreOperation.Request request) {
    boolean guards = request.token() > 0 && simulation.defect != StoreDefect.READS_RAISE_NO_MARK;
    return guards && state.marks.getOrDefault(lock(request), 0L) != request.token();
  }

  private static String lock(StoreOperation.Request request) {
    return StoreSimulation.KEYS.get(request.key()).lock();
  }

  private void read(StoreSimulation.Call call) {
    boolean proven =
        simulation.now() - provenNanos < READ_LEASE
            || simulation.defect == StoreDefect.READS_WITHOUT_LEASE;
    if (hasRunOut(call.request().key())) {
      waiting.add(call); // a change under way may have found it alive, and comes first
      commit();
      return;
    }
    if (proven) {
      call.answer(found(state.entries.get(call.request().key())));
      return;
    }
    long asked = simulation.now();
    simulation.after(
        simulation.between(History.MILLI, 3 * History.MILLI),
        () -> {
          if (isDead) {
            return;
          }
          if (journal.isOwnedBy(number)) {
            provenNanos = Math.max(provenNanos, asked);
            call.answer(found(state.entries.get(call.request().key())));
          } else {
            call.answer(StoreOperation.Answer.of(StoreOutcome.NOT_APPLIED));
          }
        });
  }

  private boolean hasRunOut(int key) {
    SimulatedJournal.Entry entry = state.entries.get(key);
    return entry != null
        && entry.endNanos() <= simulation.now()
        && simulation.defect != StoreDefect.READS_WHAT_RAN_OUT;
  }

  private static StoreOperation.Answer found(SimulatedJournal.Entry entry) {
    return entry == null
        ? StoreOperation.Answer.of(StoreOutcome.ABSENT)
        : StoreOperation.Answer.found(entry.version(), entry.value());
  }

  private void commit() {
    if (isDead || isCommitting || waiting.isEmpty() || simulation.now() < writesFrom) {
      return;
    }
    SimulatedJournal.State draft = state.copy();
    var events = new ArrayList<WatchEvent>();
    var answers = new ArrayList<Answered>();
    end(draft, events);
    for (StoreSimulation.Call call : waiting) {
      StoreOperation.Answer answer = run(call.request(), draft, events);
      boolean lies =
          simulation.defect == StoreDefect.APPLIES_WHAT_IT_REFUSES && simulation.chance(0.02);
      answers.add(
          new Answered(call, lies ? StoreOperation.Answer.of(StoreOutcome.NOT_APPLIED) : answer));
    }
    waiting.clear();
    isCommitting = true;
    boolean early = simulation.defect == StoreDefect.ANSWERS_BEFORE_COMMIT;
    if (early) {
      state = draft;
      answers.forEach(each -> each.call().answer(each.answer()));
    }
    long began = simulation.now();
    simulation.after(
        simulation.between(History.MILLI, (early ? 30 : 4) * History.MILLI),
        () -> committed(began, draft, events, early ? List.of() : answers));
  }

  private void committed(
      long began, SimulatedJournal.State draft, List<WatchEvent> events, List<Answered> answers) {
    if (isDead && simulation.chance(0.5)) {
      return; // it never got that far
    }
    boolean taken = journal.commit(number, draft, events);
    if (isDead) {
      return;
    }
    if (!taken) {
      answers.forEach(
          each -> each.call().answer(StoreOperation.Answer.of(StoreOutcome.NOT_APPLIED)));
    } else {
      state = draft;
      provenNanos = began;
      answers.forEach(each -> each.call().answer(each.answer()));
    }
    isCommitting = false;
    commit();
  }

  private StoreOperation.Answer run(
      StoreOperation.Request request, SimulatedJournal.State draft, List<WatchEvent> events) {
    if (request.token() > 0) {
      long mark = draft.marks.getOrDefault(lock(request), 0L);
      if (request.token() < mark) {
        return StoreOperation.Answer.stale(mark);
      }
      draft.marks.put(lock(request), request.token());
    }
    SimulatedJournal.Entry there = draft.entries.get(request.key());
    switch (request.kind()) {
      case GET:
        return found(there);
      case DELETE:
        if (there == null) {
          return StoreOperation.Answer.of(StoreOutcome.ABSENT);
        }
        draft.entries.remove(request.key());
        events.add(event(WatchEvent.Kind.DELETE, request, ++draft.revision, ""));
        return StoreOperation.Answer.deleted(draft.revision);
      case INCREMENT:
        boolean twice = simulation.defect == StoreDefect.COUNTS_TWICE && simulation.chance(0.01);
        long number = (there == null ? 0 : Long.parseLong(there.value())) + (twice ? 2 : 1);
        String text = Long.toString(number);
        write(request, text, draft, events);
        return StoreOperation.Answer.counted(
            draft.entries.get(request.key()).version(), there == null, text);
      default:
        SimulatedJournal.Entry compared =
            simulation.defect == StoreDefect.COMPARES_WITH_OLD_STATE
                ? state.entries.get(request.key())
                : there;
        long version = compared == null ? 0 : compared.version();
        if (request.expectedVersion() >= 0 && request.expectedVersion() != version) {
          return StoreOperation.Answer.mismatch(version);
        }
        write(request, request.value(), draft, events);
        return StoreOperation.Answer.stored(
            draft.entries.get(request.key()).version(), there == null);
    }
  }

  private void write(
      StoreOperation.Request request,
      String value,
      SimulatedJournal.State draft,
      List<WatchEvent> events) {
    SimulatedJournal.Entry there = draft.entries.get(request.key());
    draft.revision++;
    long version =
        simulation.defect == StoreDefect.VERSIONS_START_ANEW
            ? there == null ? 1 : there.version() + 1
            : draft.revision;
    draft.entries.put(
        request.key(), new SimulatedJournal.Entry(value, version, endOf(request.key())));
    events.add(event(WatchEvent.Kind.PUT, request, draft.revision, value));
  }

  private static WatchEvent event(
      WatchEvent.Kind kind, StoreOperation.Request request, long revision, String value) {
    return new WatchEvent(
        kind, StoreSimulation.KEYS.get(request.key()).name(), 0, revision, 0, value);
  }
}
