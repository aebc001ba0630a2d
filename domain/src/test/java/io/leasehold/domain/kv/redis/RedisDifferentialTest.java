package io.leasehold.domain.kv.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.leasehold.domain.kv.Bytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The engine and a real Redis 7.0 give equal replies to random sequences of commands. */
class RedisDifferentialTest {
  private static final int ROUND = 6_000;
  private static final RedisLimits LIMITS =
      new RedisLimits(32 << 10, 1 << 20, 1_572_864, 64 << 20, 64 << 20);
  private static RealRedis real;

  @BeforeAll
  static void start() throws IOException {
    real = RealRedis.start();
    assertThat(real.version()).as("version of redis-server").startsWith("7.0.");
  }

  @AfterAll
  static void stop() throws IOException {
    if (real != null) {
      real.close();
    }
  }

  private static Differential life(
      long seed, int steps, BiFunction<Instance, List<Bytes>, Reply> engine) throws IOException {
    var random = new Random(seed);
    var commands = new RandomCommands(random);
    var instance = new Instance(seed);
    instance.limits = LIMITS;
    var both = new Differential(real, instance, command -> engine.apply(instance, command));
    for (int i = 1; i <= steps; i++) {
      if (random.nextInt(20) == 0) {
        both.transaction(transaction(random, commands));
      } else {
        both.step(commands.next());
      }
      if (i % 500 == 0) {
        both.compareAll();
      }
    }
    return both;
  }

  private static List<List<Bytes>> transaction(Random random, RandomCommands commands) {
    var all = new ArrayList<List<Bytes>>();
    while (all.size() < 1 + random.nextInt(4)) {
      List<Bytes> command = commands.next();
      if (Differential.fitsTransaction(command)) {
        all.add(command);
      }
    }
    return all;
  }

  private static void run(long seed, int steps) throws IOException {
    try {
      life(seed, steps, Instance::run);
    } catch (AssertionError e) {
      throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
    }
  }

  @Test
  void valuesThatDifferOnlyWhereTheyAreNoLongerShownAreSortedAlike() {
    Reply one = Replies.bulk(Bytes.utf8("x".repeat(100)));
    Reply other = Replies.bulk(Bytes.utf8("x".repeat(101)));

    Object sorted = Differential.sorted(Replies.array(List.of(one, other)), 1);

    assertThat(Differential.sorted(Replies.array(List.of(other, one)), 1)).isEqualTo(sorted);
  }

  @Test
  void repliesAreThoseOfRedis() throws IOException {
    Differential both = life(1, ROUND, Instance::run);

    for (RedisCommand command : RedisCommands.all()) {
      if (!List.of("INFO", "TIME").contains(command.name())) {
        assertThat(both.compared).as("commands that were run").containsKey(command.name());
      }
    }
    assertThat(both.errors).as("different refusals").hasSizeGreaterThan(30);
  }

  /** Found by chance: an e2 to which digits were appended. */
  @Test
  void theRangeOfFractionsIsThatOfRedis() throws IOException {
    var instance = new Instance(1);
    instance.limits = LIMITS;
    var both = new Differential(real, instance, instance::run);
    for (String text :
        List.of(
            "1e299999999999",
            "-1.19e4932",
            "1e4933",
            "1e-299999999999",
            "inf",
            "-infinity",
            "1e309",
            "-1.7e2999",
            "1.18e4932")) {
      both.step(Instance.command("SET", "s1", text));
      both.step(Instance.command("INCRBYFLOAT", "s1", "-0.1"));
      both.step(Instance.command("INCRBYFLOAT", "s2", text));
      both.step(Instance.command("HSET", "h1", "f", text));
      both.step(Instance.command("HINCRBYFLOAT", "h1", "f", "-0.1"));
      both.step(Instance.command("HINCRBYFLOAT", "h1", "g", text));
    }
    assertThat(both.errors)
        .contains(
            "ERR value is not a valid float",
            "ERR hash value is not a float",
            "ERR increment would produce NaN or Infinity");
  }

  @Test
  void repliesAreThoseOfRedisWithAnySeed() throws IOException {
    run(new Random().nextLong(), ROUND);
  }

  /** {@code -Dfault.rounds} (default 50) of 20,000 steps, each with a seed of its own. */
  @Test
  @Tag("fault")
  @Timeout(1_200)
  void repliesAreThoseOfRedisForLong() throws IOException {
    var seeds = new Random();
    int rounds = Integer.getInteger("fault.rounds", 50);
    for (int i = 0; i < rounds; i++) {
      run(seeds.nextLong(), 20_000);
    }
  }

  private static void assertFound(BiFunction<Instance, List<Bytes>, Reply> wrong) {
    assertThatThrownBy(() -> life(2, 20 * ROUND, wrong)).isInstanceOf(AssertionError.class);
  }

  private static boolean is(List<Bytes> command, String name) {
    return Call.option(command.get(0)).equals(name);
  }

  private static List<Bytes> with(List<Bytes> command, int at, String word) {
    var changed = new ArrayList<>(command);
    changed.set(at, Bytes.utf8(word));
    return changed;
  }

  @Test
  void secondsLeftThatAreCutAreFound() {
    assertFound(
        (instance, command) -> {
          Reply reply = instance.run(command);
          if (!is(command, "TTL")
              || !(reply instanceof Reply.WholeNumber left)
              || left.value() < 0) {
            return reply;
          }
          var millis = (Reply.WholeNumber) instance.run(with(command, 0, "PTTL"));
          return Replies.number(millis.value() / 1_000);
        });
  }

  @Test
  void aDeadlineThatSurvivesAnOverwriteIsFound() {
    assertFound(
        (instance, command) -> {
          if (!is(command, "GETSET") || command.size() != 3) {
            return instance.run(command);
          }
          return instance.run(
              List.of(
                  Bytes.utf8("SET"),
                  command.get(1),
                  command.get(2),
                  Bytes.utf8("KEEPTTL"),
                  Bytes.utf8("GET")));
        });
  }

  @Test
  void elementsRemovedFromTheWrongEndAreFound() {
    assertFound(
        (instance, command) ->
            instance.run(
                is(command, "LREM") && command.size() == 4 && command.get(2).text().equals("-1")
                    ? with(command, 2, "1")
                    : command));
  }
}
