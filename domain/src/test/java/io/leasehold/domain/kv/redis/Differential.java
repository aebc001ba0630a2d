package io.leasehold.domain.kv.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Reply.Array;
import io.leasehold.domain.kv.redis.Reply.Bulk;
import io.leasehold.domain.kv.redis.Reply.WholeNumber;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * An engine beside a real server: both run the same commands, and every answer is compared. Where
 * chance decides, the answer has to be one that could be, and the engine then gets the server's.
 */
final class Differential {
  private static final Set<String> UNORDERED =
      Set.of("SMEMBERS", "SINTER", "SUNION", "SDIFF", "KEYS", "HKEYS", "HVALS");
  private static final Set<String> SCANS = Set.of("SCAN", "HSCAN", "SSCAN");
  private static final Set<String> LEFT = Set.of("TTL", "PTTL");
  private static final Set<String> PICKS = Set.of("SRANDMEMBER", "RANDOMKEY", "HRANDFIELD");
  private static final Set<String> FRACTIONS = Set.of("INCRBYFLOAT", "HINCRBYFLOAT");
  private static final Set<String> RELATIVE =
      Set.of("SET", "SETEX", "PSETEX", "GETEX", "EXPIRE", "PEXPIRE");

  private final RealRedis real;
  private final Instance instance;
  private final Function<List<Bytes>, Reply> engine;
  private final List<List<Bytes>> log = new ArrayList<>();
  final Map<String, Integer> compared = new HashMap<>();
  final Set<String> errors = new HashSet<>();

  /**
   * @param engine runs commands of the instance, if it is to go wrong: else {@link Instance#run}
   */
  Differential(RealRedis real, Instance instance, Function<List<Bytes>, Reply> engine)
      throws IOException {
    this.real = real;
    this.instance = instance;
    this.engine = engine;
    real.call("FLUSHALL");
  }

  void step(List<Bytes> command) throws IOException {
    log.add(command);
    String name = Call.option(command.get(0));
    instance.nowMillis = realMillis(real.call("TIME"));
    compared.merge(name, 1, Integer::sum);
    if (name.equals("DBSIZE") || name.equals("RANDOMKEY")) {
      real.call(touchAll()); // the server counts keys that are dead until somebody asks for them
    }
    if (LEFT.contains(name)) {
      left(command);
    } else if (SCANS.contains(name)) {
      scan(command, name);
    } else if (name.equals("SPOP")) {
      spop(command);
    } else if (PICKS.contains(name)) {
      picked(command, name);
    } else {
      plain(command, name);
    }
  }

  private static List<Bytes> touchAll() {
    var command = Instance.command("EXISTS");
    for (String kind : List.of("s", "h", "l", "z")) {
      for (int i = 1; i <= 3; i++) {
        command.add(Bytes.utf8(kind + i));
      }
    }
    return command;
  }

  private void plain(List<Bytes> command, String name) throws IOException {
    byte[] expected = real.call(command);
    Reply actual = engine.apply(command);
    Reply parsed = RealRedis.parse(expected);
    if (parsed instanceof Reply.Failure error) {
      errors.add(error.text());
    }
    if (UNORDERED.contains(name) && parsed instanceof Array) {
      same(sorted(actual, 1), sorted(parsed, 1), command);
    } else if (name.equals("HGETALL") && parsed instanceof Array) {
      same(sorted(actual, 2), sorted(parsed, 2), command);
    } else if (FRACTIONS.contains(name) && parsed instanceof Bulk bulk) {
      fraction(command, bulk, actual);
    } else {
      assertSame(Resp2.encode(actual), expected, command);
    }
    if (RELATIVE.contains(name) && command.size() > 2) {
      adoptDeadline(command.get(1));
    }
  }

  /** The server rounds to its long double, so that the last decimals may differ. */
  private void fraction(List<Bytes> command, Bulk expected, Reply actual) {
    if (actual.equals(expected)) {
      return;
    }
    assertThat(actual).as(describe(command)).isInstanceOf(Bulk.class);
    var wanted = new BigDecimal(expected.bytes().text());
    var got = new BigDecimal(Instance.show(actual));
    BigDecimal bound = BigDecimal.ONE.max(wanted.abs()).scaleByPowerOfTen(-16);
    assertThat(got.subtract(wanted).abs()).as(describe(command)).isLessThanOrEqualTo(bound);
    if (command.size() == 3) {
      adopt(List.of(Bytes.utf8("SET"), command.get(1), expected.bytes(), Bytes.utf8("KEEPTTL")));
    } else {
      adopt(List.of(Bytes.utf8("HSET"), command.get(1), command.get(2), expected.bytes()));
    }
  }

  private void adopt(List<Bytes> command) {
    assertThat(engine.apply(command)).as(command.toString()).isNotInstanceOf(Reply.Failure.class);
  }

