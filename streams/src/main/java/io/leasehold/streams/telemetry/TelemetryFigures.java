package io.leasehold.streams.telemetry;

import io.leasehold.domain.telemetry.Breaker.State;
import io.leasehold.domain.telemetry.DropReason;
import io.leasehold.domain.telemetry.ReloadOutcome;
import io.leasehold.streams.telemetry.backend.DeadLetters;
import io.leasehold.streams.telemetry.backend.SourceCounts;
import io.leasehold.streams.telemetry.deadletter.DeadLetterStore;
import io.prometheus.client.Collector;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The families of telemetry whose labels are only known while it runs. Safe for any thread. */
final class TelemetryFigures extends Collector {
  private static final List<String> NONE = List.of();
  private static final List<String> BACKEND = List.of("backend");

  /** Why a copy is lost on its way: there with 0 from the start, so that a rate sees the first. */
  private static final Set<DropReason> OF_TARGETS =
      Set.of(
          DropReason.OVERFLOW,
          DropReason.SPOOL_FULL,
          DropReason.BACKEND_REMOVED,
          DropReason.SHUTDOWN,
          DropReason.NOT_NUMERIC,
          DropReason.SERIES_LIMIT);

  private final Pipeline pipeline;
  private final Traffic traffic;
  private final SourceBook sources;
  private final MemoryBudget memory;
  private final LedgerWatch ledger;
  private final Reloads reloads;
  private final DeadLetterStore deadLetters;

  TelemetryFigures(
      Pipeline pipeline,
      Traffic traffic,
      SourceBook sources,
      MemoryBudget memory,
      LedgerWatch ledger,
      Reloads reloads,
      DeadLetterStore deadLetters) {
    this.reloads = reloads;
    this.deadLetters = deadLetters;
    this.pipeline = pipeline;
    this.traffic = traffic;
    this.sources = sources;
    this.memory = memory;
    this.ledger = ledger;
  }

  /** Families in the order they were begun. */
  private static final class Families {
    private final Map<String, MetricFamilySamples> all = new LinkedHashMap<>();

    void begin(String name, Type type, String help) {
      all.put(name, new MetricFamilySamples(name, type, help, new ArrayList<>()));
    }

    void add(String name, List<String> labels, List<String> values, long value) {
      MetricFamilySamples family = all.get(name);
      if (family == null) {
        throw new IllegalArgumentException(name + ": has not been begun");
      }
      String suffix = family.type == Type.COUNTER ? "_total" : "";
      family.samples.add(
          new MetricFamilySamples.Sample(name + suffix, labels, values, (double) value));
    }

    void one(String name, Type type, String help, long value) {
      begin(name, type, help);
      add(name, NONE, NONE, value);
    }
  }

  @Override
  public List<MetricFamilySamples> collect() {
    var out = new Families();
    bySource(out);
    byTarget(out);
    drops(out);
    deadLetters(out);
    breakers(out);
    out.one(
        "sidecar_messages_fanout",
        Type.COUNTER,
        "Copies beyond the first of a message.",
        traffic.fanout.sum());
    out.one(
        "sidecar_ledger_imbalance",
        Type.GAUGE,
        "What was missing in the ledger at the last quiet moment; must be 0.",
        ledger.imbalance());
    out.one(
        "sidecar_active_connections", Type.GAUGE, "Connections that are open.", traffic.open.get());
    out.one(
        "sidecar_memory_bytes",
        Type.GAUGE,
        "Bytes of lines in memory, which memory.total bounds.",
        memory.used() + pipeline.heldBytes());
    out.one("sidecar_bytes_received", Type.COUNTER, "Bytes that were read.", traffic.bytes.sum());
    out.one(
        "sidecar_config_generation",
        Type.GAUGE,
        "Configurations since the start.",
        pipeline.snapshot().generation());
    out.begin("sidecar_config_reloads", Type.COUNTER, "Readings of the configuration.");
    for (ReloadOutcome.Result each : ReloadOutcome.Result.values()) {
      out.add(
          "sidecar_config_reloads",
          List.of("result"),
          List.of(each.name().toLowerCase(Locale.ROOT)),
          reloads.count(each));
    }
    List<MetricFamilySamples> families = new ArrayList<>(out.all.values());
    families.add(latencies());
    return families;
  }

  private void bySource(Families out) {
    out.begin("sidecar_messages_received", Type.COUNTER, "Lines that came, by source.");
    out.begin("sidecar_buffer_size", Type.GAUGE, "Copies in memory, by source.");
    for (SourceCounts each : sources.all()) {
      List<String> labels = List.of("source");
      List<String> values = List.of(each.label());
      out.add("sidecar_messages_received", labels, values, each.received());
      out.add("sidecar_buffer_size", labels, values, each.inMemory());
    }
  }

