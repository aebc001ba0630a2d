package io.leasehold.domain.access;

import io.leasehold.domain.kv.Bytes;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;

/**
 * What a valid gateway key may do, as its row says; the claims of its token decide nothing.
 *
 * @param id of the key
 * @param user who made it
 * @param organization whose instances it opens
 * @param scopes at least one
 * @param allow command names in lower case ({@code get}, {@code config|get}); if there are any,
 *     everything else is refused
 * @param deny likewise; wins over {@code allow}
 * @param prefixes one of which every key argument and channel must start with; empty = any
 * @param instances ids it is confined to; empty = all of the organization
 * @param rate commands per second, 1..1,000,000; absent = the default
 * @param burst commands; absent = the rate
 */
public record KeyGrant(
    UUID id,
    UUID user,
    UUID organization,
    Set<Scope> scopes,
    Set<String> allow,
    Set<String> deny,
    List<Bytes> prefixes,
    Set<UUID> instances,
    OptionalInt rate,
    OptionalInt burst) {
  public KeyGrant {
    scopes = Set.copyOf(scopes);
    allow = Set.copyOf(allow);
    deny = Set.copyOf(deny);
    prefixes = List.copyOf(prefixes);
    instances = Set.copyOf(instances);
  }

  /** Whether any of its scopes is or includes {@code scope}. */
  public boolean has(Scope scope) {
    return scopes.contains(scope) || scopes.contains(Scope.ADMIN) || scopes.contains(Scope.ALL);
  }
}
