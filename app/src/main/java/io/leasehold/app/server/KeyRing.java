package io.leasehold.app.server;

import io.leasehold.config.Settings;
import io.leasehold.config.access.AccessKey;
import io.leasehold.config.access.Scope;
import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.access.ApiKeys.Right;
import java.util.EnumSet;
import java.util.Set;

/** Puts the keys of all settings together: what each opens is decided here and nowhere else. */
final class KeyRing {
  private KeyRing() {}

  static ApiKeys of(Settings settings) {
    var keys = new ApiKeys.Builder();
    settings.lock().adminApiKeys().forEach(key -> keys.add(key.reveal(), ApiKeys.allRights()));
    settings
        .lock()
        .apiKeys()
        .forEach(
            key ->
                keys.add(
                    key.reveal(),
                    EnumSet.of(
                        Right.USE_LOCKS, Right.KV_READ, Right.KV_WRITE, Right.READ_MONITORING)));
    settings
        .access()
        .keys()
        .forEach(key -> keys.addHash(key.sha256().reveal(), key.id(), rights(key), key.prefixes()));
    return keys.build();
  }

  private static Set<Right> rights(AccessKey key) {
    var rights = EnumSet.noneOf(Right.class);
    if (key.opens(Scope.LOCK_ADMIN)) {
      rights.add(Right.ADMINISTER_LOCKS);
      rights.add(Right.USE_LOCKS);
    }
    if (key.opens(Scope.LOCK_USE)) {
      rights.add(Right.USE_LOCKS);
    }
    if (key.opens(Scope.MONITOR_READ)) {
      rights.add(Right.READ_MONITORING);
    }
    if (key.opens(Scope.KV_READ)) {
      rights.add(Right.KV_READ);
    }
    if (key.opens(Scope.KV_WRITE)) {
      rights.add(Right.KV_WRITE);
    }
    if (key.opens(Scope.KV_ADMIN)) {
      rights.add(Right.KV_ADMIN);
    }
    if (key.opens(Scope.ALL)) {
      rights.add(Right.ADMINISTER_TELEMETRY);
    }
    return rights;
  }
}
