package io.leasehold.actors.access.account;

import io.leasehold.actors.access.account.Outcome.Reason;
import io.leasehold.domain.access.account.AccountRules;
import io.leasehold.domain.access.account.Quota;
import io.leasehold.domain.access.account.Role;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Makes, changes and deletes embedded instances. Ids are as they were sent. Safe for any thread.
 */
public final class Instances {
  private static final String UNKNOWN = "Redis instance not found";
  private static final int MEMORY_PATIENCE_SECONDS = 1;

  /**
   * An instance to be.
   *
   * @param slug null = one that is made from the name
   */
  public record NewInstance(
      String name, @Nullable String slug, long maxMemory, @Nullable Integer maxConnections) {}

  /** Says what becomes of an instance. */
  public interface Change {
    Instance.Content of(Instance before);
  }

  /** What a check found. */
  public record Checked(Instance instance, InstanceCheck.Found found) {}

  private final Desk desk;
  private final InstanceCheck check;

  Instances(Desk desk, InstanceCheck check) {
    this.desk = desk;
    this.check = check;
  }

  public CompletionStage<Outcome<Instance>> create(
      Requester requester, String organization, NewInstance wanted) {
    return desk.run(
        requester,
        Action.INSTANCE_CREATE,
        transaction ->
            transaction
                .memberAlone(organization, Role.MEMBER)
                .then(member -> insert(transaction, member.organization(), wanted)));
  }

  private static Outcome<Instance> insert(
      Transaction transaction, Organization organization, NewInstance wanted) {
    Quota quota = organization.quota(transaction.handle);
    if (!quota.hasRoomForInstance()) {
      return Outcome.no(Reason.FORBIDDEN, "Quota reached: max_instances = " + quota.maxInstances());
    }
    if (!quota.hasRoomFor(wanted.maxMemory())) {
      return noRoom(quota);
    }
    Set<String> taken = Instance.slugs(transaction.handle, organization.id());
    String slug = wanted.slug();
    if (slug == null) {
      slug = AccountRules.slugFor(wanted.name(), taken);
    } else if (taken.contains(slug)) {
      return Outcome.no(Reason.CONFLICT, "Redis instance slug is already taken");
    }
    var instance =
        new Instance(
            UUID.randomUUID(),
            wanted.name(),
            slug,
            organization.id(),
            wanted.maxMemory(),
            0,
            wanted.maxConnections(),
            Instance.RUNNING,
            "unknown",
            null,
            null,
            transaction.now,
            transaction.now);
    instance.insert(transaction.handle);
    transaction.on(instance.id());
    transaction.detail("name", instance.name());
    transaction.detail("slug", slug);
    // a node may have been asked for it before it was there
    transaction.changed(AccessChange.Kind.INSTANCE, instance.id());
    return Outcome.done(instance);
  }

  private static <T> Outcome<T> noRoom(Quota quota) {
    return Outcome.no(
        Reason.FORBIDDEN,
        "Quota reached: max_memory_gb = "
            + quota.maxMemoryGb()
            + ", "
            + quota.availableMb()
            + " MB are left");
  }

  public CompletionStage<Outcome<Page<Instance>>> list(
      Requester requester, String organization, Page.Wanted wanted) {
    return desk.run(
        requester,
        Action.INSTANCE_LIST,
        transaction ->
            transaction
                .member(organization, Role.VIEWER)
                .map(
                    member -> Instance.of(transaction.handle, member.organization().id(), wanted)));
  }

  public CompletionStage<Outcome<Instance>> get(
      Requester requester, String organization, String id) {
    return desk.run(
        requester,
        Action.INSTANCE_GET,
        transaction ->
            transaction
                .member(organization, Role.VIEWER)
                .then(member -> find(transaction, member, id)));
  }

  private static Outcome<Instance> find(
      Transaction transaction, Transaction.Member member, String id) {
    return Transaction.uuid(id)
        .flatMap(instance -> Instance.byId(transaction.handle, instance))
        .filter(found -> found.organization().equals(member.organization().id()))
        .<Outcome<Instance>>map(
            found -> {
              transaction.on(found.id());
              return Outcome.done(found);
            })
        .orElseGet(() -> Outcome.no(Reason.NOT_FOUND, UNKNOWN));
  }

