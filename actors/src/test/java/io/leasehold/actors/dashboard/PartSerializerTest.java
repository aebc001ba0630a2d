package io.leasehold.actors.dashboard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.leasehold.actors.cluster.PekkoSettings;
import io.leasehold.domain.health.alert.Alert;
import io.leasehold.domain.health.alert.Alerts;
import io.leasehold.domain.health.alert.Severity;
import java.io.NotSerializableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.serialization.SerializationExtension;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** What nodes tell each other for their dashboards arrives as it was, and below a frame. */
class PartSerializerTest {
  private static final ActorTestKit KIT =
      ActorTestKit.create("leasehold", PekkoSettings.of("127.0.0.1", 0, 1));
  private static final int FRAME = 256 * 1_024;

  private final PartSerializer serializer =
      new PartSerializer((ExtendedActorSystem) Adapter.toClassic(KIT.system()));

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  private static NodePart part(List<LockRow> rows, List<Alert> alerts) {
    var times = new Buckets(new TreeMap<>(Map.of(0.1, 3.0, Double.POSITIVE_INFINITY, 4.5)));
    return new NodePart(
        "127.0.0.1:25520",
        1L << 40,
        7,
        new NodeFigures.Rates(
            1.25,
            0,
            1e6,
            3,
            0.5,
            6,
            2,
            times,
            Buckets.EMPTY,
            true,
            false,
            List.of(new NodeFigures.Backend("file", "half-open", 12))),
        rows,
        new Alerts(alerts, List.of()));
  }

  private static final Alert ALERT =
      new Alert(
          "N",
          Severity.CRITICAL,
          "title",
          "why",
          "metrics",
          Map.of("a", "b"),
          1_700_000_000_123L,
          0.5,
          Double.POSITIVE_INFINITY,
          "n:1",
          0);

  private Object roundTrip(Object message) throws NotSerializableException {
    return serializer.fromBinary(serializer.toBinary(message), serializer.manifest(message));
  }

  @Test
  void aPartComesBack() throws NotSerializableException {
    var row =
        new LockRow(
            "k\uD83D\uDD12",
            "shared",
            3,
            2,
            1,
            "o",
            (1L << 53) - 1,
            5,
            List.of(new LockRow.Waiting("w", 1, 40)));
    var part = part(List.of(row), List.of(ALERT));

    assertThat(roundTrip(part)).isEqualTo(part);
  }

  @Test
  void aQuestionComesBackWithWhoAsks() throws NotSerializableException {
    var asker = KIT.createTestProbe(NodePart.class).getRef();

    assertThat(roundTrip(new PartMessage.Ask(asker))).isEqualTo(new PartMessage.Ask(asker));
  }

  @Test
  void theseBytesAreUsed() throws NotSerializableException {
    var serialization = SerializationExtension.get(Adapter.toClassic(KIT.system()));

    assertThat(serialization.serializerFor(NodePart.class)).isInstanceOf(PartSerializer.class);
    assertThat(serialization.serializerFor(PartMessage.Ask.class))
        .isInstanceOf(PartSerializer.class);
  }

  @Test
  void manyAlertsAreCut() {
    var alerts = new ArrayList<Alert>();
    for (int i = 0; i < 500; i++) {
      alerts.add(ALERT);
    }

    assertThat(serializer.toBinary(part(List.of(), alerts)).length).isLessThan(FRAME / 4);
  }

  @Test
  void aNewerFormIsRefused() {
    assertThatThrownBy(() -> serializer.fromBinary(new byte[0], "p9"))
        .isInstanceOf(NotSerializableException.class)
        .hasMessageContaining("p9");
  }
}
