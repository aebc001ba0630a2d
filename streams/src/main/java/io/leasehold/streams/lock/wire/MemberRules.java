package io.leasehold.streams.lock.wire;

import io.leasehold.domain.lock.Mode;
import org.jspecify.annotations.Nullable;

/** What the values of members must look like. An absent member is never wrong. */
final class MemberRules {
  private static final int MAX_OWNER_PART_BYTES = 255;

  private final MemberTable members;

  MemberRules(MemberTable members) {
    this.members = members;
  }

  @Nullable WireError text(Member member, int min, int max) {
    if (members.isAbsent(member)
        || (members.isString(member)
            && members.utf8Length(member) >= min
            && members.utf8Length(member) <= max)) {
      return null;
    }
    return WireError.invalidField(
        member.wire(), "must be a string of " + min + " to " + max + " bytes", members.raw(member));
  }

  @Nullable WireError integer(Member member, long min, long max) {
    if (members.isAbsent(member) || members.isIntegerFrom(member, min, max)) {
      return null;
    }
    return WireError.invalidField(
        member.wire(), "must be an integer from " + min + " to " + max, members.raw(member));
  }

  @Nullable WireError bool(Member member) {
    if (members.isAbsent(member) || members.isTrue(member) || members.isFalse(member)) {
      return null;
    }
    return WireError.invalidField(member.wire(), "must be true or false", members.raw(member));
  }

  @Nullable WireError mode() {
    if (members.isAbsent(Member.MODE)
        || members.isText(Member.MODE, Mode.EXCLUSIVE.wire())
        || members.isText(Member.MODE, Mode.SHARED.wire())) {
      return null;
    }
    return WireError.invalidField(
        "mode", "must be \"exclusive\" or \"shared\"", members.raw(Member.MODE));
  }

  /** A member that promises something this server does not keep is refused, not ignored. */
  @Nullable WireError unsupported(Member member) {
    return members.isAbsent(member)
        ? null
        : WireError.invalidField(
            member.wire(), "is not supported by this server", members.raw(member));
  }

  /** The pid or the host of an owner; a pid may be a number. */
  @Nullable WireError ownerPart(Member member) {
    if (member == Member.PID && members.isInteger(member)) {
      return members.raw(member).length() <= MAX_OWNER_PART_BYTES
          ? null
          : WireError.invalidField(
              member.wire(), "must have at most 255 bytes", members.raw(member));
    }
    return text(member, 0, MAX_OWNER_PART_BYTES);
  }
}
