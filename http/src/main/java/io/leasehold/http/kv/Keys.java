package io.leasehold.http.kv;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvKeys;
import io.leasehold.http.access.Answer.Problem;
import io.leasehold.http.access.ApiCall;
import io.leasehold.http.access.Refused;

/** Keys as requests name them. */
final class Keys {
  private Keys() {}

  /** The key of the path. */
  static Bytes ofPath(ApiCall call) {
    return checked(call, call.parameter());
  }

  /** A key that is one, and that the caller may touch. */
  static Bytes checked(ApiCall call, String key) {
    var fault = KvKeys.faultOf(key);
    if (fault != null) {
      switch (fault) {
        case MISSING -> throw new Refused(Problem.MISSING_KEY, "key cannot be empty");
        case TOO_LONG ->
            throw new Refused(
                Problem.KEY_TOO_LONG,
                "key has " + Bytes.utf8(key).size() + " bytes, at most " + KvKeys.MAX_BYTES);
        case INVALID ->
            throw new Refused(
                Problem.INVALID_KEY,
                "a key is UTF-8 without control characters, and neither . nor ..");
      }
    }
    return mayTouch(call, Bytes.utf8(key));
  }

  /** A prefix, all keys of which the caller may touch. */
  static Bytes prefix(ApiCall call, String prefix) {
    return mayTouch(call, Bytes.utf8(prefix));
  }

  private static Bytes mayTouch(ApiCall call, Bytes keyOrPrefix) {
    if (!call.mayTouch(keyOrPrefix)) {
      throw new Refused(
          Problem.FORBIDDEN, "the API key is for other prefixes than that of " + keyOrPrefix);
    }
    return keyOrPrefix;
  }
}
