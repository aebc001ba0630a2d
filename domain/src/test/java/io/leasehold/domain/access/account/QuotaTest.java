package io.leasehold.domain.access.account;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class QuotaTest {
  private static final long GIB = 1L << 30;

  @Test
  void theLastByteFitsAndNoneMore() {
    var quota = new Quota(2, 1, 1, GIB - 10, 2, 2);
    assertThat(quota.hasRoomFor(10)).isTrue();
    assertThat(quota.hasRoomFor(11)).isFalse();
    assertThat(quota.hasRoomForInstance()).isTrue();
    assertThat(quota.hasRoomForKey()).isFalse();
    assertThat(quota.memoryMb()).isEqualTo(1024); // rounded up
    assertThat(quota.availableMb()).isZero();
  }

  @Test
  void aWarningBeginsAtNinetyPercent() {
    assertThat(new Quota(100, 89, 10, 0, 100, 0).warnings()).isEmpty();
    assertThat(new Quota(100, 90, 10, 9 * GIB, 100, 100).warnings())
        .containsExactly(
            "instances: 90 of 100 are in use",
            "memory in MB: 9216 of 10240 are in use",
            "API keys: 100 of 100 are in use");
  }

  @Test
  void whatIsBelowWhatIsInUseHasNothingLeft() {
    var quota = new Quota(1, 2, 1, 2 * GIB, 1, 2);
    assertThat(quota.availableMb()).isZero();
    assertThat(quota.hasRoomForInstance()).isFalse();
    assertThat(quota.memoryPercent()).isEqualTo(200.0);
  }

  @Test
  void aRoleIncludesThoseBelowIt() {
    assertThat(Role.OWNER.includes(Role.VIEWER)).isTrue();
    assertThat(Role.MEMBER.includes(Role.MEMBER)).isTrue();
    assertThat(Role.MEMBER.includes(Role.ADMIN)).isFalse();
    assertThat(Role.VIEWER.word()).isEqualTo("viewer");
  }
}
