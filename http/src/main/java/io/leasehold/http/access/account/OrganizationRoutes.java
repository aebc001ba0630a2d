package io.leasehold.http.access.account;

import io.leasehold.actors.access.account.Organization;
import io.leasehold.actors.access.account.Organizations;
import io.leasehold.actors.access.account.Outcome;
import io.leasehold.actors.access.account.Requester;
import io.leasehold.domain.access.account.AccountRules;
import io.leasehold.http.access.Answer;
import io.leasehold.http.access.ApiCall;
import io.leasehold.http.access.ApiRoute;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Organizations, their quotas and their audit logs. Safe for any thread. */
final class OrganizationRoutes {
  static final String ALL = "/api/organizations";
  static final String ONE = ALL + "/{org}";
  private static final String QUOTA = ONE + "/quota";
  private static final String AUDIT_LOGS = ONE + "/audit-logs";
  private static final int MAX_NAME = 100;
  private static final int MAX_DESCRIPTION = 500;

  private final Organizations organizations;

  OrganizationRoutes(Organizations organizations) {
    this.organizations = organizations;
  }

  List<ApiRoute> routes(Control control) {
    return List.of(
        control.route("POST", ALL, this::create),
        control.route("GET", ALL, this::list),
        control.route("GET", ONE, this::get),
        control.route("PUT", ONE, this::update),
        control.route("DELETE", ONE, this::delete),
        control.route("GET", QUOTA, this::quota),
        control.route("PUT", QUOTA, this::updateQuota),
        control.route("GET", AUDIT_LOGS, this::auditLogs));
  }

  private static Organization.Content content(ApiCall call) {
    Fields fields = Fields.of(call);
    return new Organization.Content(
        fields.text("name", 1, MAX_NAME),
        fields.ruled("slug", AccountRules::slug),
        fields.textIfAny("description", 0, MAX_DESCRIPTION));
  }

  private static CompletionStage<Outcome<Control.Said>> said(
      CompletionStage<Outcome<Organization>> outcome) {
    return outcome.thenApply(
        done -> done.map(each -> new Control.Said(Documents.organization(each))));
  }

  private CompletionStage<Outcome<Control.Said>> create(ApiCall call, Requester who) {
    return said(organizations.create(who, content(call)));
  }

  private CompletionStage<Outcome<Control.Said>> list(ApiCall call, Requester who) {
    return organizations
        .list(who, Control.page(call))
        .thenApply(
            done ->
                done.map(page -> new Control.Said(Documents.page(page, Documents::organization))));
  }

  private CompletionStage<Outcome<Control.Said>> get(ApiCall call, Requester who) {
    return said(organizations.get(who, call.parameter(0)));
  }

  private CompletionStage<Outcome<Control.Said>> update(ApiCall call, Requester who) {
    return said(organizations.update(who, call.parameter(0), content(call)));
  }

  private CompletionStage<Outcome<Control.Said>> delete(ApiCall call, Requester who) {
    return organizations
        .delete(who, call.parameter(0))
        .thenApply(
            done ->
                done.map(
                    id -> new Control.Said(Answer.object(), "Organization deleted successfully")));
  }

  private CompletionStage<Outcome<Control.Said>> quota(ApiCall call, Requester who) {
    return organizations
        .quota(who, call.parameter(0))
        .thenApply(done -> done.map(quota -> new Control.Said(Documents.quota(quota))));
  }

  private CompletionStage<Outcome<Control.Said>> updateQuota(ApiCall call, Requester who) {
    Fields fields = Fields.of(call);
    var wanted =
        new Organizations.NewQuota(
            fields.integerIfAny("max_instances", 1, 1_000),
            fields.integerIfAny("max_memory_gb", 1, 10_000),
            fields.integerIfAny("max_api_keys", 1, 1_000));
    return organizations
        .updateQuota(who, call.parameter(0), wanted)
        .thenApply(done -> done.map(quota -> new Control.Said(Documents.quota(quota))));
  }

  private CompletionStage<Outcome<Control.Said>> auditLogs(ApiCall call, Requester who) {
    return organizations
        .auditLog(who, call.parameter(0), call.query("action"), Control.page(call))
        .thenApply(
            done -> done.map(page -> new Control.Said(Documents.page(page, Documents::audit))));
  }
}
