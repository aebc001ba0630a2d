package io.leasehold.streams.kv.redis;

import io.leasehold.actors.access.GatewayLimits;
import io.leasehold.domain.access.Denials;
import io.leasehold.domain.access.EmbeddedDirectory;
import io.leasehold.domain.access.InstanceDirectory;
import io.leasehold.domain.access.InstanceDirectory.Found;
import io.leasehold.domain.access.KeyDirectory;
import io.leasehold.domain.access.KeyGrant;
import io.leasehold.domain.access.KeyVerdict;
import io.leasehold.domain.access.RateDecision;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * Checks what {@code AUTH} shows: a gateway key and, as user name, the id of an instance. Safe for
 * any thread; no stage fails.
 */
final class RespLogin {
  /** What came of it. */
  sealed interface Outcome {}

  record In(RespUser user) implements Outcome {}

  /** An error for the client. */
  record Refused(String text) implements Outcome {}

  private static final String WRONG =
      "WRONGPASS invalid username-password pair or user is disabled.";
  private static final String SEVERAL = "ERR several instances: use AUTH <instance id> <api key>";
  private static final String NOT_EMBEDDED = "ERR instance is not embedded";
  private static final String AGENT = "redis protocol";

  private final KeyDirectory keys;
  private final InstanceDirectory instances;
  private final EmbeddedDirectory embedded;
  private final GatewayLimits limits;
  private final Denials denials;

  RespLogin(
      KeyDirectory keys,
      InstanceDirectory instances,
      EmbeddedDirectory embedded,
      GatewayLimits limits,
      Denials denials) {
    this.keys = keys;
    this.instances = instances;
    this.embedded = embedded;
    this.limits = limits;
    this.denials = denials;
  }

  /**
   * Checks a pair.
   *
   * @param instance an id; null = the only one that the key reaches
   * @param address of the client: wrong keys count against its limit
   */
  CompletionStage<Outcome> check(@Nullable String instance, String token, String address) {
    return keys.check(token)
        .thenCompose(
            verdict -> {
              if (verdict instanceof KeyVerdict.Valid valid) {
                keys.used(valid.grant().id(), address);
                return instance == null
                    ? only(valid, token)
                    : named(valid, token, instance, address);
              }
              return verdict instanceof KeyVerdict.Unavailable away
                  ? refused("ERR instance unavailable: " + away.cause())
                  : wrong(address);
            });
  }

  private static CompletionStage<Outcome> refused(String text) {
    return CompletableFuture.completedFuture(new Refused(text));
  }

  private CompletionStage<Outcome> wrong(String address) {
    denials.unauthenticated(address, AGENT, "Invalid or expired API key");
    CompletionStage<RateDecision> decision = limits.ofAddress(address);
    return decision == null
        ? refused(WRONG)
        : decision.thenApply(
            taken -> new Refused(taken.admitted() ? WRONG : RespTexts.limited(taken)));
  }

  private CompletionStage<Outcome> named(
      KeyVerdict.Valid valid, String token, String instance, String address) {
    KeyGrant grant = valid.grant();
    UUID id = id(instance);
    if (id == null || !(grant.instances().isEmpty() || grant.instances().contains(id))) {
      return wrong(address);
    }
    return instances
        .find(id)
        .thenCompose(
            found -> {
              if (found instanceof Found.Embedded here
                  && here.organization().equals(grant.organization())) {
                return in(valid, token, here);
              }
              if (found instanceof Found.External other
                  && other.organization().equals(grant.organization())) {
                return refused(NOT_EMBEDDED);
              }
              return found instanceof Found.Unavailable away
                  ? refused("ERR instance unavailable: " + away.cause())
                  : wrong(address);
            });
  }

  private static CompletionStage<Outcome> in(
      KeyVerdict.Valid valid, String token, Found.Embedded instance) {
    return CompletableFuture.completedFuture(
        new In(new RespUser(valid.grant(), token, valid.expiresAt().toEpochMilli(), instance)));
  }

  private static @Nullable UUID id(String text) {
    try {
      UUID id = UUID.fromString(text);
      return id.toString().equalsIgnoreCase(text) ? id : null;
    } catch (IllegalArgumentException e) {
      return null;
    }
  }

  private CompletionStage<Outcome> only(KeyVerdict.Valid valid, String token) {
    KeyGrant grant = valid.grant();
    if (grant.instances().size() == 1) {
      return instances
          .find(grant.instances().iterator().next())
          .thenCompose(
              found -> {
                if (found instanceof Found.Unavailable away) {
                  return refused("ERR instance unavailable: " + away.cause());
                }
                return found instanceof Found.Embedded here
                        && here.organization().equals(grant.organization())
                    ? in(valid, token, here)
                    : refused(SEVERAL);
              });
    }
    // two tell that there is not exactly one; a key with a list is looked at one by one
    int max = grant.instances().isEmpty() ? 2 : grant.instances().size() + 1_000;
    return embedded
        .embeddedOf(grant.organization(), max)
        .thenCompose(
            found -> {
              if (found.isEmpty()) {
                return refused(
                    "ERR instance unavailable: the database of the instances does not answer");
              }
              var open =
                  found.get().stream()
                      .filter(
                          each ->
                              grant.instances().isEmpty() || grant.instances().contains(each.id()))
                      .toList();
              return open.size() == 1 ? in(valid, token, open.get(0)) : refused(SEVERAL);
            });
  }
}
