package io.leasehold.http.access.account;

import com.fasterxml.jackson.databind.JsonNode;
import io.leasehold.actors.access.account.AccountService;
import io.leasehold.actors.access.account.Outcome;
import io.leasehold.actors.access.account.Page;
import io.leasehold.actors.access.account.Requester;
import io.leasehold.actors.access.account.Tokens;
import io.leasehold.domain.access.KeyVerdict;
import io.leasehold.http.access.Answer;
import io.leasehold.http.access.Answers;
import io.leasehold.http.access.ApiCall;
import io.leasehold.http.access.ApiRoute;
import io.leasehold.http.access.Envelope;
import java.math.BigInteger;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.jspecify.annotations.Nullable;

/**
 * What all routes of the control plane have in common: who asks, what it came to, in which form it
 * is said. Safe for any thread.
 */
final class Control {
  private static final String BEARER = "Bearer ";
  private static final int MAX_LIMIT = 100;
  private static final int DEFAULT_LIMIT = 20;
  private static final int MAX_PAGE = 1_000_000;
  private static final Pattern NUMBER = Pattern.compile("0*[1-9][0-9]{0,63}");

  /**
   * What is said.
   *
   * @param message null = none
   */
  record Said(JsonNode data, @Nullable String message) {
    Said(JsonNode data) {
      this(data, null);
    }
  }

  /** What a route does for somebody. */
  interface Asked {
    CompletionStage<Outcome<Said>> answer(ApiCall call, Requester who);
  }

  private final AccountService accounts;
  private final Envelope envelope;

  Control(AccountService accounts, Envelope envelope) {
    this.accounts = accounts;
    this.envelope = envelope;
  }

  /** A route for those who have a session, or a key that may read. */
  ApiRoute route(String method, String template, Asked asked) {
    return made(
        method,
        template,
        call ->
            requester(call)
                .thenCompose(
                    who ->
                        who instanceof Outcome.Done<Requester> known
                            ? asked.answer(call, known.value())
                            : CompletableFuture.completedFuture(
                                ((Outcome.Refused<Requester>) who).<Said>as())));
  }

  /** A route for everybody. */
  ApiRoute open(String method, String template, Asked asked) {
    return made(method, template, call -> asked.answer(call, by(new Requester.Nobody(), call)));
  }

  private ApiRoute made(
      String method, String template, Function<ApiCall, CompletionStage<Outcome<Said>>> work) {
    return new ApiRoute(
        List.of(method),
        template,
        null,
        EnumSet.of(ApiRoute.Trait.CONTROL),
        call -> {
          CompletionStage<Outcome<Said>> outcome;
          try {
            outcome = work.apply(call);
          } catch (Rejected e) {
            outcome = CompletableFuture.failedFuture(e);
          }
          return outcome.handle(
              (said, failure) -> {
                if (said != null) {
                  return response(said);
                }
                if (cause(failure) instanceof Rejected rejected) {
                  return envelope.error(rejected.status(), rejected.text(), 0);
                }
                throw new CompletionException(cause(failure));
              });
        });
  }

  private static Throwable cause(Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }

  HttpResponse response(Outcome<Said> outcome) {
    return outcome instanceof Outcome.Done<Said> done
        ? envelope.success(done.value().data(), done.value().message())
        : refusal((Outcome.Refused<Said>) outcome);
  }

  HttpResponse refusal(Outcome.Refused<?> refused) {
    HttpResponse response =
        envelope.error(statusOf(refused.reason()), refused.message(), refused.retryAfterSeconds());
    Answer.Problem problem = problemOf(refused.reason());
    return problem == null ? response : Answers.marked(response, problem);
  }

  /** The one place where a refusal becomes an HTTP status. */
  private static int statusOf(Outcome.Reason reason) {
    return switch (reason) {
      case INVALID -> 400;
      case UNAUTHENTICATED -> 401;
      case FORBIDDEN -> 403;
      case NOT_FOUND -> 404;
      case CONFLICT -> 409;
      case TOO_MANY -> 429;
      case NOT_BUILT -> 501;
      case BAD_GATEWAY -> 502;
      case UNAVAILABLE -> 503;
    };
  }

  /** As what it is counted with the errors of all doors; null = it has no code there. */
  private static Answer.@Nullable Problem problemOf(Outcome.Reason reason) {
    return switch (reason) {
      case INVALID -> Answer.Problem.INVALID_REQUEST;
      case UNAUTHENTICATED -> Answer.Problem.AUTH_FAILED;
      case FORBIDDEN -> Answer.Problem.FORBIDDEN;
      case NOT_FOUND -> Answer.Problem.NOT_FOUND;
      case TOO_MANY -> Answer.Problem.RATE_LIMITED;
      case UNAVAILABLE -> Answer.Problem.UNAVAILABLE;
      case CONFLICT, NOT_BUILT, BAD_GATEWAY -> null;
    };
  }

  private static Requester by(Requester.Credential credential, ApiCall call) {
    String agent = call.header("User-Agent");
    return new Requester(credential, call.remote(), agent == null ? "" : agent);
  }

  /** Who asks, as far as the token says: the row of the user is looked at with the request. */
  CompletionStage<Outcome<Requester>> requester(ApiCall call) {
    String header = call.header("Authorization");
    if (header == null || !header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      return refused("Missing authorization token");
    }
    String token = header.substring(BEARER.length()).strip();
    var claims = accounts.tokens().claims(token).orElse(null);
    if (claims instanceof Tokens.OfSession session) {
      return CompletableFuture.completedFuture(
          Outcome.done(by(new Requester.Session(session.user()), call)));
    }
    if (claims == null) {
      return refused("Invalid token");
    }
    return accounts
        .keyDirectory()
        .check(token)
        .thenApply(
            verdict -> {
              if (verdict instanceof KeyVerdict.Valid valid) {
                accounts.keyDirectory().used(valid.grant().id(), call.remote());
                return Outcome.done(by(new Requester.Key(valid.grant()), call));
              }
              return verdict instanceof KeyVerdict.Unavailable
                  ? new Outcome.Refused<>(Outcome.Reason.UNAVAILABLE, "Database unavailable", 1)
                  : Outcome.no(Outcome.Reason.UNAUTHENTICATED, "Invalid token");
            });
  }

  private static CompletionStage<Outcome<Requester>> refused(String message) {
    return CompletableFuture.completedFuture(Outcome.no(Outcome.Reason.UNAUTHENTICATED, message));
  }

  /** The page that the query asks for. */
  static Page.Wanted page(ApiCall call) {
    int page = number(call, "page", 1);
    int limit = number(call, "limit", DEFAULT_LIMIT);
    return new Page.Wanted(Math.min(page, MAX_PAGE), Math.min(limit, MAX_LIMIT));
  }

  private static int number(ApiCall call, String name, int absent) {
    String text = call.query(name);
    if (text == null) {
      return absent;
    }
    if (!NUMBER.matcher(text).matches()) {
      throw Fields.invalid(name, "must be a whole number from 1 up");
    }
    return new BigInteger(text).min(BigInteger.valueOf(Integer.MAX_VALUE)).intValueExact();
  }
}
