package io.leasehold.actors.health;

import io.leasehold.actors.kv.KvMonitor;
import io.leasehold.domain.lock.JournalView;
import io.leasehold.domain.lock.LockMonitor;
import io.prometheus.client.Collector;
import io.prometheus.client.GaugeMetricFamily;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;

/** What this node sees of its cluster, and what it owns of it. Safe for any thread. */
public final class ClusterFigures extends Collector {
  private static final String UP = "up";
  private static final String JOINING = "joining";
  private static final String LEAVING = "leaving";
  private static final String UNREACHABLE = "unreachable";

  private final ActorSystem<?> system;
  private final LockMonitor locks;
  private final int partitions;
  private final KvMonitor store;

  /**
   * Looks when it is asked.
   *
   * @param partitions of the whole cluster
   * @param store without journals this node owns every partition
   */
  public ClusterFigures(ActorSystem<?> system, LockMonitor locks, int partitions, KvMonitor store) {
    this.system = system;
    this.locks = locks;
    this.partitions = partitions;
    this.store = store;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    return List.of(members(), shards(), waiting());
  }

  /** Each member once. */
  private MetricFamilySamples members() {
    var counts = new LinkedHashMap<String, Integer>();
    for (String status : List.of(UP, JOINING, LEAVING, UNREACHABLE)) {
      counts.put(status, 0);
    }
    var state = Cluster.get(system).state();
    Set<Member> unreachable = state.getUnreachable();
    for (Member each : state.getMembers()) {
      counts.merge(unreachable.contains(each) ? UNREACHABLE : status(each), 1, Integer::sum);
    }
    var family =
        new GaugeMetricFamily(
            "leasehold_cluster_members", "Members as this node sees them.", List.of("status"));
    for (Map.Entry<String, Integer> each : counts.entrySet()) {
      family.addMetric(List.of(each.getKey()), each.getValue());
    }
    return family;
  }

  private static String status(Member member) {
    MemberStatus status = member.status();
    if (status.equals(MemberStatus.up())) {
      return UP;
    }
    return status.equals(MemberStatus.joining()) || status.equals(MemberStatus.weaklyUp())
        ? JOINING
        : LEAVING;
  }

  private MetricFamilySamples shards() {
    int owned = 0;
    int recovering = 0;
    for (JournalView each : locks.journals()) {
      if (each.recovered()) {
        owned++;
      } else {
        recovering++;
      }
    }
    var family =
        new GaugeMetricFamily(
            "leasehold_shards", "Partitions of this node.", List.of("kind", "state"));
    KvMonitor.Figures figures = store.figures();
    family.addMetric(List.of("lock", "owned"), store.isDurable() ? owned : partitions);
    family.addMetric(List.of("lock", "recovering"), recovering);
    family.addMetric(List.of("kv", "owned"), figures.owned());
    family.addMetric(List.of("kv", "recovering"), figures.recovering());
    return family;
  }

  private MetricFamilySamples waiting() {
    var family =
        new GaugeMetricFamily(
            "leasehold_journal_waiting",
            "Changes and operations that wait for their commit.",
            List.of("kind"));
    family.addMetric(List.of("lock"), waiting(locks.journals()));
    family.addMetric(List.of("kv"), waiting(store.journals()));
    return family;
  }

  private static int waiting(List<JournalView> journals) {
    int waiting = 0;
    for (JournalView each : journals) {
      waiting += each.waiting() + each.inFlight();
    }
    return waiting;
  }
}
