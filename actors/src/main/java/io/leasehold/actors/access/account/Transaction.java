package io.leasehold.actors.access.account;

import io.leasehold.actors.access.account.Outcome.Reason;
import io.leasehold.domain.access.Scope;
import io.leasehold.domain.access.account.Role;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/**
 * One request while it is worked on: who asks, what it is about, what it changed. Confined to the
 * thread of its transaction.
 */
final class Transaction {
  private static final String KEYS_ONLY_READ = "API keys may only read their own organization";

  final Handle handle;
  final Instant now;
  private final Requester requester;
  private final List<AccessChange> changes = new ArrayList<>();
  private final Map<String, Object> details = new TreeMap<>();
  private @Nullable User user;
  private @Nullable UUID organization;
  private @Nullable UUID resource;

  Transaction(Handle handle, Instant now, Requester requester) {
    this.handle = handle;
    this.now = now;
    this.requester = requester;
  }

  /** The user whose session it is: read anew each time, so a user who is out is out at once. */
  Outcome<User> user() {
    if (requester.credential() instanceof Requester.Key) {
      return Outcome.no(Reason.FORBIDDEN, KEYS_ONLY_READ);
    }
    if (!(requester.credential() instanceof Requester.Session session)) {
      return Outcome.no(Reason.UNAUTHENTICATED, "Missing authorization token");
    }
    Optional<User> found = User.byId(handle, session.user());
    if (found.isEmpty()) {
      return Outcome.no(Reason.UNAUTHENTICATED, "User not found");
    }
    user = found.get();
    return found.get().active()
        ? Outcome.done(found.get())
        : Outcome.no(Reason.UNAUTHENTICATED, "User account is not active");
  }

  /** A member, or a key that may read, with what it is here. */
  record Member(Organization organization, @Nullable User user, Role role) {}

  /**
   * The organization, for whoever is at least {@code needed} in it.
   *
   * @param id as it was sent
   */
  Outcome<Member> member(String id, Role needed) {
    return member(id, needed, false);
  }

  /** The same; whoever else wants it so waits for the end of this transaction. */
  Outcome<Member> memberAlone(String id, Role needed) {
    return member(id, needed, true);
  }

  private Outcome<Member> member(String id, Role needed, boolean alone) {
    Optional<UUID> wanted = uuid(id);
    if (requester.credential() instanceof Requester.Key key) {
      boolean own = wanted.isPresent() && wanted.get().equals(key.grant().organization());
      if (own) {
        about(key.grant().organization());
      }
      if (!own || needed != Role.VIEWER || !key.grant().has(Scope.ADMIN)) {
        return Outcome.no(Reason.FORBIDDEN, KEYS_ONLY_READ);
      }
      return Organization.byId(handle, key.grant().organization())
          .<Outcome<Member>>map(found -> Outcome.done(new Member(found, null, Role.VIEWER)))
          .orElseGet(Transaction::unknownOrganization);
    }
    Outcome<User> who = user();
    if (!(who instanceof Outcome.Done<User> known)) {
      return ((Outcome.Refused<User>) who).as();
    }
    if (wanted.isEmpty()) {
      return unknownOrganization();
    }
    UUID userId = known.value().id();
    Optional<Organization> found =
        alone ? Organization.locked(handle, wanted.get()) : Organization.byId(handle, wanted.get());
    Optional<Role> role = found.flatMap(live -> Organization.roleOf(handle, userId, live.id()));
    if (found.isEmpty() || role.isEmpty()) {
      return unknownOrganization();
    }
    about(found.get().id());
    return role.get().includes(needed)
        ? Outcome.done(new Member(found.get(), known.value(), role.get()))
        : Outcome.no(Reason.FORBIDDEN, "Insufficient permissions: needs the role " + needed.word());
  }

  static <T> Outcome<T> unknownOrganization() {
    return Outcome.no(Reason.NOT_FOUND, "Organization not found or access denied");
  }

  /** Empty for what is no id. */
  static Optional<UUID> uuid(String text) {
    try {
      UUID id = UUID.fromString(text);
      return text.length() == 36 ? Optional.of(id) : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** Whose log it belongs to. */
  void about(UUID organizationId) {
    organization = organizationId;
  }

  /** Whose session it is, once that is known by other means than a session. */
  void by(User known) {
    user = known;
  }

  /** What it is about. */
  void on(UUID resourceId) {
    resource = resourceId;
  }

  /** More about it: never a password or a token. */
  void detail(String name, Object value) {
    details.put(name, value);
  }

  /** Other nodes are told of it, within this transaction by a row and after it by a message. */
  void changed(AccessChange.Kind kind, UUID id) {
    var change = new AccessChange(UUID.randomUUID(), kind, id);
    changes.add(change);
    handle
        .createUpdate(
            "INSERT INTO access_changes (id, kind, resource_id) VALUES (:id, :kind, :resource)")
        .bind("id", change.id().toString())
        .bind("kind", kind.name())
        .bind("resource", id.toString())
        .execute();
  }

  List<AccessChange> changes() {
    return List.copyOf(changes);
  }

  /** Writes the line of the audit log that belongs to what came of it, if one does. */
  void audit(Action action, Outcome<?> outcome) {
    if (outcome instanceof Outcome.Refused<?> refused) {
      boolean failedLogin = action == Action.USER_LOGIN && refused.reason() != Reason.UNAVAILABLE;
      if (refused.reason() == Reason.FORBIDDEN || failedLogin) {
        write(
            action, refused.reason() == Reason.FORBIDDEN ? "denied" : "failed", refused.message());
      }
    } else if (action.changes) {
      write(action, "success", null);
    }
  }

  private void write(Action action, String status, @Nullable String error) {
    UUID key = null;
    UUID userId = user == null ? null : user.id();
    UUID where = organization;
    if (requester.credential() instanceof Requester.Key by) {
      key = by.grant().id();
      userId = by.grant().user();
      where = where == null ? by.grant().organization() : where;
    }
    new AuditRecord(
            UUID.randomUUID(),
            userId,
            key,
            where,
            action.word,
            action.resource(),
            resource,
            Columns.object(details),
            requester.address(),
            requester.userAgent(),
            status,
            error,
            now)
        .insert(handle);
  }
}
