package io.leasehold.http.access.account;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.leasehold.actors.access.account.Outcome;
import io.leasehold.actors.access.account.Requester;
import io.leasehold.actors.access.account.Users;
import io.leasehold.domain.access.account.AccountRules;
import io.leasehold.http.access.Answer;
import io.leasehold.http.access.ApiCall;
import io.leasehold.http.access.ApiRoute;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/** Registration, login, and who one is. Safe for any thread. */
final class SessionRoutes {
  private static final int MAX_NAME = 100;

  private final Users users;

  SessionRoutes(Users users) {
    this.users = users;
  }

  List<ApiRoute> routes(Control control) {
    return List.of(
        control.open("POST", "/auth/register", this::register),
        control.open("POST", "/auth/login", this::login),
        control.route("GET", "/auth/me", (call, who) -> me(who)));
  }

  private CompletionStage<Outcome<Control.Said>> register(ApiCall call, Requester who) {
    Fields fields = Fields.of(call);
    var wanted =
        new Users.NewUser(
            AccountRules.normalEmail(fields.ruled("email", AccountRules::email)),
            fields.ruled("username", AccountRules::username),
            fields.ruled("password", AccountRules::password),
            fields.textIfAny("first_name", 0, MAX_NAME),
            fields.textIfAny("last_name", 0, MAX_NAME));
    return users
        .register(who, wanted)
        .thenApply(outcome -> outcome.map(user -> new Control.Said(Documents.user(user))));
  }

  private CompletionStage<Outcome<Control.Said>> login(ApiCall call, Requester who) {
    Fields fields = Fields.of(call);
    var login =
        new Users.Login(
            AccountRules.normalEmail(fields.ruled("email", AccountRules::email)),
            fields.raw("password"),
            fields.flag("issue_api_key", false),
            fields.rawIfAny("organization_id"));
    return users.login(who, login).thenApply(outcome -> outcome.map(SessionRoutes::loggedIn));
  }

  private static Control.Said loggedIn(Users.LoggedIn given) {
    ObjectNode json = Answer.object();
    json.put("token", given.token());
    json.set("user", Documents.user(given.user()));
    json.put("api_key", given.apiKey());
    UUID organization = given.organization();
    json.put("organization_id", organization == null ? null : organization.toString());
    return new Control.Said(json);
  }

  private CompletionStage<Outcome<Control.Said>> me(Requester who) {
    return users
        .me(who)
        .thenApply(outcome -> outcome.map(user -> new Control.Said(Documents.user(user))));
  }
}
