package io.leasehold.actors.access.account;

import io.leasehold.actors.access.account.Outcome.Reason;
import io.leasehold.domain.access.Scope;
import io.leasehold.domain.access.account.Role;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Makes, changes and revokes API keys. Ids are as they were sent. Safe for any thread. */
public final class Keys {
  static final Duration LIFE = Duration.ofDays(365);
  private static final String UNKNOWN = "API key not found";

  /**
   * A key and its token, which is shown once and kept nowhere.
   *
   * @param token a secret
   */
  public record Made(ApiKey key, String token) {
    @Override
    public String toString() {
      return "Made[" + key.id() + "]";
    }
  }

  /** Says what becomes of the rules of a key. */
  public interface Change {
    ApiKey.Rules of(ApiKey.Rules before);
  }

  private final Desk desk;
  private final Tokens tokens;

  Keys(Desk desk, Tokens tokens) {
    this.desk = desk;
    this.tokens = tokens;
  }

  /**
   * Makes a key.
   *
   * @param expires null = in a year
   */
  public CompletionStage<Outcome<Made>> create(
      Requester requester, String organization, ApiKey.Rules rules, @Nullable Instant expires) {
    return desk.run(
        requester,
        Action.API_KEY_CREATE,
        transaction ->
            transaction
                .memberAlone(organization, Role.MEMBER)
                .then(member -> insert(transaction, member, rules, expires)));
  }

  /** The key that comes with a login, with all scopes. */
  Outcome<Made> atLogin(Transaction transaction, User user, String organization) {
    var rules =
        new ApiKey.Rules(
            "login " + transaction.now,
            List.of(Scope.ALL.word()),
            List.of(),
            List.of(),
            List.of(),
            List.of(),
            null,
            null);
    return Transaction.uuid(organization)
        .flatMap(id -> Organization.locked(transaction.handle, id))
        .flatMap(
            found ->
                Organization.roleOf(transaction.handle, user.id(), found.id())
                    .map(role -> new Transaction.Member(found, user, role)))
        .map(
            member -> {
              transaction.about(member.organization().id());
              return member.role().includes(Role.MEMBER)
                  ? insert(transaction, member, rules, null)
                  : Outcome.<Made>no(
                      Reason.FORBIDDEN, "Insufficient permissions: needs the role member");
            })
        .orElseGet(Transaction::unknownOrganization);
  }

  private Outcome<Made> insert(
      Transaction transaction,
      Transaction.Member member,
      ApiKey.Rules rules,
      @Nullable Instant expires) {
    Organization organization = member.organization();
    User user = member.user();
    if (user == null) {
      throw new IllegalStateException("keys never make keys");
    }
    if (!organization.quota(transaction.handle).hasRoomForKey()) {
      return Outcome.no(
          Reason.FORBIDDEN, "Quota reached: max_api_keys = " + organization.maxKeys());
    }
    Instant end = expires == null ? transaction.now.plus(LIFE) : expires;
    if (!end.isAfter(transaction.now)) {
      return Outcome.no(Reason.INVALID, "expires_at: must be in the future");
    }
    Outcome<List<UUID>> instances = known(transaction, organization, rules.instances());
    if (!(instances instanceof Outcome.Done<?>)) {
      return ((Outcome.Refused<List<UUID>>) instances).as();
    }
    UUID id = UUID.randomUUID();
    // the token says seconds, and the row must not say more
    Instant whole = Instant.ofEpochSecond(end.getEpochSecond());
    var key =
        new ApiKey(
            id,
            ApiKey.prefixOf(id),
            user.id(),
            organization.id(),
            rules,
            null,
            null,
            true,
            whole,
            transaction.now);
    String token = tokens.key(key);
    key.insert(transaction.handle, Tokens.hash(token));
    transaction.on(id);
    transaction.detail("name", rules.name());
    transaction.detail("scopes", rules.scopes());
    return Outcome.done(new Made(key, token));
  }

  private static Outcome<List<UUID>> known(
      Transaction transaction, Organization organization, List<UUID> instances) {
    int different = new HashSet<>(instances).size();
    return Instance.countOf(transaction.handle, organization.id(), instances) == different
        ? Outcome.done(instances)
        : Outcome.no(Reason.INVALID, "instances: names one that is not of the organization");
  }

