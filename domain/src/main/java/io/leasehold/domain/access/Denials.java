package io.leasehold.domain.access;

/**
 * Is told of calls that were refused for want of a key or of a right, for the audit log. Safe for
 * any thread; never blocks, cheap.
 */
public interface Denials {
  /** Nobody wants to know. */
  Denials NONE =
      new Denials() {
        @Override
        public void unauthenticated(String address, String userAgent, String message) {}

        @Override
        public void forbidden(KeyGrant key, String userAgent, String message) {}
      };

  /** A call without a key that is good for anything. */
  void unauthenticated(String address, String userAgent, String message);

  /** A call whose key does not open what was asked for. */
  void forbidden(KeyGrant key, String userAgent, String message);
}
