package io.leasehold.domain.kv.redis;

import io.leasehold.domain.kv.Bytes;
import java.util.List;

/** Which keys an effect touches. No state; safe for any thread. */
public final class TouchedKeys {
  private TouchedKeys() {}

  /** Adds them; returns false, and adds none, if all keys of the instance are touched. */
  public static boolean addTo(List<Bytes> keys, Effect effect) {
    if (effect instanceof Effect.Flushed) {
      return false;
    }
    if (effect instanceof Effect.StringSet set) {
      keys.add(set.key());
    } else if (effect instanceof Effect.StringPatched patched) {
      keys.add(patched.key());
    } else if (effect instanceof Effect.DeadlineSet set) {
      keys.add(set.key());
    } else if (effect instanceof Effect.Removed removed) {
      keys.add(removed.key());
    } else if (effect instanceof Effect.Renamed renamed) {
      keys.add(renamed.from());
      keys.add(renamed.to());
    } else if (effect instanceof Effect.Copied copied) {
      keys.add(copied.to());
    } else {
      addOfCollection(keys, effect);
    }
    return true;
  }

  private static void addOfCollection(List<Bytes> keys, Effect effect) {
    if (effect instanceof Effect.FieldsSet set) {
      keys.add(set.key());
    } else if (effect instanceof Effect.FieldsRemoved removed) {
      keys.add(removed.key());
    } else if (effect instanceof Effect.Pushed pushed) {
      keys.add(pushed.key());
    } else if (effect instanceof Effect.Popped popped) {
      keys.add(popped.key());
    } else if (effect instanceof Effect.ElementSet set) {
      keys.add(set.key());
    } else if (effect instanceof Effect.ElementInserted inserted) {
      keys.add(inserted.key());
    } else if (effect instanceof Effect.ElementsRemoved removed) {
      keys.add(removed.key());
    } else if (effect instanceof Effect.MembersAdded added) {
      keys.add(added.key());
    } else if (effect instanceof Effect.MembersRemoved removed) {
      keys.add(removed.key());
    } else if (effect instanceof Effect.SetStored stored) {
      keys.add(stored.key());
    } else {
      throw new IllegalArgumentException("no keys known of " + effect.getClass().getName());
    }
  }
}
