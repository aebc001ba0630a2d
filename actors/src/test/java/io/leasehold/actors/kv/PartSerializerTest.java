package io.leasehold.actors.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvChange;
import io.leasehold.domain.kv.KvEntry;
import java.io.NotSerializableException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Every message between nodes and the parts of shards arrives as it was. */
class PartSerializerTest {
  private static final ActorTestKit KIT = ActorTestKit.create();
  private static final KvEntry ENTRY =
      new KvEntry(
          Bytes.utf8("k"), Bytes.of(new byte[] {0, -1}), Map.of("owner", "ops"), 7, 1, 2, 3);

  private final PartSerializer serializer =
      new PartSerializer((ExtendedActorSystem) Adapter.toClassic(KIT.system()));

  @AfterAll
  static void stop() {
    KIT.shutdownTestKit();
  }

  private static final Bytes KEY = Bytes.of(new byte[] {0, -1, 13, 10});

  private static List<Object> messages() {
    ActorRef<KvHistoryRead.Part> parts = KIT.createTestProbe(KvHistoryRead.Part.class).getRef();
    ActorRef<KvTransfer.Page> pages = KIT.createTestProbe(KvTransfer.Page.class).getRef();
    ActorRef<KvTransfer.Taken> taken = KIT.createTestProbe(KvTransfer.Taken.class).getRef();
    ActorRef<PartAnswer> answers = KIT.createTestProbe(PartAnswer.class).getRef();
    ActorRef<KvMessage> shard = KIT.createTestProbe(KvMessage.class).getRef();
    return List.of(
        new KvHistoryRead.Ask(63, 5, KvHistoryRead.NOW, true, Long.MAX_VALUE, parts),
        new KvHistoryRead.Part(
            63,
            5,
            Long.MIN_VALUE,
            9,
            6,
            8,
            true,
            List.of(
                new KvChange.Written(ENTRY, true), new KvChange.Removed(Bytes.utf8("k"), 8, true))),
        new KvTransfer.Draw(0, -4, Bytes.utf8("a/"), 1_000, pages),
        new KvTransfer.Page(List.of(ENTRY), true, null),
        KvTransfer.Page.failed("shard 0: it moves"),
        new KvTransfer.Import(1, List.of(ENTRY), true, taken),
        new KvTransfer.Clear(2, 99, taken),
        new KvTransfer.Taken(1, 2, 3, true, "full"),
        new EventTraffic.Listen(
            5,
            "one",
            Long.MAX_VALUE,
            List.of(new EventTraffic.Wanted(Bytes.utf8("a"), 3)),
            List.of(new EventTraffic.Wanted(Bytes.EMPTY, 1), new EventTraffic.Wanted(KEY, 2)),
            1,
            answers),
        new EventTraffic.Listening("one", 7, shard),
        new EventTraffic.Told(
            "one",
            List.of(
                new EventTraffic.Said(KEY, Bytes.EMPTY),
                new EventTraffic.Ran(
                    1_721_284_005_242_090L, "[::1]:1", List.of(KEY, Bytes.EMPTY)))),
        new EventTraffic.Lost("one"),
        new EventTraffic.Look(0, "one", List.of(KEY, Bytes.EMPTY), answers),
        new EventTraffic.Seen(List.of(Long.MIN_VALUE, 0L, Long.MAX_VALUE)));
  }

  @Test
  void everyMessageComesBack() throws Exception {
    for (Object message : messages()) {
      byte[] bytes = serializer.toBinary(message);
      assertThat(serializer.fromBinary(bytes, serializer.manifest(message))).isEqualTo(message);
    }
  }

  @Test
  void noneIsForgotten() {
    Set<Class<?>> tried = messages().stream().map(Object::getClass).collect(Collectors.toSet());
    var all = new ArrayList<Class<?>>();
    all.addAll(List.of(PartRequest.class.getPermittedSubclasses()));
    all.addAll(List.of(PartAnswer.class.getPermittedSubclasses()));

    assertThat(tried).containsExactlyInAnyOrderElementsOf(all);
  }

  @Test
  void messageOfANewerVersionIsNotGuessed() {
    assertThatThrownBy(() -> serializer.fromBinary(new byte[0], "x9"))
        .isInstanceOf(NotSerializableException.class)
        .hasMessageContaining("x9");
  }
}