  public CompletionStage<Outcome<Instance>> update(
      Requester requester, String organization, String id, Change change) {
    return desk.run(
        requester,
        Action.INSTANCE_UPDATE,
        transaction ->
            transaction
                .memberAlone(organization, Role.MEMBER)
                .then(
                    member ->
                        find(transaction, member, id)
                            .then(
                                before ->
                                    update(
                                        transaction,
                                        member.organization(),
                                        before,
                                        change.of(before)))));
  }

  private static Outcome<Instance> update(
      Transaction transaction,
      Organization organization,
      Instance before,
      Instance.Content content) {
    Quota quota = organization.quota(transaction.handle);
    long more = content.maxMemory() - before.maxMemory();
    if (more > 0 && !quota.hasRoomFor(more)) {
      return noRoom(quota);
    }
    before.update(transaction.handle, content, transaction.now);
    transaction.changed(AccessChange.Kind.INSTANCE, before.id());
    return again(transaction, before.id());
  }

  private static Outcome<Instance> again(Transaction transaction, UUID id) {
    return Instance.byId(transaction.handle, id)
        .<Outcome<Instance>>map(Outcome::done)
        .orElseGet(() -> Outcome.no(Reason.NOT_FOUND, UNKNOWN));
  }

  /** From now on, within a second on all nodes, nobody finds it any more. */
  public CompletionStage<Outcome<UUID>> delete(
      Requester requester, String organization, String id) {
    return desk.run(
        requester,
        Action.INSTANCE_DELETE,
        transaction ->
            transaction
                .memberAlone(organization, Role.ADMIN)
                .then(member -> find(transaction, member, id))
                .map(
                    gone -> {
                      gone.delete(transaction.handle, transaction.now);
                      transaction.changed(AccessChange.Kind.INSTANCE, gone.id());
                      return gone.id();
                    }));
  }

  /**
   * Asks the instance itself, now, and keeps what came of it.
   *
   * @param reads whether it is a mere question, as keys may ask it too
   */
  public CompletionStage<Outcome<Checked>> check(
      Requester requester, String organization, String id, boolean reads) {
    return desk.run(
            requester,
            Action.INSTANCE_CHECK,
            transaction ->
                transaction
                    .member(organization, reads ? Role.VIEWER : Role.MEMBER)
                    .then(member -> find(transaction, member, id)))
        .thenCompose(this::checked);
  }

  /**
   * Bytes that an embedded instance holds now; what was found last, if it does not say so within a
   * second. Never fails.
   */
  public CompletionStage<Long> usedBytes(Instance instance) {
    return check
        .check(instance.id())
        .thenApply(found -> found.error() == null ? found.usedBytes() : instance.currentMemory())
        .toCompletableFuture()
        .copy()
        .completeOnTimeout(instance.currentMemory(), MEMORY_PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  /** The same; whoever only reads may not. An embedded instance has no connections to renew. */
  public CompletionStage<Outcome<Instance>> reconnect(
      Requester requester, String organization, String id) {
    return desk.run(
        requester,
        Action.INSTANCE_RECONNECT,
        transaction ->
            transaction
                .member(organization, Role.MEMBER)
                .then(member -> find(transaction, member, id)));
  }

  private CompletionStage<Outcome<Checked>> checked(Outcome<Instance> found) {
    if (!(found instanceof Outcome.Done<Instance> instance)) {
      return CompletableFuture.completedFuture(((Outcome.Refused<Instance>) found).as());
    }
    return check
        .check(instance.value().id())
        .thenCompose(
            result ->
                desk.read(
                    handle -> {
                      instance.value().checked(handle, result, desk.now());
                      return Instance.byId(handle, instance.value().id())
                          .<Outcome<Checked>>map(now -> Outcome.done(new Checked(now, result)))
                          .orElseGet(() -> Outcome.no(Reason.NOT_FOUND, UNKNOWN));
                    }));
  }
}
