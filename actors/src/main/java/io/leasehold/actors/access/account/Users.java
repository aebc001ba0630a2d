package io.leasehold.actors.access.account;

import io.leasehold.actors.access.account.Outcome.Reason;
import io.leasehold.domain.access.account.AccountRules;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Makes users, and lets them in. Safe for any thread. */
public final class Users {
  private static final String CLOSED = "Registration is closed";
  private static final String INVALID = "Invalid credentials";

  /** Who may make an account. */
  public enum Registration {
    OPEN,
    FIRST_USER_ONLY,
    CLOSED
  }

  /**
   * A user to be.
   *
   * @param email in lower case
   * @param password 8..72 bytes
   */
  public record NewUser(
      String email,
      String username,
      String password,
      @Nullable String firstName,
      @Nullable String lastName) {
    @Override
    public String toString() {
      return "NewUser[" + username + "]";
    }
  }

  /**
   * A login.
   *
   * @param email in lower case
   * @param issueKey whether a key is wanted too
   * @param organization of the key; null = the only one
   */
  public record Login(
      String email, String password, boolean issueKey, @Nullable String organization) {
    @Override
    public String toString() {
      return "Login[" + email + "]";
    }
  }

  /**
   * What a login gives.
   *
   * @param token of the session
   * @param apiKey null = none was wanted
   * @param organization the one of the key, or the only one
   */
  public record LoggedIn(
      String token, User user, @Nullable String apiKey, @Nullable UUID organization) {
    @Override
    public String toString() {
      return "LoggedIn[" + user + "]";
    }
  }

  private final Desk desk;
  private final Passwords passwords;
  private final Tokens tokens;
  private final Keys keys;
  private final LoginAttempts attempts;
  private final Registration registration;

  Users(
      Desk desk,
      Passwords passwords,
      Tokens tokens,
      Keys keys,
      LoginAttempts attempts,
      Registration registration) {
    this.desk = desk;
    this.passwords = passwords;
    this.tokens = tokens;
    this.keys = keys;
    this.attempts = attempts;
    this.registration = registration;
  }

  /** Makes a user. */
  public CompletionStage<Outcome<User>> register(Requester requester, NewUser wanted) {
    if (registration == Registration.CLOSED) {
      return desk.run(
          requester, Action.USER_REGISTER, transaction -> Outcome.no(Reason.FORBIDDEN, CLOSED));
    }
    return passwords
        .hash(wanted.password())
        .thenCompose(
            hashed ->
                hashed instanceof Outcome.Done<String> hash
                    ? desk.run(
                        requester,
                        Action.USER_REGISTER,
                        transaction -> insert(transaction, wanted, hash.value()))
                    : CompletableFuture.completedFuture(((Outcome.Refused<String>) hashed).as()));
  }

  private Outcome<User> insert(Transaction transaction, NewUser wanted, String hash) {
    var handle = transaction.handle;
    if (registration == Registration.FIRST_USER_ONLY) {
      // two that come at once must not both be the first
      handle
          .createQuery("SELECT name FROM access_guards WHERE name = 'registration' FOR UPDATE")
          .mapTo(String.class)
          .one();
      long users = handle.createQuery("SELECT count(*) FROM users").mapTo(Long.class).one();
      if (users > 0) {
        return Outcome.no(Reason.FORBIDDEN, CLOSED);
      }
    }
    if (User.isTaken(handle, "email", wanted.email())) {
      return Outcome.no(Reason.CONFLICT, "Email is already registered");
    }
    if (User.isTaken(handle, "username", wanted.username())) {
      return Outcome.no(Reason.CONFLICT, "Username is already taken");
    }
    var user =
        new User(
            UUID.randomUUID(),
            wanted.email(),
            wanted.username(),
            hash,
            wanted.firstName(),
            wanted.lastName(),
            true,
            false,
            transaction.now);
    user.insert(handle);
    transaction.by(user);
    transaction.on(user.id());
    return Outcome.done(user);
  }

