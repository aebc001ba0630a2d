package io.leasehold.http.access.account;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.leasehold.actors.access.account.ApiKey;
import io.leasehold.actors.access.account.AuditRecord;
import io.leasehold.actors.access.account.ExternalGate;
import io.leasehold.actors.access.account.Instance;
import io.leasehold.actors.access.account.Organization;
import io.leasehold.actors.access.account.Organizations;
import io.leasehold.actors.access.account.Page;
import io.leasehold.actors.access.account.User;
import io.leasehold.domain.access.ExternalRedis;
import io.leasehold.http.access.Answer;
import io.leasehold.http.access.Envelope;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What is shown of the rows. No state. */
final class Documents {
  private Documents() {}

  static ObjectNode user(User user) {
    ObjectNode json = Answer.object();
    json.put("id", user.id().toString());
    json.put("email", user.email());
    json.put("username", user.username());
    json.put("first_name", user.firstName());
    json.put("last_name", user.lastName());
    json.put("is_active", user.active());
    json.put("is_verified", user.verified());
    json.put("created_at", Envelope.time(user.createdAt()));
    return json;
  }

  static ObjectNode organization(Organization organization) {
    ObjectNode json = Answer.object();
    json.put("id", organization.id().toString());
    json.put("name", organization.name());
    json.put("slug", organization.slug());
    json.put("description", organization.description());
    json.put("owner_id", organization.ownerId().toString());
    json.put("is_active", true);
    json.put("plan", organization.plan());
    json.put("max_redis_instances", organization.maxInstances());
    json.put("max_api_keys", organization.maxKeys());
    json.put("max_memory_gb", organization.maxMemoryGb());
    json.put("created_at", Envelope.time(organization.createdAt()));
    json.put("updated_at", Envelope.time(organization.updatedAt()));
    return json;
  }

  static ObjectNode quota(Organizations.QuotaOf of) {
    var quota = of.quota();
    ObjectNode json = Answer.object();
    json.putObject("quota")
        .put("organization_id", of.organization().toString())
        .put("max_instances", quota.maxInstances())
        .put("current_instances", quota.instances())
        .put("max_memory_gb", quota.maxMemoryGb())
        .put("current_memory_mb", quota.memoryMb())
        .put("available_memory_mb", quota.availableMb())
        .put("max_api_keys", quota.maxKeys())
        .put("current_api_keys", quota.keys())
        .put("instances_percentage", quota.instancesPercent())
        .put("memory_percentage", quota.memoryPercent());
    quota.warnings().forEach(json.putArray("warnings")::add);
    return json;
  }

  static ObjectNode key(ApiKey key) {
    ObjectNode json = Answer.object();
    json.put("id", key.id().toString());
    json.put("name", key.rules().name());
    json.put("key_prefix", key.prefix());
    json.put("organization_id", key.organization().toString());
    json.put("user_id", key.user().toString());
    texts(json, "scopes", key.rules().scopes());
    texts(json, "commands_allow", key.rules().allow());
    texts(json, "commands_deny", key.rules().deny());
    texts(json, "keyspace_prefixes", key.rules().prefixes());
    texts(json, "instances", key.rules().instances().stream().map(UUID::toString).toList());
    json.put("rate_limit_rps", key.rules().rps());
    json.put("rate_limit_burst", key.rules().burst());
    json.put("last_used_at", time(key.lastUsedAt()));
    json.put("is_active", key.active());
    json.put("expires_at", Envelope.time(key.expiresAt()));
    json.put("created_at", Envelope.time(key.createdAt()));
    return json;
  }

  private static void texts(ObjectNode json, String name, List<String> texts) {
    ArrayNode array = json.putArray(name);
    texts.forEach(array::add);
  }

  private static @Nullable String time(@Nullable Instant time) {
    return time == null ? null : Envelope.time(time);
  }

  /**
   * An instance.
   *
   * @param base what its address begins with
   * @param durable whether what it holds outlives the process, if it is embedded
   * @param state how this node stands with it
   */
  static ObjectNode instance(
      Instance instance, String base, boolean durable, ExternalGate.State state) {
    ExternalRedis where = instance.external();
    ObjectNode json = Answer.object();
    json.put("id", instance.id().toString());
    json.put("name", instance.name());
    json.put("slug", instance.slug());
    json.put("organization_id", instance.organization().toString());
    json.putNull("api_key_id");
    json.put("type", where == null ? "embedded" : "external");
    json.put("redis_url", where == null ? null : where.url());
    json.put("endpoint_url", base + "/redis/" + instance.id());
    json.put("port", where == null ? null : Integer.valueOf(where.port()));
    json.put("database", where == null ? null : Integer.valueOf(where.database()));
    json.put("domain", where == null ? instance.slug() + ".embedded" : where.host());
    json.put("max_memory", instance.maxMemory());
    json.put("current_memory", instance.currentMemory());
    json.put("redis_version", instance.version());
    json.putNull("namespace");
    json.put("status", instance.status());
    json.put("health_status", instance.health());
    json.put("last_health_check_at", time(instance.checkedAt()));
    json.put("last_error", instance.lastError());
    json.put("circuit", state.circuit());
    json.put("cpu_usage_percent", 0);
    json.put("memory_usage_percent", percent(instance.currentMemory(), instance.maxMemory()));
    json.put("connections_count", state.connections());
    json.put("max_connections", instance.maxConnections());
    json.put("persistence_enabled", where == null && durable); // of a Redis elsewhere: not known
    json.put("backup_enabled", false);
    json.putNull("last_backup_at");
    json.put("created_at", Envelope.time(instance.createdAt()));
    json.put("updated_at", Envelope.time(instance.updatedAt()));
    return json;
  }

  /** The document of an instance that holds so many bytes now. */
  static ObjectNode holding(ObjectNode instance, long usedBytes) {
    instance.put("current_memory", usedBytes);
    return instance.put(
        "memory_usage_percent", percent(usedBytes, instance.get("max_memory").longValue()));
  }

  private static double percent(long part, long whole) {
    return whole == 0 ? 0 : Math.round(part * 1000.0 / whole) / 10.0;
  }

  static ObjectNode audit(AuditRecord line) {
    ObjectNode json = Answer.object();
    json.put("id", line.id().toString());
    json.put("user_id", text(line.user()));
    json.put("api_key_id", text(line.apiKey()));
    json.put("organization_id", text(line.organization()));
    json.put("action", line.action());
    json.put("resource_type", line.resourceType());
    json.put("resource_id", text(line.resourceId()));
    json.set("details", Answer.read(line.details()));
    json.put("ip_address", line.address());
    json.put("user_agent", line.userAgent());
    json.put("status", line.status());
    json.put("error_message", line.error());
    json.put("created_at", Envelope.time(line.createdAt()));
    return json;
  }

  private static @Nullable String text(@Nullable UUID id) {
    return id == null ? null : id.toString();
  }

  static <T> ObjectNode page(Page<T> page, Function<T, JsonNode> item) {
    ObjectNode json = Answer.object();
    ArrayNode items = json.putArray("items");
    page.items().forEach(each -> items.add(item.apply(each)));
    json.put("total_count", page.total());
    json.put("page", page.page());
    json.put("limit", page.limit());
    json.put("total_pages", page.pages());
    return json;
  }
}
