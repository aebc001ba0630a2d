package io.leasehold.domain.access.account;

import java.util.Locale;

/** What a member is in an organization; each may do what those below it may. */
public enum Role {
  VIEWER,
  MEMBER,
  ADMIN,
  OWNER;

  /** As it stands in the database and in answers. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether it may do what {@code needed} may. */
  public boolean includes(Role needed) {
    return compareTo(needed) >= 0;
  }
}