  public CompletionStage<Outcome<Page<ApiKey>>> list(
      Requester requester, String organization, Page.Wanted wanted) {
    return desk.run(
        requester,
        Action.API_KEY_LIST,
        transaction ->
            transaction
                .member(organization, Role.VIEWER)
                .map(member -> ApiKey.of(transaction.handle, member.organization().id(), wanted)));
  }

  public CompletionStage<Outcome<ApiKey>> get(Requester requester, String organization, String id) {
    return desk.run(
        requester,
        Action.API_KEY_GET,
        transaction ->
            transaction
                .member(organization, Role.VIEWER)
                .then(member -> find(transaction, member, id)));
  }

  private static Outcome<ApiKey> find(
      Transaction transaction, Transaction.Member member, String id) {
    return Transaction.uuid(id)
        .flatMap(key -> ApiKey.byId(transaction.handle, member.organization().id(), key))
        .<Outcome<ApiKey>>map(Outcome::done)
        .orElseGet(() -> Outcome.no(Reason.NOT_FOUND, UNKNOWN));
  }

  /** One that the member may change: its own, or any for an admin. */
  private static Outcome<ApiKey> own(
      Transaction transaction, Transaction.Member member, String id) {
    return find(transaction, member, id)
        .then(
            key -> {
              transaction.on(key.id());
              User user = member.user();
              boolean mine = user != null && user.id().equals(key.user());
              boolean may = member.role().includes(mine ? Role.MEMBER : Role.ADMIN);
              return may
                  ? Outcome.done(key)
                  : Outcome.no(
                      Reason.FORBIDDEN,
                      "Insufficient permissions: needs its creator or the role admin");
            });
  }

  /**
   * Changes a key.
   *
   * @param expires null = as it is; not later than it is
   */
  public CompletionStage<Outcome<ApiKey>> update(
      Requester requester,
      String organization,
      String id,
      Change change,
      @Nullable Instant expires) {
    return desk.run(
        requester,
        Action.API_KEY_UPDATE,
        transaction ->
            transaction
                .memberAlone(organization, Role.VIEWER)
                .then(
                    member ->
                        own(transaction, member, id)
                            .then(
                                key ->
                                    update(
                                        transaction,
                                        member.organization(),
                                        key,
                                        change.of(key.rules()),
                                        expires))));
  }

  private static Outcome<ApiKey> update(
      Transaction transaction,
      Organization organization,
      ApiKey key,
      ApiKey.Rules rules,
      @Nullable Instant expires) {
    Instant end = expires == null ? key.expiresAt() : expires;
    if (end.isAfter(key.expiresAt())) {
      return Outcome.no(
          Reason.INVALID, "expires_at: can only be brought forward from " + key.expiresAt());
    }
    // one that was deleted since may stay in the list: it opens nothing
    var added =
        rules.instances().stream().filter(each -> !key.rules().instances().contains(each)).toList();
    Outcome<List<UUID>> instances = known(transaction, organization, added);
    if (!(instances instanceof Outcome.Done<?>)) {
      return ((Outcome.Refused<List<UUID>>) instances).as();
    }
    key.update(transaction.handle, rules, end, transaction.now);
    transaction.changed(AccessChange.Kind.API_KEY, key.id());
    transaction.detail("name", rules.name());
    transaction.detail("scopes", rules.scopes());
    return ApiKey.byId(transaction.handle, organization.id(), key.id())
        .<Outcome<ApiKey>>map(Outcome::done)
        .orElseGet(() -> Outcome.no(Reason.NOT_FOUND, UNKNOWN));
  }

  /** From now on it opens nothing, within a second on all nodes. */
  public CompletionStage<Outcome<UUID>> revoke(
      Requester requester, String organization, String id) {
    return desk.run(
        requester,
        Action.API_KEY_REVOKE,
        transaction ->
            transaction
                .memberAlone(organization, Role.VIEWER)
                .then(member -> own(transaction, member, id))
                .map(
                    key -> {
                      key.revoke(transaction.handle, transaction.now);
                      transaction.changed(AccessChange.Kind.API_KEY, key.id());
                      return key.id();
                    }));
  }
}
