package io.leasehold.actors.access.account;

/** What is asked for; its word stands in the audit log. */
enum Action {
  USER_REGISTER("user.register", true),
  USER_LOGIN("user.login", true),
  USER_GET("user.get", false),
  ORGANIZATION_CREATE("organization.create", true),
  ORGANIZATION_LIST("organization.list", false),
  ORGANIZATION_GET("organization.get", false),
  ORGANIZATION_UPDATE("organization.update", true),
  ORGANIZATION_DELETE("organization.delete", true),
  QUOTA_GET("quota.get", false),
  QUOTA_UPDATE("quota.update", true),
  API_KEY_CREATE("api_key.create", true),
  API_KEY_LIST("api_key.list", false),
  API_KEY_GET("api_key.get", false),
  API_KEY_UPDATE("api_key.update", true),
  API_KEY_REVOKE("api_key.revoke", true),
  /** Whether it may be made is asked before it is connected to, which must leave no line. */
  INSTANCE_MAY_CREATE("redis_instance.create", false),
  INSTANCE_CREATE("redis_instance.create", true),
  INSTANCE_LIST("redis_instance.list", false),
  INSTANCE_GET("redis_instance.get", false),
  INSTANCE_MAY_UPDATE("redis_instance.update", false),
  INSTANCE_UPDATE("redis_instance.update", true),
  INSTANCE_DELETE("redis_instance.delete", true),
  INSTANCE_CHECK("redis_instance.check", false),
  INSTANCE_RECONNECT("redis_instance.reconnect", true),
  AUDIT_LIST("audit_log.list", false),
  STATS("stats.get", false);

  final String word;

  /** Whether it stands in the audit log when it was done; a 403 always does. */
  final boolean changes;

  Action(String word, boolean changes) {
    this.word = word;
    this.changes = changes;
  }

  String resource() {
    return word.substring(0, word.indexOf('.'));
  }
}
