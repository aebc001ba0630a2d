package io.leasehold.actors.access.account;

import io.leasehold.actors.access.account.Outcome.Reason;
import io.leasehold.domain.access.account.AccountRules;
import io.leasehold.domain.access.account.Quota;
import io.leasehold.domain.access.account.Role;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** Makes instances. Safe for any thread. */
final class InstanceMaking {
  private final Desk desk;
  private final ExternalLogins logins;

  InstanceMaking(Desk desk, ExternalLogins logins) {
    this.desk = desk;
    this.logins = logins;
  }

  /** An external one is connected to first, but for nobody who might not make one anyway. */
  CompletionStage<Outcome<Instance>> create(
      Requester requester, String organization, Instances.NewInstance wanted) {
    UUID id = UUID.randomUUID();
    Instance.Login login = wanted.login();
    if (login == null || !wanted.verified()) {
      return insert(requester, organization, id, wanted, null);
    }
    return desk.run(
            requester,
            Action.INSTANCE_MAY_CREATE,
            transaction ->
                transaction
                    .member(organization, Role.MEMBER)
                    .then(
                        member -> roomFor(wanted, member.organization().quota(transaction.handle))))
        .thenCompose(
            allowed -> allowed.thenLater(quota -> logins.verified(login.at(id, 0, 0, null), login)))
        .thenCompose(
            found ->
                found.thenLater(answer -> insert(requester, organization, id, wanted, answer)));
  }

  private static Outcome<Quota> roomFor(Instances.NewInstance wanted, Quota quota) {
    if (!quota.hasRoomForInstance()) {
      return Outcome.no(Reason.FORBIDDEN, "Quota reached: max_instances = " + quota.maxInstances());
    }
    return wanted.login() != null || quota.hasRoomFor(wanted.maxMemory())
        ? Outcome.done(quota)
        : noRoom(quota);
  }

  private CompletionStage<Outcome<Instance>> insert(
      Requester requester,
      String organization,
      UUID id,
      Instances.NewInstance wanted,
      InstanceCheck.@Nullable Found found) {
    return desk.run(
        requester,
        Action.INSTANCE_CREATE,
        transaction ->
            transaction
                .memberAlone(organization, Role.MEMBER)
                .then(
                    member ->
                        roomFor(wanted, member.organization().quota(transaction.handle))
                            .then(
                                room ->
                                    insert(
                                        transaction, member.organization(), id, wanted, found))));
  }

  private Outcome<Instance> insert(
      Transaction transaction,
      Organization organization,
      UUID id,
      Instances.NewInstance wanted,
      InstanceCheck.@Nullable Found found) {
    Set<String> taken = Instance.slugs(transaction.handle, organization.id());
    String slug = wanted.slug();
    if (slug == null) {
      slug = AccountRules.slugFor(wanted.name(), taken);
    } else if (taken.contains(slug)) {
      return Outcome.no(Reason.CONFLICT, "Redis instance slug is already taken");
    }
    Instance.Login login = wanted.login();
    InstanceCheck.Remote remote = found == null ? null : found.remote();
    boolean pending = login != null && found == null;
    Integer connections = wanted.maxConnections();
    var instance =
        new Instance(
            id,
            wanted.name(),
            slug,
            organization.id(),
            remote == null ? wanted.maxMemory() : remote.maxMemory(),
            found == null ? 0 : found.usedBytes(),
            connections,
            pending ? Instance.PENDING : Instance.RUNNING,
            found == null ? "unknown" : "healthy",
            found == null ? null : transaction.now,
            null,
            transaction.now,
            transaction.now,
            login == null
                ? null
                : login.at(id, connections == null ? 0 : connections, 1, logins.sealed(id, login)),
            remote == null ? null : remote.version());
    instance.insert(transaction.handle);
    transaction.on(instance.id());
    transaction.detail("name", instance.name());
    transaction.detail("slug", slug);
    if (login != null) {
      transaction.detail("address", login.toString());
    }
    // a node may have been asked for it before it was there
    transaction.changed(AccessChange.Kind.INSTANCE, instance.id());
    return Outcome.done(instance);
  }

  static <T> Outcome<T> noRoom(Quota quota) {
    return Outcome.no(
        Reason.FORBIDDEN,
        "Quota reached: max_memory_gb = "
            + quota.maxMemoryGb()
            + ", "
            + quota.availableMb()
            + " MB are left");
  }
}
