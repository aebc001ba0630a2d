package io.leasehold.config.access;

import io.leasehold.config.value.Checks;
import io.leasehold.config.value.Values;
import java.util.HashSet;
import java.util.List;

/**
 * Who may do what, apart from the lock port's own lists. Immutable.
 *
 * @param required whether the monitoring ports need a key
 */
public record AccessSettings(boolean required, List<AccessKey> keys) {
  public AccessSettings {
    keys = List.copyOf(keys);
    var ids = new HashSet<String>();
    var checks = Checks.of("access");
    for (var key : keys) {
      checks.that(ids.add(key.id()), "keys", key.id(), "is the id of two entries");
    }
    checks.done();
  }

  /** Reads every key now. */
  public static AccessSettings from(Values values) {
    return new AccessSettings(
        values.flag("access.required"),
        values.entries("access.keys", AccessKey.FIELDS, AccessKey::from));
  }
}
