package io.leasehold.domain.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class DropReasonTest {
  @Test
  void whatABackendOfBeforeLeavesBehindIsNoLossOfTheSettingsInForce() {
    assertThat(DropReason.BACKEND_REMOVED.isUpToSettings()).isFalse();
    assertThat(DropReason.FILTERED.isUpToSettings()).isTrue();
  }
}
