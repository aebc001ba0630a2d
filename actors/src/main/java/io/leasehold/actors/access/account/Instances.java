package io.leasehold.actors.access.account;

import io.leasehold.actors.access.account.Outcome.Reason;
import io.leasehold.domain.access.ExternalRedis;
import io.leasehold.domain.access.account.Quota;
import io.leasehold.domain.access.account.Role;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Makes, changes and deletes instances. Ids are as they were sent. Safe for any thread. */
public final class Instances {
  private static final String UNKNOWN = "Redis instance not found";
  private static final int MEMORY_PATIENCE_SECONDS = 1;

  /**
   * An instance to be.
   *
   * @param slug null = one that is made from the name
   * @param login where it is; null = it is embedded
   * @param verified whether an external one has to answer before it is kept
   */
  public record NewInstance(
      String name,
      @Nullable String slug,
      long maxMemory,
      @Nullable Integer maxConnections,
      Instance.@Nullable Login login,
      boolean verified) {
    /** An embedded one. */
    public NewInstance(
        String name, @Nullable String slug, long maxMemory, @Nullable Integer maxConnections) {
      this(name, slug, maxMemory, maxConnections, null, false);
    }
  }

  /** Says what becomes of an instance. */
  public interface Change {
    Outcome<Instance.Content> of(Instance before);
  }

  /** What a check found. */
  public record Checked(Instance instance, InstanceCheck.Found found) {}

  private final Desk desk;
  private final InstanceCheck check;
  private final ExternalGate gate;
  private final ExternalLogins logins;
  private final InstanceMaking making;

  Instances(Desk desk, InstanceCheck check, ExternalGate gate, PasswordSeal seal) {
    this.desk = desk;
    this.check = check;
    this.gate = gate;
    this.logins = new ExternalLogins(gate, seal);
    this.making = new InstanceMaking(desk, logins);
  }

  /** Whether passwords of external instances can be kept. */
  public boolean canKeepPasswords() {
    return logins.canSeal();
  }

  /** How this node stands with an instance. */
  public ExternalGate.State state(UUID id) {
    return gate.state(id);
  }

