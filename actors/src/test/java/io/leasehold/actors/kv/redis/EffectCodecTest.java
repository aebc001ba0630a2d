package io.leasehold.actors.kv.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.leasehold.actors.journal.ByteReader;
import io.leasehold.actors.journal.ByteWriter;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Effect;
import io.leasehold.domain.kv.redis.KeyImage;
import io.leasehold.domain.kv.redis.Keyspaces;
import io.leasehold.domain.kv.redis.SetOperation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What commands did is read from a journal as it was, also by later versions. */
class EffectCodecTest {
  private static final Bytes KEY = Bytes.utf8("k");
  private static final Bytes OTHER = Bytes.of(new byte[] {-1, 0});
  private static final List<Bytes> TWO = List.of(Bytes.utf8("a"), Bytes.EMPTY);

  /** One of each kind. */
  private static final List<Effect> EFFECTS =
      List.of(
          new Effect.StringSet(KEY, OTHER, 1_700_000_005_000L),
          new Effect.StringPatched(KEY, 300, OTHER),
          new Effect.DeadlineSet(KEY, 0),
          new Effect.Removed(KEY, true),
          new Effect.Renamed(KEY, OTHER),
          new Effect.Copied(KEY, OTHER),
          new Effect.Flushed(),
          new Effect.FieldsSet(KEY, TWO),
          new Effect.FieldsRemoved(KEY, TWO),
          new Effect.Pushed(KEY, true, TWO),
          new Effect.Popped(KEY, 1, 2),
          new Effect.ElementSet(KEY, 3, OTHER),
          new Effect.ElementInserted(KEY, 4, OTHER),
          new Effect.ElementsRemoved(KEY, 5, false, OTHER),
          new Effect.MembersAdded(KEY, TWO),
          new Effect.MembersRemoved(KEY, TWO),
          new Effect.SetStored(KEY, SetOperation.DIFFERENCE, TWO));

  private static byte[] bytes(List<Effect> effects) {
    var out = new ByteWriter(16);
    EffectCodec.writeAll(out, effects);
    return out.toByteArray();
  }

  /** Stored by every node that ever ran: must never change. */
  @Test
  void bytesStayAsTheyAre() {
    assertThat(HexFormat.of().formatHex(bytes(EFFECTS)))
        .isEqualTo(
            "11"
                + "01016b02ff0088f795ffbc31"
                + "02016bac0202ff00"
                + "03016b00"
                + "04016b01"
                + "05016b02ff00"
                + "06016b02ff00"
                + "07"
                + "08016b02016100"
                + "09016b02016100"
                + "0a016b0102016100"
                + "0b016b0102"
                + "0c016b0302ff00"
                + "0d016b0402ff00"
                + "0e016b050002ff00"
                + "0f016b02016100"
                + "10016b02016100"
                + "11016b0a444946464552454e434502016100");
  }

  @Test
  void everyKindIsWrittenAndRead() {
    assertThat(EffectCodec.readAll(new ByteReader(bytes(EFFECTS)))).isEqualTo(EFFECTS);
    assertThat(EFFECTS.stream().map(Object::getClass).collect(Collectors.toSet()))
        .containsAll(Arrays.asList(Effect.class.getPermittedSubclasses()));
  }

  @Test
  void whatALaterVersionWroteIsRefusedByName() {
    assertThatThrownBy(() -> EffectCodec.readAll(new ByteReader(new byte[] {1, 18})))
        .hasMessage("effect of kind 18: this version reads 1 to 17");
  }

  @Test
  void keyspacesAreReadInTheirOrder() {
    var keyspaces = new Keyspaces();
    keyspaces.apply(
        "one",
        List.of(
            new Effect.StringSet(Bytes.utf8("s"), OTHER, 5_000),
            new Effect.FieldsSet(Bytes.utf8("h"), TWO),
            new Effect.Pushed(Bytes.utf8("l"), true, TWO),
            new Effect.MembersAdded(Bytes.utf8("z"), TWO),
            new Effect.Removed(Bytes.utf8("s"), false)));
    keyspaces.apply("two", List.of(new Effect.StringSet(KEY, OTHER, 7_000)));
    var out = new ByteWriter(16);
    EffectCodec.writeKeyspaces(out, keyspaces);

    var read = new Keyspaces();
    EffectCodec.readKeyspaces(new ByteReader(out.toByteArray()), read);

    assertThat(read.all().keySet()).containsExactly("one", "two");
    for (String instance : List.of("one", "two")) {
      assertThat(keys(read, instance)).isEqualTo(keys(keyspaces, instance));
    }
    assertThat(read.accountedBytes()).isEqualTo(keyspaces.accountedBytes());
    assertThat(read.nextDeadlineMillis()).isEqualTo(7_000);
  }

  private static List<KeyImage> keys(Keyspaces keyspaces, String instance) {
    var keys = new ArrayList<KeyImage>();
    keyspaces.get(instance).forEach(keys::add);
    return keys;
  }
}
