package io.leasehold.http.kv.redis;

import io.leasehold.domain.access.Denials;
import io.leasehold.domain.access.InstanceDirectory;
import io.leasehold.domain.access.KeyDirectory;
import io.leasehold.domain.access.KeyGrant;
import io.leasehold.domain.access.KeyVerdict;
import io.leasehold.domain.access.Scope;
import io.leasehold.domain.kv.Bytes;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Keys and instances that a test makes up. */
final class Directories implements KeyDirectory, Denials {
  static final UUID ORGANIZATION = new UUID(7, 1);
  static final UUID INSTANCE = UUID.fromString("0a1b2c3d-0000-4000-8000-000000000001");
  static final UUID OTHER_INSTANCE = UUID.fromString("0a1b2c3d-0000-4000-8000-000000000002");
  static final UUID FOREIGN = UUID.fromString("0a1b2c3d-0000-4000-8000-000000000003");

  final Map<String, KeyVerdict> keys = new ConcurrentHashMap<>();
  final Map<UUID, InstanceDirectory.Found> instances = new ConcurrentHashMap<>();
  final List<String> uses = new CopyOnWriteArrayList<>();
  final List<String> denied = new CopyOnWriteArrayList<>();
  final List<Consumer<UUID>> listeners = new CopyOnWriteArrayList<>();

  Directories() {
    for (UUID id : List.of(INSTANCE, OTHER_INSTANCE)) {
      instances.put(id, new InstanceDirectory.Found.Embedded(id, ORGANIZATION, 64 << 20));
    }
    instances.put(FOREIGN, new InstanceDirectory.Found.Embedded(FOREIGN, new UUID(7, 2), 64 << 20));
    put("all", grant(1, Set.of(Scope.ALL), List.of()));
    put("reader", grant(2, Set.of(Scope.READ), List.of()));
    put("app", grant(3, Set.of(Scope.READ, Scope.WRITE), List.of("app:")));
  }

  static KeyGrant grant(long id, Set<Scope> scopes, List<String> prefixes) {
    return new KeyGrant(
        new UUID(9, id),
        new UUID(8, 1),
        ORGANIZATION,
        scopes,
        Set.of(),
        Set.of(),
        prefixes.stream().map(Bytes::utf8).toList(),
        Set.of(),
        OptionalInt.empty(),
        OptionalInt.empty());
  }

  static KeyGrant limited(KeyGrant grant, int rate, int burst) {
    return new KeyGrant(
        grant.id(),
        grant.user(),
        grant.organization(),
        grant.scopes(),
        grant.allow(),
        grant.deny(),
        grant.prefixes(),
        grant.instances(),
        OptionalInt.of(rate),
        OptionalInt.of(burst));
  }

  static KeyGrant confined(KeyGrant grant, UUID... instances) {
    return new KeyGrant(
        grant.id(),
        grant.user(),
        grant.organization(),
        grant.scopes(),
        grant.allow(),
        grant.deny(),
        grant.prefixes(),
        Set.copyOf(Arrays.asList(instances)),
        grant.rate(),
        grant.burst());
  }

  void put(String token, KeyGrant grant) {
    keys.put(token, new KeyVerdict.Valid(grant, Instant.MAX));
  }

  @Override
  public CompletionStage<KeyVerdict> check(String token) {
    return CompletableFuture.completedFuture(keys.getOrDefault(token, new KeyVerdict.Refused()));
  }

  @Override
  public void unauthenticated(String address, String userAgent, String message) {
    denied.add(address + " " + message);
  }

  @Override
  public void forbidden(KeyGrant key, String userAgent, String message) {
    denied.add(key.id() + " " + message);
  }

  @Override
  public void used(UUID key, String address) {
    uses.add(key + " " + address);
  }

  @Override
  public Runnable onChange(Consumer<UUID> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  InstanceDirectory ofInstances() {
    return new InstanceDirectory() {
      @Override
      public CompletionStage<Found> find(UUID id) {
        return CompletableFuture.completedFuture(instances.getOrDefault(id, new Found.Missing()));
      }

      @Override
      public Runnable onChange(Consumer<UUID> listener) {
        listeners.add(listener);
        return () -> listeners.remove(listener);
      }
    };
  }
}
