package io.leasehold.domain.kv.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.kv.Bytes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/** Random lives of a keyspace. */
class RedisPropertiesTest {
  @Property(tries = 100)
  void effectsMakeTheStateAndNothingElseDoes(@ForAll long seed) {
    var random = new Random(seed);
    var commands = new RandomCommands(random);
    var instance = new Instance(seed);
    instance.limits = new RedisLimits(100, 1_000, 4_000, 5_000, 2_000 + random.nextInt(3_000));
    for (int i = 0; i < 60; i++) {
      instance.roomBytes = instance.usedBytes + random.nextInt(2_000);
      List<KeyImage> before = Instance.image(instance.keyspace);
      long usedBefore = instance.usedBytes;
      RedisGroup group = instance.group();
      if (random.nextBoolean()) {
        group.expire(random.nextInt(3));
      }
      var batch = new ArrayList<List<Bytes>>();
      for (int n = random.nextInt(12); n > 0; n--) {
        batch.add(commands.next());
      }
      if (random.nextInt(3) == 0) {
        group.runAll(batch, instance.context());
      } else {
        batch.forEach(command -> group.run(command, instance.context()));
      }
      long grown = instance.usedBytes - usedBefore;
      assertThat(instance.usedBytes).isLessThanOrEqualTo(instance.roomBytes);
      if (random.nextInt(4) == 0) {
        group.drop();
        assertThat(instance.usedBytes).isEqualTo(usedBefore);
        assertThat(Instance.image(instance.keyspace)).isEqualTo(before);
      } else {
        group.takeBack();
        assertThat(Instance.image(instance.keyspace)).isEqualTo(before);
        assertThat(instance.keyspace.accountedBytes()).isEqualTo(usedBefore);
        instance.commit(group);
        assertThat(instance.keyspace.accountedBytes()).isEqualTo(usedBefore + grown);
      }
      // times of the commands lie far ahead: some come to pass
      instance.nowMillis += random.nextInt(8) == 0 ? 500_000_000_000L : random.nextInt(2_000);
      if (random.nextInt(10) == 0) {
        readAgain(instance, random.nextBoolean());
      }
    }
  }

  /** From a snapshot, or as a copy: nothing may be different from then on. */
  private static void readAgain(Instance instance, boolean copied) {
    Keyspace read =
        copied ? instance.keyspace.copy() : Keyspace.of(Instance.image(instance.keyspace));
    assertThat(Instance.image(read)).isEqualTo(Instance.image(instance.keyspace));
    assertThat(read.accountedBytes()).isEqualTo(instance.keyspace.accountedBytes());
    assertThat(read.nextDeadlineMillis()).isEqualTo(instance.keyspace.nextDeadlineMillis());
    assertThat(read.expiring()).isEqualTo(instance.keyspace.expiring());
    instance.keyspace = read;
  }

  @Property(tries = 100)
  void theDeadAreInNoCountAndInNoScan(@ForAll long seed, @ForAll @IntRange(max = 40) int dead) {
    var random = new Random(seed);
    var instance = new Instance(seed);
    var living = new HashSet<String>();
    for (int i = 0; i < 40; i++) {
      boolean dies = random.nextInt(40) < dead;
      int millis = dies ? 1 + random.nextInt(100) : 101;
      instance.run("SET", "k" + i, "v", "PX", Integer.toString(millis));
      if (!dies) {
        living.add("k" + i);
      }
    }
    instance.nowMillis += 100;

    assertThat(instance.run("DBSIZE")).isEqualTo(":" + living.size());
    assertThat(words(instance.run("KEYS", "*"))).isEqualTo(living);
    assertThat(scan(instance, "0", 7)).isEqualTo(living);
    String picked = instance.run("RANDOMKEY");
    assertThat(living.isEmpty() ? Set.of("nil") : living).contains(picked);
    assertThat(instance.effects).isEmpty();

    RedisGroup group = instance.group();
    group.expire(100);
    group.takeBack();
    instance.commit(group);
    assertThat(instance.keyspace.size()).isEqualTo(living.size());
  }

  private static Set<String> words(String shown) {
    String inner = shown.substring(1, shown.length() - 1);
    return inner.isEmpty() ? Set.of() : new HashSet<>(List.of(inner.split(" ")));
  }

  private static Set<String> scan(Instance instance, String from, int count) {
    var seen = new HashSet<String>();
    String cursor = from;
    do {
      Reply.Array reply =
          (Reply.Array)
              instance.run(Instance.command("SCAN", cursor, "COUNT", Integer.toString(count)));
      cursor = Instance.show(reply.items().get(0));
      seen.addAll(words(Instance.show(reply.items().get(1))));
    } while (!cursor.equals("0"));
    return seen;
  }

  @Property(tries = 100)
  void aScanMissesNothingThatStays(
      @ForAll long seed,
      @ForAll("kinds") Kind kind,
      @ForAll @IntRange(min = 1, max = 9) int count) {
    var random = new Random(seed);
    var instance = new Instance(seed);
    var staying = new HashSet<String>();
    var going = new ArrayList<String>();
    for (int i = 0; i < 60; i++) {
      add(instance, kind, "k" + i);
      if (random.nextBoolean()) {
        going.add("k" + i);
      } else {
        staying.add("k" + i);
      }
    }
    var seen = new HashSet<String>();
    String cursor = "0";
    do {
      Reply.Array reply = (Reply.Array) instance.run(scanOf(kind, cursor, count));
      cursor = Instance.show(reply.items().get(0));
      seen.addAll(words(Instance.show(reply.items().get(1))));
      for (int n = random.nextInt(4); n > 0 && !going.isEmpty(); n--) {
        remove(instance, kind, going.remove(random.nextInt(going.size())));
      }
      for (int n = random.nextInt(3); n > 0; n--) {
        add(instance, kind, "new" + random.nextInt(1_000));
      }
      if (random.nextInt(4) == 0) {
        readAgain(instance, false); // a new owner goes on with the cursor of the old one
      }
    } while (!cursor.equals("0"));

    assertThat(seen).containsAll(staying);
  }

  /** What is scanned. */
  enum Kind {
    KEYS,
    FIELDS,
    MEMBERS
  }

  @Provide
  Arbitrary<Kind> kinds() {
    return Arbitraries.of(Kind.class);
  }

  private static List<Bytes> scanOf(Kind kind, String cursor, int count) {
    String many = Integer.toString(count);
    return switch (kind) {
      case KEYS -> Instance.command("SCAN", cursor, "COUNT", many);
      case FIELDS -> Instance.command("HSCAN", "c", cursor, "COUNT", many);
      case MEMBERS -> Instance.command("SSCAN", "c", cursor, "COUNT", many);
    };
  }

  private static void add(Instance instance, Kind kind, String name) {
    switch (kind) {
      case KEYS -> instance.run("SET", name, "v");
      case FIELDS -> instance.run("HSET", "c", name, "v");
      case MEMBERS -> instance.run("SADD", "c", name);
    }
  }

  private static void remove(Instance instance, Kind kind, String name) {
    switch (kind) {
      case KEYS -> instance.run("DEL", name);
      case FIELDS -> instance.run("HDEL", "c", name);
      case MEMBERS -> instance.run("SREM", "c", name);
    }
  }
}
