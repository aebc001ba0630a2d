package io.leasehold.http.dashboard;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.leasehold.actors.dashboard.NodePart;
import io.leasehold.actors.dashboard.NodeParts;
import io.leasehold.actors.kv.KvStore;
import io.leasehold.domain.health.alert.Alert;
import io.leasehold.domain.health.alert.Alerts;
import io.leasehold.http.access.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * Pictures of the cluster, one for all who look within an interval. Nothing is collected while
 * nobody looks. Safe for any thread; never blocks.
 */
public final class Snapshots {
  private static final long STORE_PATIENCE_MILLIS = 1_000;

  /** One picture, as text for those who may end locks by force and for those who may not. */
  static final class Snapshot {
    private final ByteString forAdmins;
    private final ByteString forOthers;
    private final Alerts alerts;

    private Snapshot(ObjectNode document, Alerts alerts) {
      this.forAdmins = text(document.put("admin", true));
      this.forOthers = text(document.put("admin", false));
      this.alerts = alerts;
    }

    private static ByteString text(ObjectNode document) {
      return ByteString.fromArrayUnsafe(Answer.json(200, document).body());
    }

    ByteString json(boolean admin) {
      return admin ? forAdmins : forOthers;
    }
  }

  private final SnapshotSources sources;
  private final long intervalNanos;
  private final SnapshotWriter writer;
  private @Nullable CompletableFuture<Snapshot> run;
  private long runStartedNanos;

  /** Collects at most once per interval. */
  public Snapshots(SnapshotSources sources, Duration interval) {
    this.sources = sources;
    this.intervalNanos = interval.toNanos();
    this.writer = new SnapshotWriter(sources);
  }

  /** The picture of this interval; takes a second at most, and more only for health checks. */
  synchronized CompletionStage<Snapshot> current() {
    long now = sources.clock().nanos();
    var last = run;
    boolean usable = last != null && !(last.isDone() && last.isCompletedExceptionally());
    if (last != null && usable && (!last.isDone() || now - runStartedNanos < intervalNanos)) {
      return last;
    }
    runStartedNanos = now;
    var next = collect();
    run = next;
    return next;
  }

  /** What is active on all members, and what has ended, newest first. */
  public CompletionStage<Alerts> alerts() {
    return current().thenApply(snapshot -> snapshot.alerts);
  }

  private CompletableFuture<Snapshot> collect() {
    var parts = sources.parts().gather();
    var health = sources.health().get();
    return parts
        .thenCombine(stats(), Collected::new)
        .thenCombine(
            health,
            (collected, report) -> {
              Alerts alerts = alerts(collected.parts().parts());
              return new Snapshot(
                  writer.document(collected.parts(), collected.stats(), report, alerts), alerts);
            })
        .toCompletableFuture();
  }

  private record Collected(NodeParts.Parts parts, Optional<KvStore.Stats> stats) {}

  private CompletionStage<Optional<KvStore.Stats>> stats() {
    var store = sources.store();
    return store == null
        ? CompletableFuture.completedFuture(Optional.empty())
        : store
            .get()
            .thenApply(Optional::of)
            .toCompletableFuture()
            .completeOnTimeout(Optional.empty(), STORE_PATIENCE_MILLIS, TimeUnit.MILLISECONDS)
            .exceptionally(failure -> Optional.empty());
  }

  private static Alerts alerts(List<NodePart> parts) {
    var active = new ArrayList<Alert>();
    var resolved = new ArrayList<Alert>();
    for (NodePart part : parts) {
      active.addAll(part.alerts().active());
      resolved.addAll(part.alerts().resolved());
    }
    active.sort(Comparator.comparingLong(Alert::sinceMillis).reversed());
    resolved.sort(Comparator.comparingLong(Alert::resolvedMillis).reversed());
    return new Alerts(active, resolved);
  }
}