  /** The engine counted from the time just before the server did. */
  private void adoptDeadline(Bytes key) throws IOException {
    long expected = number(real.call(List.of(Bytes.utf8("PEXPIRETIME"), key)));
    long actual = ((WholeNumber) engine.apply(List.of(Bytes.utf8("PEXPIRETIME"), key))).value();
    if (expected != actual) {
      assertThat(expected).as(describe(List.of(key))).isBetween(actual, actual + 60_000);
      assertThat(actual).as(describe(List.of(key))).isPositive();
      String at = Long.toString(expected);
      adopt(List.of(Bytes.utf8("PEXPIREAT"), key, Bytes.utf8(at)));
    }
  }

  /** What is left is compared in a millisecond that the server began and ended the command in. */
  private void left(List<Bytes> command) throws IOException {
    List<Bytes> time = Instance.command("TIME");
    for (int attempt = 0; attempt < 100; attempt++) {
      List<byte[]> replies = real.callAll(List.of(time, command, time));
      instance.nowMillis = realMillis(replies.get(0));
      if (realMillis(replies.get(2)) == instance.nowMillis) {
        assertSame(Resp2.encode(engine.apply(command)), replies.get(1), command);
        return;
      }
    }
    throw new AssertionError("no command within a millisecond, in 100 attempts");
  }

  private static long realMillis(byte[] time) {
    List<Reply> parts = ((Array) RealRedis.parse(time)).items();
    return Long.parseLong(Instance.show(parts.get(0))) * 1_000
        + Long.parseLong(Instance.show(parts.get(1))) / 1_000;
  }

  private void scan(List<Bytes> command, String name) throws IOException {
    byte[] first = real.call(command);
    if (!(RealRedis.parse(first) instanceof Array)) {
      assertSame(Resp2.encode(engine.apply(command)), first, command);
      return;
    }
    int perElement = name.equals("HSCAN") ? 2 : 1;
    Set<Object> expected = walk(command, perElement, each -> RealRedis.parse(callReal(each)));
    assertThat(walk(command, perElement, engine)).as(describe(command)).isEqualTo(expected);
  }

