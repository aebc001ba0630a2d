package io.leasehold.domain.lock;

/** What an owner's name means. */
public final class Owners {
  /** The owner of a request that names nobody: an empty pid and an empty host. */
  public static final String ANONYMOUS = "@";

  private Owners() {}

  /** Anonymous owners hold leases, but two of them are never the same one. */
  public static boolean isAnonymous(String owner) {
    return owner.equals(ANONYMOUS);
  }
}
