package io.leasehold.actors.access.account;

import io.leasehold.actors.access.account.Outcome.Reason;
import io.leasehold.domain.access.account.Quota;
import io.leasehold.domain.access.account.Role;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Makes, changes and deletes organizations. Ids are as they were sent. Safe for any thread. */
public final class Organizations {
  private static final String FREE_PLAN = "free";
  private static final int FREE_INSTANCES = 5;
  private static final int FREE_MEMORY_GB = 10;
  private static final int FREE_KEYS = 10;

  /** Limits to be; null = as it is. */
  public record NewQuota(
      @Nullable Integer maxInstances, @Nullable Integer maxMemoryGb, @Nullable Integer maxKeys) {}

  /** A quota and whose it is. */
  public record QuotaOf(UUID organization, Quota quota) {}

  private final Desk desk;

  Organizations(Desk desk) {
    this.desk = desk;
  }

  public CompletionStage<Outcome<Organization>> create(
      Requester requester, Organization.Content content) {
    return desk.run(
        requester,
        Action.ORGANIZATION_CREATE,
        transaction -> transaction.user().then(user -> insert(transaction, user, content)));
  }

  private static Outcome<Organization> insert(
      Transaction transaction, User user, Organization.Content content) {
    UUID id = UUID.randomUUID();
    if (Organization.isSlugTaken(transaction.handle, content.slug(), id)) {
      return slugTaken();
    }
    var organization =
        new Organization(
            id,
            content.name(),
            content.slug(),
            content.description(),
            user.id(),
            FREE_PLAN,
            FREE_INSTANCES,
            FREE_MEMORY_GB,
            FREE_KEYS,
            transaction.now,
            transaction.now);
    organization.insert(transaction.handle);
    Organization.addMember(transaction.handle, user.id(), id, Role.OWNER, transaction.now);
    transaction.about(id);
    transaction.on(id);
    return Outcome.done(organization);
  }

  private static <T> Outcome<T> slugTaken() {
    return Outcome.no(Reason.CONFLICT, "Organization slug is already taken");
  }

  public CompletionStage<Outcome<Page<Organization>>> list(
      Requester requester, Page.Wanted wanted) {
    return desk.run(
        requester,
        Action.ORGANIZATION_LIST,
        transaction ->
            transaction
                .user()
                .map(user -> Organization.ofMember(transaction.handle, user.id(), wanted)));
  }

  public CompletionStage<Outcome<Organization>> get(Requester requester, String id) {
    return desk.run(
        requester,
        Action.ORGANIZATION_GET,
        transaction -> transaction.member(id, Role.VIEWER).map(Transaction.Member::organization));
  }

  public CompletionStage<Outcome<Organization>> update(
      Requester requester, String id, Organization.Content content) {
    return desk.run(
        requester,
        Action.ORGANIZATION_UPDATE,
        transaction ->
            transaction
                .memberAlone(id, Role.OWNER)
                .then(
                    member -> {
                      Organization before = member.organization();
                      transaction.on(before.id());
                      if (Organization.isSlugTaken(
                          transaction.handle, content.slug(), before.id())) {
                        return slugTaken();
                      }
                      before.update(transaction.handle, content, transaction.now);
                      transaction.changed(AccessChange.Kind.ORGANIZATION, before.id());
                      return again(transaction, before.id());
                    }));
  }

  private static Outcome<Organization> again(Transaction transaction, UUID id) {
    return Organization.byId(transaction.handle, id)
        .<Outcome<Organization>>map(Outcome::done)
        .orElseGet(Transaction::unknownOrganization);
  }

  /** Its keys are revoked with it. */
  public CompletionStage<Outcome<UUID>> delete(Requester requester, String id) {
    return desk.run(
        requester,
        Action.ORGANIZATION_DELETE,
        transaction ->
            transaction
                .memberAlone(id, Role.OWNER)
                .then(
                    member -> {
                      Organization gone = member.organization();
                      transaction.on(gone.id());
                      if (gone.quota(transaction.handle).instances() > 0) {
                        return Outcome.no(
                            Reason.CONFLICT, "Organization still has Redis instances");
                      }
                      for (UUID key : ApiKey.idsOf(transaction.handle, gone.id())) {
                        transaction.changed(AccessChange.Kind.API_KEY, key);
                      }
                      ApiKey.revokeAll(transaction.handle, gone.id(), transaction.now);
                      gone.delete(transaction.handle, transaction.now);
                      transaction.changed(AccessChange.Kind.ORGANIZATION, gone.id());
                      return Outcome.done(gone.id());
                    }));
  }

  public CompletionStage<Outcome<QuotaOf>> quota(Requester requester, String id) {
    return desk.run(
        requester,
        Action.QUOTA_GET,
        transaction ->
            transaction
                .member(id, Role.VIEWER)
                .map(member -> quotaOf(transaction, member.organization())));
  }

  private static QuotaOf quotaOf(Transaction transaction, Organization organization) {
    return new QuotaOf(organization.id(), organization.quota(transaction.handle));
  }

  public CompletionStage<Outcome<QuotaOf>> updateQuota(
      Requester requester, String id, NewQuota wanted) {
    return desk.run(
        requester,
        Action.QUOTA_UPDATE,
        transaction ->
            transaction
                .memberAlone(id, Role.ADMIN)
                .then(member -> updateQuota(transaction, member.organization(), wanted)));
  }

  private static Outcome<QuotaOf> updateQuota(
      Transaction transaction, Organization before, NewQuota wanted) {
    transaction.on(before.id());
    Quota used = before.quota(transaction.handle);
    int instances = wanted.maxInstances() == null ? used.maxInstances() : wanted.maxInstances();
    int memory = wanted.maxMemoryGb() == null ? used.maxMemoryGb() : wanted.maxMemoryGb();
    int keys = wanted.maxKeys() == null ? used.maxKeys() : wanted.maxKeys();
    var next =
        new Quota(instances, used.instances(), memory, used.memoryBytes(), keys, used.keys());
    if (used.instances() > instances) {
      return below("max_instances", instances, used.instances() + " instances");
    }
    if (!next.hasRoomFor(0)) {
      return below("max_memory_gb", memory, used.memoryMb() + " MB");
    }
    if (used.keys() > keys) {
      return below("max_api_keys", keys, used.keys() + " keys");
    }
    before.updateQuota(transaction.handle, instances, memory, keys, transaction.now);
    transaction.detail("max_instances", instances);
    transaction.detail("max_memory_gb", memory);
    transaction.detail("max_api_keys", keys);
    return Outcome.done(new QuotaOf(before.id(), next));
  }

  private static <T> Outcome<T> below(String name, int value, String inUse) {
    return Outcome.no(Reason.CONFLICT, name + ": " + value + " is below what is in use: " + inUse);
  }

  /**
   * The log of an organization.
   *
   * @param action null = all
   */
  public CompletionStage<Outcome<Page<AuditRecord>>> auditLog(
      Requester requester, String id, @Nullable String action, Page.Wanted wanted) {
    return desk.run(
        requester,
        Action.AUDIT_LIST,
        transaction ->
            transaction
                .member(id, Role.ADMIN)
                .map(
                    member ->
                        AuditRecord.of(
                            transaction.handle, member.organization().id(), action, wanted)));
  }
}
