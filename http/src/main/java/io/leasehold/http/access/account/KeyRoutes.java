package io.leasehold.http.access.account;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.leasehold.actors.access.account.ApiKey;
import io.leasehold.actors.access.account.Keys;
import io.leasehold.actors.access.account.Outcome;
import io.leasehold.actors.access.account.Requester;
import io.leasehold.domain.access.Scope;
import io.leasehold.domain.access.account.AccountRules;
import io.leasehold.http.access.Answer;
import io.leasehold.http.access.ApiCall;
import io.leasehold.http.access.ApiRoute;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/** API keys of an organization. Safe for any thread. */
final class KeyRoutes {
  private static final String ALL = OrganizationRoutes.ONE + "/api-keys";
  private static final String ONE = ALL + "/{api_key}";
  private static final int MAX_NAME = 100;
  private static final int MAX_SCOPES = 16;
  private static final int MAX_COMMANDS = 512;
  private static final int MAX_COMMAND_CHARS = 129;
  private static final int MAX_PREFIXES = 64;
  private static final int MAX_PREFIX_CHARS = 1_024;
  private static final int MAX_INSTANCES = 1_000;
  private static final int MAX_RATE = 1_000_000;

  private final Keys keys;

  KeyRoutes(Keys keys) {
    this.keys = keys;
  }

  List<ApiRoute> routes(Control control) {
    return List.of(
        control.route("POST", ALL, this::create),
        control.route("GET", ALL, this::list),
        control.route("GET", ONE, this::get),
        control.route("PUT", ONE, this::update),
        control.route("DELETE", ONE, this::revoke));
  }

  private static List<String> scopes(Fields fields) {
    if (!fields.has("scopes")) {
      throw new Rejected(Rejected.WRONG_TYPE, "scopes: is required");
    }
    var words = new LinkedHashSet<String>();
    for (String text : fields.texts("scopes", MAX_SCOPES, MAX_NAME)) {
      words.add(
          Scope.of(text)
              .orElseThrow(
                  () -> Fields.invalid("scopes", "each must be read, write, script, admin or *"))
              .word());
    }
    if (words.isEmpty()) {
      throw Fields.invalid("scopes", "must name at least one");
    }
    return List.copyOf(words);
  }

  private static List<String> commands(Fields fields, String name) {
    var commands = new LinkedHashSet<String>();
    for (String text : fields.texts(name, MAX_COMMANDS, MAX_COMMAND_CHARS)) {
      String command = text.toLowerCase(Locale.ROOT);
      if (!AccountRules.isCommand(command)) {
        throw Fields.invalid(name, "each must be a command, or command|subcommand");
      }
      commands.add(command);
    }
    return List.copyOf(commands);
  }

  private static List<UUID> instances(Fields fields) {
    var ids = new LinkedHashSet<UUID>();
    for (String text : fields.texts("instances", MAX_INSTANCES, 36)) {
      try {
        ids.add(UUID.fromString(text));
      } catch (IllegalArgumentException e) {
        throw Fields.invalid("instances", "each must be an id");
      }
    }
    return List.copyOf(ids);
  }

  private static List<String> prefixes(Fields fields) {
    return fields.texts("keyspace_prefixes", MAX_PREFIXES, MAX_PREFIX_CHARS);
  }

  private CompletionStage<Outcome<Control.Said>> create(ApiCall call, Requester who) {
    Fields fields = Fields.of(call);
    sameOrganization(fields, call);
    var rules =
        new ApiKey.Rules(
            fields.text("name", 1, MAX_NAME),
            scopes(fields),
            commands(fields, "commands_allow"),
            commands(fields, "commands_deny"),
            prefixes(fields),
            instances(fields),
            fields.integerIfAny("rate_limit_rps", 1, MAX_RATE),
            fields.integerIfAny("rate_limit_burst", 1, MAX_RATE));
    return keys.create(who, call.parameter(0), rules, fields.timeIfAny("expires_at"))
        .thenApply(outcome -> outcome.map(KeyRoutes::made));
  }

  static void sameOrganization(Fields fields, ApiCall call) {
    String named = fields.rawIfAny("organization_id");
    if (named != null && !named.equals(call.parameter(0))) {
      throw Fields.invalid("organization_id", "must be that of the path");
    }
  }

  private static Control.Said made(Keys.Made made) {
    ObjectNode json = Answer.object();
    json.set("api_key", Documents.key(made.key()));
    json.put("key", made.token());
    return new Control.Said(json);
  }

  private static Control.Said said(ApiKey key) {
    return new Control.Said(Documents.key(key));
  }

  private CompletionStage<Outcome<Control.Said>> list(ApiCall call, Requester who) {
    return keys.list(who, call.parameter(0), Control.page(call))
        .thenApply(
            done -> done.map(page -> new Control.Said(Documents.page(page, Documents::key))));
  }

  private CompletionStage<Outcome<Control.Said>> get(ApiCall call, Requester who) {
    return keys.get(who, call.parameter(0), call.parameter(1))
        .thenApply(done -> done.map(KeyRoutes::said));
  }

  /** What is not named stays as it is. */
  private CompletionStage<Outcome<Control.Said>> update(ApiCall call, Requester who) {
    Fields fields = Fields.of(call);
    sameOrganization(fields, call);
    String name = fields.textIfAny("name", 1, MAX_NAME);
    List<String> scopes = fields.has("scopes") ? scopes(fields) : List.of();
    List<String> allow = commands(fields, "commands_allow");
    List<String> deny = commands(fields, "commands_deny");
    List<String> prefixes = prefixes(fields);
    List<UUID> instances = instances(fields);
    Integer rps = fields.integerIfAny("rate_limit_rps", 1, MAX_RATE);
    Integer burst = fields.integerIfAny("rate_limit_burst", 1, MAX_RATE);
    Keys.Change change =
        before ->
            new ApiKey.Rules(
                name == null ? before.name() : name,
                scopes.isEmpty() ? before.scopes() : scopes,
                fields.has("commands_allow") ? allow : before.allow(),
                fields.has("commands_deny") ? deny : before.deny(),
                fields.has("keyspace_prefixes") ? prefixes : before.prefixes(),
                fields.has("instances") ? instances : before.instances(),
                fields.has("rate_limit_rps") ? rps : before.rps(),
                fields.has("rate_limit_burst") ? burst : before.burst());
    return keys.update(
            who, call.parameter(0), call.parameter(1), change, fields.timeIfAny("expires_at"))
        .thenApply(done -> done.map(KeyRoutes::said));
  }

  private CompletionStage<Outcome<Control.Said>> revoke(ApiCall call, Requester who) {
    return keys.revoke(who, call.parameter(0), call.parameter(1))
        .thenApply(
            done ->
                done.map(id -> new Control.Said(Answer.object(), "API key revoked successfully")));
  }
}
