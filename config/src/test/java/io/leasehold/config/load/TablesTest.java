package io.leasehold.config.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class TablesTest {
  @Test
  void theReadmeTableHasARowPerKey() {
    var lines = ConfigTable.markdown().lines().toList();

    assertThat(lines.subList(0, 2)).containsExactly("| key | default | meaning |", "|---|---|---|");
    assertThat(lines).hasSize(2 + Reference.load().keys().size());
    assertThat(lines)
        .contains(
            "| `lock.max-waiters` | `10000` | Waiters of one key at most; 0 is unlimited. |",
            "| `lock.retry.backoff-multiplier` | `2.0` |"
                + " Factor from one delay to the next, 1..100. |",
            "| `database.url` | `\"\"` |"
                + " JDBC URL, jdbc:postgresql: or jdbc:h2:; empty is an H2 file in data-dir. |",
            "| `access.required` | `lock.auth-required` | true: the monitoring ports need a key"
                + " with monitor:read. As lock.auth-required unless set. |");
  }

  @Test
  void theEffectiveTableHasAlignedColumns() {
    var text =
        EffectiveTable.render(
            List.of(
                new Origin("lock.port", "8765", "default"),
                new Origin("lock.max-waiters", "5", "leasehold.conf: 12"),
                new Origin("x", "v".repeat(41), "--set")));

    assertThat(text)
        .isEqualTo(
            "lock.port         8765  default\n"
                + "lock.max-waiters  5     leasehold.conf: 12\n"
                + "x                 "
                + "v".repeat(41)
                + "  --set\n");
  }

  @Test
  void theEffectiveTableListsEveryKey() {
    var loaded = SettingsLoader.load(Sources.ofSets());

    assertThat(loaded.effective())
        .extracting(Origin::path)
        .containsExactlyElementsOf(Reference.load().paths());
  }
}
