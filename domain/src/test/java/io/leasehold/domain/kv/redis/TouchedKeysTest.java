package io.leasehold.domain.kv.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.kv.Bytes;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What commands do to keys, as transactions that watch them see it. */
class TouchedKeysTest {
  private final Instance instance = new Instance(1);

  /** The keys that a command touches, {@code all} for all of them. */
  private String touched(String line) {
    instance.run(line.split(" "));
    var keys = new ArrayList<Bytes>();
    for (Effect effect : instance.effects) {
      if (!TouchedKeys.addTo(keys, effect)) {
        return "all";
      }
    }
    return keys.stream().map(Bytes::text).distinct().reduce("", (a, b) -> (a + " " + b).strip());
  }

  @Test
  void everyEffectNamesItsKeys() {
    assertThat(touched("SET s v")).isEqualTo("s");
    assertThat(touched("APPEND s w")).isEqualTo("s");
    assertThat(touched("EXPIRE s 100")).isEqualTo("s");
    assertThat(touched("COPY s t")).isEqualTo("t");
    assertThat(touched("RENAME t u")).isEqualTo("t u");
    assertThat(touched("DEL u none")).isEqualTo("u");
    assertThat(touched("HSET h f v")).isEqualTo("h");
    assertThat(touched("HDEL h f")).isEqualTo("h");
    assertThat(touched("RPUSH l a b c d e")).isEqualTo("l");
    assertThat(touched("LPOP l")).isEqualTo("l");
    assertThat(touched("LSET l 0 x")).isEqualTo("l");
    assertThat(touched("LINSERT l BEFORE c y")).isEqualTo("l");
    assertThat(touched("LREM l 0 c")).isEqualTo("l");
    assertThat(touched("LMOVE l m LEFT LEFT")).isEqualTo("l m");
    assertThat(touched("SADD z a b")).isEqualTo("z");
    assertThat(touched("SREM z a")).isEqualTo("z");
    assertThat(touched("SUNIONSTORE y z")).isEqualTo("y");
    assertThat(touched("GET s")).isEmpty();
    assertThat(touched("FLUSHALL")).isEqualTo("all");
  }

  @Test
  void noEffectIsForgotten() {
    for (Class<?> each : Effect.class.getPermittedSubclasses()) {
      assertThat(List.of("key", "from"))
          .as(each.getName())
          .anyMatch(
              name ->
                  each == Effect.Flushed.class
                      || List.of(each.getRecordComponents()).stream()
                          .anyMatch(part -> part.getName().equals(name)));
    }
  }
}
