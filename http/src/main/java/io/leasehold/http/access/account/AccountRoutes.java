package io.leasehold.http.access.account;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.leasehold.actors.access.GatewayLimits;
import io.leasehold.actors.access.account.AccountService;
import io.leasehold.actors.access.account.InstanceNodes;
import io.leasehold.actors.access.account.Outcome;
import io.leasehold.actors.access.account.Requester;
import io.leasehold.actors.access.account.Users;
import io.leasehold.domain.time.Clock;
import io.leasehold.http.access.Answer;
import io.leasehold.http.access.ApiCall;
import io.leasehold.http.access.ApiRoute;
import io.leasehold.http.access.Envelope;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;

/** All routes of the control plane. Safe for any thread. */
public final class AccountRoutes {
  /**
   * How they are set up.
   *
   * @param publicUrl what addresses of instances begin with; empty = the Host of the request
   * @param defaultMemory bytes an instance may hold that asks for nothing else
   * @param nodes say how they stand with an instance
   * @param version of the gateway
   * @param onLoopback whether only this machine reaches the port
   * @param durable whether what instances hold outlives the process
   */
  public record Setup(
      String publicUrl,
      long defaultMemory,
      InstanceNodes nodes,
      String version,
      boolean onLoopback,
      boolean durable) {}

  private final AccountService accounts;
  private final Setup setup;
  private final Clock clock;
  private final Control control;
  private final AddressLimit limit;

  /**
   * @param limits of the addresses that ask
   */
  public AccountRoutes(AccountService accounts, GatewayLimits limits, Setup setup, Clock clock) {
    this.accounts = accounts;
    this.setup = setup;
    this.clock = clock;
    var envelope = new Envelope(clock);
    this.control = new Control(accounts, envelope);
    this.limit = new AddressLimit(limits, envelope, clock);
  }

  public List<ApiRoute> routes() {
    var routes = new ArrayList<ApiRoute>();
    routes.addAll(new SessionRoutes(accounts.users()).routes(control));
    routes.addAll(new OrganizationRoutes(accounts.organizations()).routes(control));
    routes.addAll(new KeyRoutes(accounts.keys()).routes(control));
    var shown =
        new InstanceRoutes.Setup(
            setup.publicUrl(), setup.defaultMemory(), setup.nodes(), setup.durable());
    routes.addAll(new InstanceRoutes(accounts.instances(), shown).routes(control));
    routes.add(plain("/version", call -> version()));
    routes.add(plain("/stats", this::stats));
    return routes.stream().map(limit::on).toList();
  }

  private static ApiRoute plain(String template, ApiRoute.Handler handler) {
    return new ApiRoute(
        List.of("GET"), template, null, EnumSet.of(ApiRoute.Trait.CONTROL), handler);
  }

  private CompletionStage<HttpResponse> version() {
    ObjectNode json = Answer.object();
    json.put("name", "redisgate"); // the dialect that clients look for
    json.put("version", setup.version());
    json.put("description", "Redis-over-HTTP gateway");
    json.put("server", "leasehold");
    return CompletableFuture.completedFuture(Envelope.plain(200, json));
  }

  private CompletionStage<HttpResponse> stats(ApiCall call) {
    CompletionStage<Outcome<Requester>> who =
        setup.onLoopback()
            ? CompletableFuture.completedFuture(
                Outcome.done(new Requester(new Requester.Nobody(), call.remote(), "")))
            : control.requester(call);
    return who.<Outcome<Users.Counts>>thenCompose(
            asking ->
                asking instanceof Outcome.Done<Requester> known
                    ? accounts.users().counts(known.value(), setup.onLoopback())
                    : CompletableFuture.completedFuture(
                        ((Outcome.Refused<Requester>) asking).<Users.Counts>as()))
        .thenApply(
            outcome ->
                outcome instanceof Outcome.Done<Users.Counts> counts
                    ? Envelope.plain(200, tables(counts.value()))
                    : control.refusal((Outcome.Refused<Users.Counts>) outcome));
  }

  private ObjectNode tables(Users.Counts counts) {
    ObjectNode json = Answer.object();
    json.putObject("tables")
        .put("users", counts.users())
        .put("organizations", counts.organizations())
        .put("redis_instances", counts.instances())
        .put("api_keys", counts.keys());
    Instant now = Instant.ofEpochMilli(clock.wallMillis()).truncatedTo(ChronoUnit.SECONDS);
    json.put("timestamp", now.toString());
    return json;
  }
}
