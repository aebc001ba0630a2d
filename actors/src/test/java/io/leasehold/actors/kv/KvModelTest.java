package io.leasehold.actors.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvChange;
import io.leasehold.domain.kv.KvEntry;
import io.leasehold.domain.kv.KvImage;
import io.leasehold.domain.kv.redis.Effect;
import io.leasehold.domain.kv.redis.KeyImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What stands in a journal is read again as it was, also by later versions. */
class KvModelTest {
  private static final KvImage.HistoryBounds HISTORY = new KvImage.HistoryBounds(100, 1 << 20);

  private static final KvEntry ENTRY =
      new KvEntry(
          Bytes.utf8("k"),
          Bytes.utf8("v"),
          Map.of("b", "2", "a", "1"),
          3,
          1_700_000_000_000L,
          1_700_000_000_001L,
          1_700_000_005_000L);

  private static final KvEntry PLAIN =
      new KvEntry(Bytes.utf8("p"), Bytes.EMPTY, Map.of(), 4, 1, 2, 0);

  private static final Bytes LIST = Bytes.utf8("list");

  private static final KvChange INSTANCE_CHANGED =
      new KvChange.InstanceChanged(
          "i", List.of(new Effect.StringSet(Bytes.utf8("k"), Bytes.utf8("v"), 0)));

  /** One of each kind. */
  private static final List<KvChange> CHANGES =
      List.of(
          new KvChange.Written(ENTRY, true),
          new KvChange.Written(PLAIN, false),
          new KvChange.Removed(Bytes.utf8("k"), 5, true),
          new KvChange.Touched(Bytes.utf8("p"), 0),
          new KvChange.Marked("job", 7),
          new KvChange.MarkEvicted("old", 2, 6),
          new KvChange.MarkForgotten("job"),
          new KvChange.TakenOver("n"),
          new KvChange.EpochBegun(-1),
          INSTANCE_CHANGED);

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  /** Stored by every node that ever ran: must never change. */
  @Example
  void bytesOfAGroupStayAsTheyAre() {
    assertThat(hex(new KvModel(HISTORY).encode(1, CHANGES)))
        .isEqualTo(
            "01"
                + "010103016b01760380d095ffbc3181d095ffbc3188f795ffbc31020161013101620132"
                + "010000017000040102"
                + "0201016b05"
                + "03017000"
                + "04036a6f6207"
                + "05036f6c640206"
                + "06036a6f62"
                + "07016e"
                + "08ffffffffffffffffff01"
                + "0901690101016b017600");
  }

  /** The same of a snapshot. */
  @Example
  void bytesOfAnImageStayAsTheyAre() {
    var model = new KvModel(HISTORY);
    numbered(List.of(CHANGES.get(0))).forEach(model::apply);
    for (int i : new int[] {4, 5, 7, 8}) {
      model.apply(CHANGES.get(i));
    }

    assertThat(hex(model.image()))
        .isEqualTo(
            "01016e01ffffffffffffffffff01"
                + "01"
                + "03016b01760180d095ffbc3181d095ffbc3188f795ffbc31020161013101620132"
                + "01036a6f6207"
                + "010206");
  }

  @Example
  void keyspacesStandBehindTheRest() {
    var model = new KvModel(HISTORY);
    model.apply(INSTANCE_CHANGED);

    assertThat(hex(model.image()))
        .isEqualTo("01" + "00" + "0000000000" + "01016901016b0006535452494e47010176");
  }

  @Example
  void everyKindOfChangeIsWrittenAndRead() {
    var model = new KvModel(HISTORY);

    assertThat(model.decode(1, model.encode(1, CHANGES))).isEqualTo(CHANGES);
    assertThat(CHANGES.stream().map(Object::getClass).collect(Collectors.toSet()))
        .containsAll(Arrays.asList(KvChange.class.getPermittedSubclasses()));
  }

  @Property(tries = 200)
  void whateverIsCommittedIsReadAsItWas(@ForAll("changes") List<KvChange> changes) {
    var model = new KvModel(HISTORY);

    assertThat(model.decode(9, model.encode(9, changes))).isEqualTo(changes);
  }

  @Property(tries = 100)
  void anImageIsReadAsItWasAndACopyIsAnother(@ForAll("changes") List<KvChange> changes) {
    var model = new KvModel(HISTORY);
    numbered(changes).forEach(model::apply);

    var read = new KvModel(HISTORY);
    read.load(model.image());

    assertSame(read, model);
    KvModel copy = model.copy();
    assertSame(copy, model);
    assertThat(copy.kv().history().behind(copy.kv().history().trimmedTo(), 1_000))
        .isEqualTo(model.kv().history().behind(model.kv().history().trimmedTo(), 1_000));
    byte[] before = model.image();
    copy.apply(new KvChange.Marked("of the copy", 1));
    copy.apply(new KvChange.TakenOver("of the copy"));
    copy.apply(
        new KvChange.InstanceChanged(
            "job", List.of(new Effect.Pushed(LIST, false, List.of(LIST)))));
    assertThat(model.image()).isEqualTo(before);
  }

