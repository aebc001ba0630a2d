package io.leasehold.http.dashboard;

import io.leasehold.actors.access.account.Overview;
import io.leasehold.actors.dashboard.NodeParts;
import io.leasehold.actors.kv.KvStore;
import io.leasehold.domain.health.HealthReport;
import io.leasehold.domain.lock.LockMonitor;
import io.leasehold.domain.time.Clock;
import io.leasehold.http.observability.HealthViews;
import io.leasehold.http.observability.NodeInfo;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorSystem;
import org.jspecify.annotations.Nullable;

/**
 * Where the figures of a picture come from.
 *
 * @param parts of this node, which gathers those of all members
 * @param health of this node; the registry shows the same afterwards
 * @param store its figures; null if it does not run
 * @param accounts what there is to the gateway; null if it does not run
 */
public record SnapshotSources(
    ActorSystem<?> system,
    NodeParts parts,
    Supplier<CompletionStage<HealthReport>> health,
    HealthViews views,
    LockMonitor locks,
    @Nullable Supplier<CompletionStage<KvStore.Stats>> store,
    @Nullable Supplier<Overview> accounts,
    NodeInfo info,
    Clock clock) {}