  private byte[] callReal(List<Bytes> command) {
    try {
      return real.call(command);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private Set<Object> walk(
      List<Bytes> command, int perElement, Function<List<Bytes>, Reply> runner) {
    int cursorAt = Call.option(command.get(0)).equals("SCAN") ? 1 : 2;
    var next = new ArrayList<>(command);
    var seen = new HashSet<>();
    do {
      Reply reply = runner.apply(next);
      assertThat(reply).as(describe(next)).isInstanceOf(Array.class);
      List<Reply> parts = ((Array) reply).items();
      seen.addAll(chunks(parts.get(1), perElement));
      next.set(cursorAt, ((Bulk) parts.get(0)).bytes());
    } while (!next.get(cursorAt).equals(Bytes.utf8("0")));
    return seen;
  }

  private static List<List<Reply>> chunks(Reply array, int size) {
    List<Reply> items = ((Array) array).items();
    var chunks = new ArrayList<List<Reply>>();
    for (int i = 0; i < items.size(); i += size) {
      chunks.add(items.subList(i, i + size));
    }
    return chunks;
  }

  /** Ordered by all their bytes: shown, long values are cut, and two of them may look the same. */
  static Object sorted(Reply reply, int size) {
    if (!(reply instanceof Array)) {
      return reply;
    }
    return chunks(reply, size).stream()
        .sorted(
            Comparator.comparing(
                chunk -> Resp2.encode(Replies.array(chunk)), Arrays::compareUnsigned))
        .collect(Collectors.toList());
  }

  private void spop(List<Bytes> command) throws IOException {
    Set<Bytes> before = members(command);
    byte[] expected = real.call(command);
    Reply actual = engine.apply(command);
    Reply parsed = RealRedis.parse(expected);
    List<Bytes> theirs = strings(parsed);
    if (theirs.isEmpty()) {
      assertSame(Resp2.encode(actual), expected, command);
      return;
    }
    List<Bytes> ours = strings(actual);
    assertThat(actual.getClass()).as(describe(command)).isEqualTo(parsed.getClass());
    assertThat(ours).as(describe(command)).hasSameSizeAs(theirs).doesNotHaveDuplicates();
    assertThat(before).as(describe(command)).containsAll(ours).containsAll(theirs);
    if (ours.size() < before.size()) {
      adopt(with("SADD", command.get(1), ours));
      adopt(with("SREM", command.get(1), theirs));
    }
  }

  private static List<Bytes> with(String name, Bytes key, Collection<Bytes> members) {
    var command = new ArrayList<>(List.of(Bytes.utf8(name), key));
    command.addAll(members);
    return command;
  }

  private Set<Bytes> members(List<Bytes> command) {
    return Set.copyOf(strings(engine.apply(List.of(Bytes.utf8("SMEMBERS"), command.get(1)))));
  }

  private static List<Bytes> strings(Reply reply) {
    if (reply instanceof Bulk bulk) {
      return List.of(bulk.bytes());
    }
    return reply instanceof Array array
        ? array.items().stream().map(each -> ((Bulk) each).bytes()).collect(Collectors.toList())
        : List.of();
  }

  /** What chance picked changes nothing. */
  private void picked(List<Bytes> command, String name) throws IOException {
    byte[] expected = real.call(command);
    Reply actual = engine.apply(command);
    Reply parsed = RealRedis.parse(expected);
    List<Bytes> theirs = strings(parsed);
    if (theirs.isEmpty()) {
      assertSame(Resp2.encode(actual), expected, command);
      return;
    }
    List<Bytes> ours = strings(actual);
    assertThat(actual.getClass()).as(describe(command)).isEqualTo(parsed.getClass());
    assertThat(ours).as(describe(command)).hasSameSizeAs(theirs);
    boolean withValues = command.size() == 4;
    String all =
        switch (name) {
          case "RANDOMKEY" -> "KEYS";
          case "SRANDMEMBER" -> "SMEMBERS";
          default -> withValues ? "HGETALL" : "HKEYS";
        };
    Bytes where = name.equals("RANDOMKEY") ? Bytes.utf8("*") : command.get(1);
    List<List<Reply>> there =
        chunks(engine.apply(List.of(Bytes.utf8(all), where)), withValues ? 2 : 1);
    if (actual instanceof Array) {
      List<List<Reply>> picked = chunks(actual, withValues ? 2 : 1);
      assertThat(there).as(describe(command)).containsAll(picked);
      assertThat(there).as(describe(command)).containsAll(chunks(parsed, withValues ? 2 : 1));
      if (!command.get(2).text().startsWith("-")) {
        assertThat(picked).as(describe(command)).doesNotHaveDuplicates();
      }
    } else {
      assertThat(there).as(describe(command)).contains(List.of(actual), List.of(parsed));
    }
  }

  /** A transaction of commands whose answers neither chance nor the clock decides. */
  void transaction(List<List<Bytes>> commands) throws IOException {
    var all = new ArrayList<List<Bytes>>();
    all.add(Instance.command("MULTI"));
    all.addAll(commands);
    all.add(Instance.command("EXEC"));
    instance.nowMillis = realMillis(real.call("TIME"));
    List<byte[]> replies = real.callAll(all);
    commands.forEach(log::add);
    Reply expected = RealRedis.parse(replies.get(replies.size() - 1));
    RedisGroup group = instance.group();
    Reply actual = group.runAll(commands, instance.context());
    group.takeBack();
    instance.commit(group);
    if (expected instanceof Reply.Failure error) {
      assertThat(Instance.show(actual)).as(commands.toString()).startsWith(error.text());
    } else {
      assertSame(Resp2.encode(actual), replies.get(replies.size() - 1), commands.get(0));
    }
  }

  static boolean fitsTransaction(List<Bytes> command) {
    String name = Call.option(command.get(0));
    return !UNORDERED.contains(name)
        && !SCANS.contains(name)
        && !LEFT.contains(name)
        && !PICKS.contains(name)
        && !FRACTIONS.contains(name)
        && !RELATIVE.contains(name)
        && !Set.of("SPOP", "HGETALL", "DBSIZE").contains(name);
  }

  /** Compares all that is there. */
  void compareAll() throws IOException {
    step(Instance.command("KEYS", "*"));
    for (Bytes key : touchAll().subList(1, 13)) {
      step(List.of(Bytes.utf8("PEXPIRETIME"), key));
      step(List.of(Bytes.utf8("TYPE"), key));
      String type = Instance.show(engine.apply(List.of(Bytes.utf8("TYPE"), key)));
      switch (type) {
        case "+string" -> step(List.of(Bytes.utf8("GET"), key));
        case "+hash" -> step(List.of(Bytes.utf8("HGETALL"), key));
        case "+list" -> step(List.of(Bytes.utf8("LRANGE"), key, Bytes.utf8("0"), Bytes.utf8("-1")));
        case "+set" -> step(List.of(Bytes.utf8("SMEMBERS"), key));
        default -> {}
      }
    }
  }

  private static long number(byte[] reply) {
    return ((WholeNumber) RealRedis.parse(reply)).value();
  }

  private void same(Object actual, Object expected, List<Bytes> command) {
    assertThat(actual).as(describe(command)).isEqualTo(expected);
  }

  private void assertSame(byte[] actual, byte[] expected, List<Bytes> command) {
    if (!Arrays.equals(actual, expected)) {
      assertThat(new String(actual, StandardCharsets.ISO_8859_1))
          .as(describe(command))
          .isEqualTo(new String(expected, StandardCharsets.ISO_8859_1));
    }
  }

  /** With the last commands that named the same keys. */
  private String describe(List<Bytes> command) {
    var last = new ArrayList<String>();
    for (int i = log.size() - 1; i >= 0 && last.size() < 12; i--) {
      List<Bytes> each = log.get(i);
      if (each.stream().skip(1).anyMatch(command::contains)) {
        last.add(0, each.toString());
      }
    }
    return "command " + log.size() + " " + command + " after\n" + String.join("\n", last) + "\n";
  }
}