  /** An external one is connected to first, but for nobody who might not make one anyway. */
  public CompletionStage<Outcome<Instance>> create(
      Requester requester, String organization, NewInstance wanted) {
    return making.create(requester, organization, wanted);
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

  /**
   * Changes an instance; where it moves to has to answer first.
   *
   * @param moves whether the change may say where an external one is from now on
   */
  public CompletionStage<Outcome<Instance>> update(
      Requester requester, String organization, String id, boolean moves, Change change) {
    if (!moves) {
      return desk.run(
          requester,
          Action.INSTANCE_UPDATE,
          transaction -> update(transaction, organization, id, change));
    }
    return desk.run(
            requester,
            Action.INSTANCE_MAY_UPDATE,
            transaction ->
                transaction
                    .member(organization, Role.MEMBER)
                    .then(member -> find(transaction, member, id))
                    .then(change::of))
        .thenCompose(allowed -> allowed.thenLater(this::verified))
        .thenCompose(
            verified ->
                verified.thenLater(
                    known ->
                        desk.run(
                            requester,
                            Action.INSTANCE_UPDATE,
                            transaction ->
                                update(
                                        transaction,
                                        organization,
                                        id,
                                        before -> Outcome.done(known.content()))
                                    .then(moved -> found(transaction, moved, known.found())))));
  }

  /**
   * A change whose new place has answered.
   *
   * @param found null = it stays where it is
   */
  private record Verified(Instance.Content content, InstanceCheck.@Nullable Found found) {}

  private CompletionStage<Outcome<Verified>> verified(Instance.Content content) {
    Instance.Login login = content.login();
    return login == null
        ? CompletableFuture.completedFuture(Outcome.done(new Verified(content, null)))
        : logins
            .verified(login.at(UUID.randomUUID(), 0, 0, null), login)
            .thenApply(found -> found.map(answer -> new Verified(content, answer)));
  }

  private static Outcome<Instance> found(
      Transaction transaction, Instance moved, InstanceCheck.@Nullable Found found) {
    if (found == null) {
      return Outcome.done(moved);
    }
    moved.checked(transaction.handle, found, transaction.now);
    return again(transaction, moved.id());
  }

  private Outcome<Instance> update(
      Transaction transaction, String organization, String id, Change change) {
    return transaction
        .memberAlone(organization, Role.MEMBER)
        .then(
            member ->
                find(transaction, member, id)
                    .then(
                        before ->
                            change
                                .of(before)
                                .then(
                                    content ->
                                        update(
                                            transaction, member.organization(), before, content))));
  }

  private Outcome<Instance> update(
      Transaction transaction,
      Organization organization,
      Instance before,
      Instance.Content content) {
    ExternalRedis where = before.external();
    Quota quota = organization.quota(transaction.handle);
    long more = content.maxMemory() - before.maxMemory();
    if (where == null && more > 0 && !quota.hasRoomFor(more)) {
      return InstanceMaking.noRoom(quota);
    }
    before.update(transaction.handle, content, transaction.now);
    if (where != null) {
      Integer wanted = content.maxConnections();
      int connections = wanted == null ? 0 : wanted;
      Instance.Login login = content.login();
      if (login != null) {
        Instance.moveTo(
            transaction.handle,
            login.at(
                before.id(),
                connections,
                where.generation() + 1,
                logins.sealed(before.id(), login)));
        transaction.detail("address", login.toString());
      } else if (connections != where.maxConnections()) {
        Instance.moveTo(transaction.handle, where.next());
      }
    }
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

  /** The password of an external instance, to log in elsewhere with it. */
  public Outcome<Optional<String>> password(ExternalRedis where) {
    return logins.password(where);
  }

  /**
   * Has all nodes hang up, and this one connect again; whoever only reads may not. An embedded
   * instance has no connections to renew.
   */
  public CompletionStage<Outcome<Instance>> reconnect(
      Requester requester, String organization, String id) {
    return desk.run(
            requester,
            Action.INSTANCE_RECONNECT,
            transaction ->
                transaction
                    .member(organization, Role.MEMBER)
                    .then(member -> find(transaction, member, id))
                    .then(before -> renewed(transaction, before)))
        .thenCompose(outcome -> outcome.thenLater(this::reconnected));
  }

  private static Outcome<Instance> renewed(Transaction transaction, Instance before) {
    ExternalRedis where = before.external();
    if (where == null) {
      return Outcome.done(before);
    }
    Instance.moveTo(transaction.handle, where.next());
    transaction.changed(AccessChange.Kind.INSTANCE, before.id());
    return again(transaction, before.id());
  }

  private CompletionStage<Outcome<Instance>> reconnected(Instance instance) {
    ExternalRedis where = instance.external();
    return where == null
        ? CompletableFuture.completedFuture(Outcome.done(instance))
        : gate.reconnect(where)
            .thenCompose(found -> keep(instance, found))
            .thenApply(
                kept ->
                    kept.then(
                        checked ->
                            ExternalLogins.answered(checked.found())
                                .map(answer -> checked.instance())));
  }

  private CompletionStage<Outcome<Checked>> checked(Outcome<Instance> outcome) {
    return outcome.thenLater(
        instance -> {
          ExternalRedis where = instance.external();
          return (where == null ? check.check(instance.id()) : gate.check(where))
              .thenCompose(found -> keep(instance, found));
        });
  }

  private CompletionStage<Outcome<Checked>> keep(Instance instance, InstanceCheck.Found found) {
    return desk.read(
        handle -> {
          instance.checked(handle, found, desk.now());
          return Instance.byId(handle, instance.id())
              .<Outcome<Checked>>map(now -> Outcome.done(new Checked(now, found)))
              .orElseGet(() -> Outcome.no(Reason.NOT_FOUND, UNKNOWN));
        });
  }
}
