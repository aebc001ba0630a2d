package io.leasehold.app.fault;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * There is one order of all operations on a key that gives every client the answers it got, and in
 * which each stands between its sending and its answer (Herlihy and Wing, 1990).
 *
 * <p>The search follows Lowe, <i>Testing for linearizability</i> (2017): it walks through the
 * history and, when an answer comes, lets as many operations take effect as that answer needs and
 * no more; it keeps every way in which that can be done, each once. Versions say in which order the
 * known changes took effect, so the ways differ only in what writes of unknown outcome did. Such a
 * write may take effect at any time after it was sent, or never. A value that runs out may be gone
 * from the first moment at which it can have run out; that it is gone in the end {@link
 * ExpiryCheck} sees to.
 */
final class LinearizabilityCheck implements StoreCheck {
  static final String NAME = "linearizability";

  private record Event(long nanos, boolean isAnswer, StoreOperation operation) {
    /** Both ends of an operation belong to it. */
    static final Comparator<Event> ORDER =
        Comparator.comparingLong(Event::nanos).thenComparing(Event::isAnswer);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Findings examine(StoreKeyHistory history) {
    var order = new VersionOrder(history, NAME);
    var definite =
        history.operations().stream().filter(each -> each.outcome().isDefinite()).toList();
    if (!order.violations().isEmpty()) {
      return new Findings(definite.size(), order.violations());
    }
    var events = new ArrayList<Event>();
    for (StoreOperation each : definite) {
      events.add(new Event(each.sentNanos(), false, each));
      events.add(new Event(each.answeredNanos(), true, each));
    }
    events.sort(Event.ORDER);
    var search = new LinearizationSearch(history.key(), order);
    for (Event event : events) {
      if (!event.isAnswer()) {
        search.sent(event.operation(), event.nanos());
        continue;
      }
      Set<LinearizationSearch.Way> before = search.ways();
      search.answered(event.operation(), event.nanos());
      if (search.ways().isEmpty()) {
        return new Findings(
            definite.size(), List.of(violation(history, order, before, event.operation())));
      }
    }
    return new Findings(definite.size(), List.of());
  }

  private static StoreViolation violation(
      StoreKeyHistory history,
      VersionOrder order,
      Set<LinearizationSearch.Way> ways,
      StoreOperation operation) {
    var evidence = new ArrayList<StoreOperation>();
    var states = new ArrayList<String>();
    List<StoreChange> changes = order.changes();
    for (LinearizationSearch.Way way : ways) {
      StoreChange last = way.applied() == 0 ? null : changes.get(way.applied() - 1);
      if (last != null && last.operation() != null && !evidence.contains(last.operation())) {
        evidence.add(last.operation());
      }
      states.add(
          (last == null ? "never written" : "at version " + last.version())
              + (way.hidden() ? " and then deleted or run out" : ""));
    }
    evidence.add(operation);
    return new StoreViolation(
        NAME,
        history.key().name(),
        "no order explains #"
            + operation.number()
            + ": before it the key was "
            + String.join(", or ", states),
        evidence);
  }
}