  private static void assertSame(KvModel one, KvModel other) {
    assertThat(one.owner()).isEqualTo(other.owner());
    assertThat(one.size()).isEqualTo(other.size());
    assertThat(one.kv().entries()).isEqualTo(other.kv().entries());
    assertThat(one.kv().revision()).isEqualTo(other.kv().revision());
    assertThat(one.kv().epoch()).isEqualTo(other.kv().epoch());
    assertThat(one.kv().accountedBytes()).isEqualTo(other.kv().accountedBytes());
    assertThat(one.kv().expiring()).isEqualTo(other.kv().expiring());
    assertThat(new ArrayList<>(one.kv().marks().tokens().entrySet()))
        .isEqualTo(new ArrayList<>(other.kv().marks().tokens().entrySet()));
    assertThat(one.kv().marks().floors()).isEqualTo(other.kv().marks().floors());
    assertThat(keys(one)).isEqualTo(keys(other));
    assertThat(one.kv().keyspaces().nextDeadlineMillis())
        .isEqualTo(other.kv().keyspaces().nextDeadlineMillis());
  }

  private static List<KeyImage> keys(KvModel model) {
    var keys = new ArrayList<KeyImage>();
    model.kv().keyspaces().all().values().forEach(keyspace -> keyspace.forEach(keys::add));
    return keys;
  }

  /** With revisions that rise by one, as in a journal. */
  private static List<KvChange> numbered(List<KvChange> changes) {
    var numbered = new ArrayList<KvChange>();
    long revision = 0;
    for (KvChange change : changes) {
      if (change instanceof KvChange.Written written) {
        KvEntry entry = written.entry();
        numbered.add(
            new KvChange.Written(
                new KvEntry(
                    entry.key(),
                    entry.value(),
                    entry.metadata(),
                    ++revision,
                    entry.createdAtMillis(),
                    entry.updatedAtMillis(),
                    entry.expiresAtMillis()),
                written.created()));
      } else if (change instanceof KvChange.Removed removed) {
        numbered.add(new KvChange.Removed(removed.key(), ++revision, removed.expired()));
      } else {
        numbered.add(change);
      }
    }
    return numbered;
  }

  @Example
  void whatALaterVersionWroteIsRefusedByName() {
    var model = new KvModel(HISTORY);

    assertThatThrownBy(() -> model.decode(1, new byte[] {2}))
        .hasMessage("format 2: this version reads 1");
    assertThatThrownBy(() -> model.decode(1, new byte[] {1, 10}))
        .hasMessage("change of kind 10: this version reads 1 to 9");
  }

  @Provide
  Arbitrary<List<KvChange>> changes() {
    Arbitrary<Bytes> keys = Arbitraries.of("a", "b", "ü", "\uD83D\uDD12").map(Bytes::utf8);
    Arbitrary<Long> numbers = Arbitraries.longs().between(1, (1L << 53) - 1);
    Arbitrary<String> locks = Arbitraries.of("job", "schloß", "z");
    Arbitrary<KvChange> written =
        Combinators.combine(
                keys,
                Arbitraries.bytes().array(byte[].class).ofMaxSize(40),
                Arbitraries.maps(
                        Arbitraries.strings().ofMaxLength(5), Arbitraries.strings().ofMaxLength(5))
                    .ofMaxSize(3),
                numbers,
                Arbitraries.of(0L, 5_000L),
                Arbitraries.of(true, false))
            .as(
                (key, value, metadata, number, deadline, created) ->
                    new KvChange.Written(
                        new KvEntry(
                            key, Bytes.of(value), metadata, number, number, number + 1, deadline),
                        created));
    Arbitrary<KvChange> removed =
        Combinators.combine(keys, numbers, Arbitraries.of(true, false)).as(KvChange.Removed::new);
    Arbitrary<KvChange> touched =
        Combinators.combine(keys, Arbitraries.of(0L, 7_000L)).as(KvChange.Touched::new);
    Arbitrary<KvChange> marked = Combinators.combine(locks, numbers).as(KvChange.Marked::new);
    Arbitrary<KvChange> evicted =
        Combinators.combine(locks, Arbitraries.integers().between(0, 255), numbers)
            .as(KvChange.MarkEvicted::new);
    Arbitrary<KvChange> forgotten = locks.map(KvChange.MarkForgotten::new);
    Arbitrary<KvChange> taken = locks.map(KvChange.TakenOver::new);
    Arbitrary<KvChange> epoch = Arbitraries.longs().map(KvChange.EpochBegun::new);
    Arbitrary<Effect> set =
        Combinators.combine(keys, keys, Arbitraries.of(0L, 5_000L)).as(Effect.StringSet::new);
    Arbitrary<Effect> added = keys.map(key -> new Effect.Pushed(LIST, true, List.of(key)));
    Arbitrary<Effect> gone = keys.map(key -> new Effect.Removed(key, false));
    Arbitrary<KvChange> instance =
        Combinators.combine(locks, Arbitraries.oneOf(set, set, added, gone).list().ofMaxSize(5))
            .as(KvChange.InstanceChanged::new);
    return Arbitraries.oneOf(
            List.of(
                written, written, removed, touched, marked, evicted, forgotten, taken, epoch,
                instance, instance))
        .list()
        .ofMaxSize(30);
  }
}
