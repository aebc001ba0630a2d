package io.leasehold.http.access.account;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.leasehold.actors.access.account.Instance;
import io.leasehold.actors.access.account.InstanceNodes;
import io.leasehold.actors.access.account.Instances;
import io.leasehold.actors.access.account.Outcome;
import io.leasehold.actors.access.account.Page;
import io.leasehold.actors.access.account.Requester;
import io.leasehold.domain.access.ExternalRedis;
import io.leasehold.domain.access.account.AccountRules;
import io.leasehold.http.access.Answer;
import io.leasehold.http.access.ApiCall;
import io.leasehold.http.access.ApiRoute;
import io.leasehold.http.access.Envelope;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;

/** Redis instances of an organization. Safe for any thread. */
final class InstanceRoutes {
  private static final String ALL = OrganizationRoutes.ONE + "/redis-instances";
  private static final String ONE = ALL + "/{id}";
  private static final int MAX_NAME = 100;
  private static final long MIN_MEMORY = 1L << 20;
  private static final long MAX_MEMORY = 16L << 30;
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9.\\[\\]:_-]{1,255}");

  /**
   * How they are made and shown.
   *
   * @param publicUrl what their addresses begin with; empty = the Host of the request
   * @param defaultMemory bytes an instance may hold that asks for nothing else
   * @param nodes say how they stand with an instance
   * @param durable whether what they hold outlives the process
   */
  record Setup(String publicUrl, long defaultMemory, InstanceNodes nodes, boolean durable) {}

  private final Instances instances;
  private final Setup setup;

  InstanceRoutes(Instances instances, Setup setup) {
    this.instances = instances;
    this.setup = setup;
  }

  List<ApiRoute> routes(Control control) {
    return List.of(
        control.route("POST", ALL, this::create),
        control.route("GET", ALL, this::list),
        control.route("GET", ONE, this::get),
        control.route("PUT", ONE, this::update),
        control.route("DELETE", ONE, this::delete),
        control.route("PUT", ONE + "/status", this::status),
        control.route("GET", ONE + "/health", this::health),
        control.route("POST", ONE + "/reconnect", this::reconnect));
  }

  private String base(ApiCall call) {
    if (!setup.publicUrl().isEmpty()) {
      return setup.publicUrl();
    }
    String host = call.header("Host");
    return host != null && HOST.matcher(host).matches() ? "http://" + host : "";
  }

  private ObjectNode document(Instance instance, String base) {
    return Documents.instance(instance, base, setup.durable(), instances.state(instance.id()));
  }

  private CompletionStage<Outcome<Control.Said>> said(
      ApiCall call, CompletionStage<Outcome<Instance>> outcome) {
    return outcome.thenApply(
        done -> done.map(each -> new Control.Said(document(each, base(call)))));
  }

  private CompletionStage<Outcome<Control.Said>> create(ApiCall call, Requester who) {
    Fields fields = Fields.of(call);
    KeyRoutes.sameOrganization(fields, call);
    String name = fields.text("name", 1, MAX_NAME);
    String slug = fields.has("slug") ? fields.ruled("slug", AccountRules::slug) : null;
    Long memory = fields.numberIfAny("max_memory", MIN_MEMORY, MAX_MEMORY);
    Integer connections = fields.integerIfAny("max_connections", 3, 1_000);
    boolean verified = fields.flag("verify", true);
    fields.flag("persistence_enabled", true);
    fields.textIfAny("redis_version", 0, MAX_NAME);
    Instance.Login login =
        isExternal(fields) ? ExternalFields.of(fields, instances.canKeepPasswords()) : null;
    long usual = login == null ? setup.defaultMemory() : 0;
    var wanted =
        new Instances.NewInstance(
            name, slug, memory == null ? usual : memory, connections, login, verified);
    return said(call, instances.create(who, call.parameter(0), wanted));
  }

  private static boolean isExternal(Fields fields) {
    String type = fields.rawIfAny("type");
    if (type != null && !List.of("embedded", "external", "kubernetes").contains(type)) {
      throw Fields.invalid("type", "must be embedded, external or kubernetes");
    }
    if ("kubernetes".equals(type)) {
      throw notBuilt("type: kubernetes instances are not built");
    }
    if (fields.flag("backup_enabled", false)) {
      throw notBuilt("backup_enabled: backups of an instance are not built");
    }
    if ("external".equals(type) || (type == null && fields.rawIfAny("redis_url") != null)) {
      return true;
    }
    ExternalFields.refuse(fields);
    return false;
  }

  private static Rejected notBuilt(String message) {
    return new Rejected(Rejected.NOT_BUILT, message);
  }

  private CompletionStage<Outcome<Control.Said>> list(ApiCall call, Requester who) {
    String base = base(call);
    return instances
        .list(who, call.parameter(0), Control.page(call))
        .thenCompose(
            found -> {
              if (!(found instanceof Outcome.Done<Page<Instance>> done)) {
                return CompletableFuture.completedFuture(
                    ((Outcome.Refused<Page<Instance>>) found).as());
              }
              CompletionStage<List<ObjectNode>> all =
                  CompletableFuture.completedFuture(new ArrayList<>());
              for (Instance each : done.value().items()) {
                all = all.thenCombine(current(each, base), InstanceRoutes::with);
              }
              return all.thenApply(
                  documents -> {
                    var next = documents.iterator();
                    return Outcome.done(
                        new Control.Said(Documents.page(done.value(), each -> next.next())));
                  });
            });
  }

  private static List<ObjectNode> with(List<ObjectNode> all, ObjectNode one) {
    all.add(one);
    return all;
  }

  /** As it is now: what an embedded one holds is asked of its owner. */
  private CompletionStage<ObjectNode> current(Instance instance, String base) {
    ObjectNode json = document(instance, base);
    return json.path("type").asText().equals("embedded")
        ? instances.usedBytes(instance).thenApply(used -> Documents.holding(json, used))
        : CompletableFuture.completedFuture(json);
  }

  private CompletionStage<Outcome<Control.Said>> get(ApiCall call, Requester who) {
    String base = base(call);
    return instances
        .get(who, call.parameter(0), call.parameter(1))
        .thenCompose(
            found ->
                found instanceof Outcome.Done<Instance> done
                    ? current(done.value(), base)
                        .thenApply(json -> Outcome.done(new Control.Said(json)))
                    : CompletableFuture.completedFuture(
                        ((Outcome.Refused<Instance>) found).<Control.Said>as()));
  }

  /** What is not named stays as it is. */
  private CompletionStage<Outcome<Control.Said>> update(ApiCall call, Requester who) {
    Fields fields = Fields.of(call);
    String name = fields.textIfAny("name", 1, MAX_NAME);
    Long memory = fields.numberIfAny("max_memory", MIN_MEMORY, MAX_MEMORY);
    Integer connections = fields.integerIfAny("max_connections", 3, 1_000);
    Instances.Change change =
        before ->
            login(fields, before)
                .map(
                    login ->
                        new Instance.Content(
                            name == null ? before.name() : name,
                            memory == null ? before.maxMemory() : memory,
                            fields.has("max_connections") ? connections : before.maxConnections(),
                            login.orElse(null)));
    return said(
        call,
        instances.update(
            who, call.parameter(0), call.parameter(1), ExternalFields.any(fields), change));
  }

  private Outcome<Optional<Instance.Login>> login(Fields fields, Instance before) {
    ExternalRedis where = before.external();
    if (where == null) {
      ExternalFields.refuse(fields);
      return Outcome.done(Optional.empty());
    }
    return ExternalFields.of(fields, where, instances);
  }

  private CompletionStage<Outcome<Control.Said>> delete(ApiCall call, Requester who) {
    return instances
        .delete(who, call.parameter(0), call.parameter(1))
        .thenApply(
            done ->
                done.map(
                    id ->
                        new Control.Said(Answer.object(), "Redis instance deleted successfully")));
  }

  private CompletionStage<Outcome<Control.Said>> status(ApiCall call, Requester who) {
    return instances
        .check(who, call.parameter(0), call.parameter(1), false)
        .thenApply(
            done ->
                done.map(checked -> new Control.Said(document(checked.instance(), base(call)))));
  }

  private CompletionStage<Outcome<Control.Said>> health(ApiCall call, Requester who) {
    return instances
        .check(who, call.parameter(0), call.parameter(1), true)
        .thenCompose(
            done ->
                done.thenLater(
                    checked ->
                        setup
                            .nodes()
                            .of(checked.instance().id())
                            .thenApply(seen -> Outcome.done(health(checked, seen)))));
  }

  private static Control.Said health(Instances.Checked checked, InstanceNodes.Seen seen) {
    Instance instance = checked.instance();
    ObjectNode json = Answer.object();
    json.put("status", instance.status());
    json.put("health_status", instance.health());
    json.put("latency_ms", checked.found().latencyMillis());
    Instant at = instance.checkedAt();
    json.put("checked_at", at == null ? null : Envelope.time(at));
    json.put("last_error", instance.lastError());
    ArrayNode nodes = json.putArray("nodes");
    seen.nodes()
        .forEach(
            (node, state) ->
                nodes
                    .addObject()
                    .put("node", node)
                    .put("connections", state.connections())
                    .put("circuit", state.circuit()));
    seen.missing().forEach(json.putArray("nodes_missing")::add);
    return new Control.Said(json);
  }

  private CompletionStage<Outcome<Control.Said>> reconnect(ApiCall call, Requester who) {
    return said(call, instances.reconnect(who, call.parameter(0), call.parameter(1)));
  }
}
