package io.leasehold.actors.access.account;

import io.leasehold.actors.access.account.Outcome.Reason;
import io.leasehold.domain.access.ExternalRedis;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/** How external instances are logged in to, before and after that is kept. Safe for any thread. */
final class ExternalLogins {
  private final ExternalGate gate;
  private final PasswordSeal seal;

  ExternalLogins(ExternalGate gate, PasswordSeal seal) {
    this.gate = gate;
    this.seal = seal;
  }

  /** Whether it can be logged in to, and what it says of itself. */
  CompletionStage<Outcome<InstanceCheck.Found>> verified(
      ExternalRedis where, Instance.Login login) {
    return gate.verify(where, login.password()).thenApply(ExternalLogins::answered);
  }

  /** What did not answer is behind the gateway. */
  static Outcome<InstanceCheck.Found> answered(InstanceCheck.Found found) {
    String error = found.error();
    return error == null ? Outcome.done(found) : Outcome.no(Reason.BAD_GATEWAY, error);
  }

  /** The password as it is kept. */
  @Nullable String sealed(UUID id, Instance.Login login) {
    String password = login.password();
    return password == null ? null : seal.seal(id, password);
  }

  /** The password in clear, to log in elsewhere with it. */
  Outcome<Optional<String>> password(ExternalRedis where) {
    String sealed = where.sealedPassword();
    try {
      return Outcome.done(
          sealed == null ? Optional.empty() : Optional.of(seal.open(where.instance(), sealed)));
    } catch (PasswordSeal.Sealed e) {
      return Outcome.no(Reason.CONFLICT, String.valueOf(e.getMessage()));
    }
  }

  boolean canSeal() {
    return seal.canSeal();
  }
}