  /** Lets a user in. */
  public CompletionStage<Outcome<LoggedIn>> login(Requester requester, Login login) {
    String email = AccountRules.normalEmail(login.email());
    int wait = attempts.begin(email, requester.address());
    if (wait > 0) {
      return CompletableFuture.completedFuture(
          new Outcome.Refused<>(
              Reason.TOO_MANY, "Too many failed logins, retry in " + wait + " s", wait));
    }
    return desk.read(handle -> Outcome.done(User.byEmail(handle, email)))
        .<Outcome<LoggedIn>>thenCompose(
            found ->
                found instanceof Outcome.Done<Optional<User>> asked
                    ? compared(requester, login, asked.value().orElse(null))
                    : CompletableFuture.completedFuture(
                        ((Outcome.Refused<Optional<User>>) found).<LoggedIn>as()))
        .whenComplete(
            (outcome, failure) -> {
              if (outcome instanceof Outcome.Done<?>) {
                attempts.succeeded(email, requester.address());
              } else if (outcome == null || isNotTheClients(outcome)) {
                attempts.forgive(email, requester.address());
              }
            });
  }

  /** What is wrong has nothing to do with the password: too busy, or no key for who is right. */
  private static boolean isNotTheClients(Outcome<LoggedIn> outcome) {
    return outcome instanceof Outcome.Refused<LoggedIn> refused
        && refused.reason() != Reason.UNAUTHENTICATED;
  }

  private CompletionStage<Outcome<LoggedIn>> compared(
      Requester requester, Login login, @Nullable User user) {
    return passwords
        .isRight(login.password(), user == null ? null : user.passwordHash())
        .thenCompose(
            compared ->
                compared instanceof Outcome.Done<Boolean> right
                    ? desk.run(
                        requester,
                        Action.USER_LOGIN,
                        transaction -> {
                          if (user != null) {
                            transaction.by(user);
                            transaction.on(user.id());
                          }
                          return user != null && right.value()
                              ? letIn(transaction, login, user)
                              : Outcome.no(Reason.UNAUTHENTICATED, INVALID);
                        })
                    : CompletableFuture.completedFuture(
                        ((Outcome.Refused<Boolean>) compared).<LoggedIn>as()));
  }

  private Outcome<LoggedIn> letIn(Transaction transaction, Login login, User user) {
    if (!user.active()) {
      return Outcome.no(Reason.UNAUTHENTICATED, "User account is not active");
    }
    List<Organization> mine =
        Organization.ofMember(transaction.handle, user.id(), new Page.Wanted(1, 2)).items();
    UUID only = mine.size() == 1 ? mine.get(0).id() : null;
    if (!login.issueKey()) {
      return Outcome.done(new LoggedIn(tokens.session(user, only), user, null, only));
    }
    String wanted = login.organization();
    if (wanted == null) {
      if (mine.isEmpty()) {
        return Outcome.no(Reason.CONFLICT, "There is no organization to make a key for");
      }
      if (only == null) {
        return Outcome.no(
            Reason.INVALID, "organization_id: must be given, there are several organizations");
      }
      wanted = only.toString();
    }
    return keys.atLogin(transaction, user, wanted)
        .map(
            made ->
                new LoggedIn(
                    tokens.session(user, made.key().organization()),
                    user,
                    made.token(),
                    made.key().organization()));
  }

  /** The user whose session it is. */
  public CompletionStage<Outcome<User>> me(Requester requester) {
    return desk.run(requester, Action.USER_GET, Transaction::user);
  }

  /** Rows of the tables, for whoever may see them. */
  public record Counts(long users, long organizations, long instances, long keys) {}

  /**
   * How many live rows there are.
   *
   * @param open whether it needs no session
   */
  public CompletionStage<Outcome<Counts>> counts(Requester requester, boolean open) {
    return desk.run(
        requester,
        Action.STATS,
        transaction -> {
          Outcome<Counts> counts = Outcome.done(counts(transaction.handle));
          return open ? counts : transaction.user().then(user -> counts);
        });
  }

  static Counts counts(Handle handle) {
    return handle
        .createQuery(
            "SELECT (SELECT count(*) FROM users) AS users,"
                + " (SELECT count(*) FROM organizations WHERE deleted_at IS NULL) AS organizations,"
                + " (SELECT count(*) FROM redis_instances WHERE deleted_at IS NULL) AS instances,"
                + " (SELECT count(*) FROM api_keys WHERE is_active) AS keys_in_use")
        .map(
            (row, context) ->
                new Counts(
                    row.getLong("users"),
                    row.getLong("organizations"),
                    row.getLong("instances"),
                    row.getLong("keys_in_use")))
        .one();
  }
}