  private void byTarget(Families out) {
    out.begin("sidecar_messages_routed", Type.COUNTER, "Copies for a target.");
    out.begin("sidecar_messages_delivered", Type.COUNTER, "Copies that were confirmed.");
    out.begin("sidecar_backend_retries", Type.COUNTER, "Batches that are tried again.");
    for (TargetCounts each : pipeline.counts()) {
      List<String> values = List.of(each.name());
      out.add("sidecar_messages_routed", BACKEND, values, each.routed());
      out.add("sidecar_messages_delivered", BACKEND, values, each.delivered());
      out.add("sidecar_backend_retries", BACKEND, values, each.retries());
    }
    out.begin("sidecar_messages_in_flight", Type.GAUGE, "Copies on their way.");
    out.begin("sidecar_backend_buffer_bytes", Type.GAUGE, "Bytes of copies on their way.");
    for (Target each : pipeline.targets()) {
      List<String> values = List.of(each.name());
      out.add("sidecar_messages_in_flight", BACKEND, values, each.inFlight());
      out.add("sidecar_backend_buffer_bytes", BACKEND, values, each.buffer().heldBytes());
    }
  }

  private void drops(Families out) {
    List<String> labels = List.of("reason", "backend");
    out.begin("sidecar_messages_dropped", Type.COUNTER, "Messages and copies that are lost.");
    for (DropReason reason : DropReason.values()) {
      out.add(
          "sidecar_messages_dropped", labels, List.of(reason.wire(), ""), traffic.dropped(reason));
      for (TargetCounts each : pipeline.counts()) {
        long count = each.dropped(reason);
        if (count > 0 || OF_TARGETS.contains(reason)) {
          out.add("sidecar_messages_dropped", labels, List.of(reason.wire(), each.name()), count);
        }
      }
    }
    out.begin("sidecar_messages_dead_lettered", Type.COUNTER, "Copies that are dead letters.");
    for (TargetCounts each : pipeline.counts()) {
      for (DeadLetters.Reason reason : DeadLetters.Reason.values()) {
        out.add(
            "sidecar_messages_dead_lettered",
            labels,
            List.of(reason.wire(), each.name()),
            each.deadLettered(reason));
      }
    }
  }

  private void deadLetters(Families out) {
    out.one(
        "sidecar_messages_replayed",
        Type.COUNTER,
        "Copies put back from the dead letters.",
        traffic.replayed.sum());
    out.begin("sidecar_dlq_bytes", Type.GAUGE, "Bytes of dead letters.");
    out.begin("sidecar_dlq_evicted", Type.COUNTER, "Dead letters that made room for newer ones.");
    for (DeadLetterStore.Figures each : deadLetters.figures()) {
      out.add("sidecar_dlq_bytes", BACKEND, List.of(each.target()), each.bytes());
      out.add("sidecar_dlq_evicted", BACKEND, List.of(each.target()), each.evicted());
    }
  }

  private void breakers(Families out) {
    out.begin("sidecar_breaker_state", Type.GAUGE, "0 closed, 1 half-open, 2 open.");
    out.begin("sidecar_breaker_transitions", Type.COUNTER, "How often it came to a state.");
    for (BackendSlot each : pipeline.slots()) {
      out.add("sidecar_breaker_state", BACKEND, List.of(each.name()), each.state().ordinal());
      for (State to : State.values()) {
        out.add(
            "sidecar_breaker_transitions",
            List.of("backend", "to"),
            List.of(each.name(), to.name().toLowerCase(Locale.ROOT)),
            each.transitions(to));
      }
    }
    out.begin("sidecar_chain_active", Type.GAUGE, "1 for the member that gets the next batch.");
    for (Target target : pipeline.targets()) {
      if (target.members().size() > 1) {
        boolean found = false;
        for (BackendSlot each : target.members()) {
          boolean active = !found && each.state() != State.OPEN;
          found |= active;
          out.add(
              "sidecar_chain_active",
              List.of("chain", "backend"),
              List.of(target.name(), each.name()),
              active ? 1 : 0);
        }
      }
    }
  }

  private MetricFamilySamples latencies() {
    List<MetricFamilySamples.Sample> samples = new ArrayList<>();
    for (TargetCounts each : pipeline.counts()) {
      samples.addAll(each.latencies().collect().get(0).samples);
    }
    return new MetricFamilySamples(
        "sidecar_backend_latency_seconds",
        Type.HISTOGRAM,
        "Batch handed to the backend to its confirmation.",
        samples);
  }
}
