package io.leasehold.domain.kv.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Collections;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every text of a refusal; that it changes nothing is what {@link Instance} looks at. */
class RedisErrorsTest {
  private static final String NOT_AN_INTEGER = "ERR value is not an integer or out of range";
  private final Instance instance = new Instance(1);

  @BeforeEach
  void fill() {
    instance.run("SET", "s", "text");
    instance.run("SET", "max", "9223372036854775807");
    instance.run("HSET", "h", "f", "text", "max", "9223372036854775807");
    instance.run("RPUSH", "l", "a", "b");
    instance.run("SADD", "z", "a", "b");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          GET                          | get
          GET a b                      | get
          mset a 1 b                   | mset
          MSETNX a 1 b                 | msetnx
          HSET h f                     | hset
          HSET h f v g                 | hset
          HMSET h f v g                | hmset
          PING a b                     | ping
          LPOP l 1 2                   | lpop
          RPOP l 1 2                   | rpop
          LMPOP 1 l                    | lmpop
          SINTERCARD 1                 | sintercard
          PUBLISH c                    | publish
          """)
  void arity(String command, String name) {
    assertThat(run(command)).isEqualTo("ERR wrong number of arguments for '" + name + "' command");
  }

  @ParameterizedTest
  @CsvSource({
    "SET a 1 FOO",
    "SET a 1 NX XX",
    "SET a 1 XX NX",
    "SET a 1 EX",
    "SET a 1 EX 1 PX 1",
    "SET a 1 KEEPTTL EX 1",
    "SET a 1 EX 1 KEEPTTL",
    "GETEX s FOO",
    "GETEX s PERSIST EX 1",
    "GETEX s EX 1 PERSIST",
    "GETEX s NX",
    "COPY s t FOO",
    "COPY s t DB",
    "FLUSHALL NOW",
    "FLUSHDB ASYNC ASYNC",
    "SCAN 0 COUNT 0",
    "SCAN 0 COUNT",
    "SCAN 0 FOO 1",
    "HSCAN h 0 TYPE hash",
    "SSCAN z 0 COUNT -1",
    "HRANDFIELD h 1 VALUES",
    "HRANDFIELD h 1 WITHVALUES x",
    "SRANDMEMBER z 1 2",
    "SPOP z 1 2",
    "LINSERT l NEAR a b",
    "LMOVE l m UP LEFT",
    "LMOVE l m LEFT DOWN",
    "LMPOP 1 l UP",
    "LMPOP 2 l LEFT",
    "LMPOP 1 l LEFT COUNT 1 COUNT 1",
    "LPOS l a FOO 1",
    "LPOS l a RANK",
    "SINTERCARD 1 z FOO 1",
    "SINTERCARD 1 z LIMIT",
  })
  void syntax(String command) {
    assertThat(run(command)).isEqualTo("ERR syntax error");
  }

  @ParameterizedTest
  @CsvSource({
    "GET h",
    "STRLEN l",
    "GETRANGE z 0 1",
    "GETSET h 1",
    "GETDEL l",
    "GETEX z",
    "SET h 1 GET",
    "APPEND h 1",
    "SETRANGE h 0 a",
    "INCR h",
    "INCRBYFLOAT l x",
    "HGET s f",
    "HSET s f 1",
    "HINCRBY l f 1",
    "HINCRBYFLOAT l f 1",
    "HSCAN s 0",
    "HRANDFIELD z",
    "HGETALL l",
    "HDEL z f",
    "HSETNX z f 1",
    "HMGET z f",
    "LPUSH s 1",
    "LPUSHX h 1",
    "LRANGE s 0 1",
    "LINDEX s x",
    "LSET s x 1",
    "LREM z 1 a",
    "LTRIM h 0 1",
    "LINSERT s BEFORE a b",
    "LPOP z",
    "LPOS h a",
    "LMOVE s l LEFT LEFT",
    "LMOVE l s LEFT LEFT",
    "RPOPLPUSH l h",
    "LMPOP 1 s LEFT",
    "LLEN h",
    "SADD s a",
    "SREM l a",
    "SMOVE z s a",
    "SMOVE z s nobody",
    "SMOVE s z a",
    "SPOP s",
    "SRANDMEMBER h",
    "SCARD l",
    "SISMEMBER s a",
    "SMISMEMBER s a",
    "SMEMBERS s",
    "SINTER z s",
    "SINTER none s",
    "SUNION z l",
    "SDIFF z h",
    "SINTERCARD 2 z s",
    "SUNIONSTORE d z s",
    "SINTERSTORE d none s",
    "SDIFFSTORE d s",
    "SSCAN l 0"
  })
  void wrongType(String command) {
    assertThat(run(command))
        .isEqualTo("WRONGTYPE Operation against a key holding the wrong kind of value");
  }

  @ParameterizedTest
  @CsvSource({
    "INCR s",
    "DECR s",
    "INCRBY s x",
    "INCRBY none 1.0",
    "DECRBY s 01",
    "INCRBY n +1",
    "INCRBY n -0",
    "INCRBY n 9223372036854775808",
    "EXPIRE s x",
    "PEXPIREAT s 1e3",
    "SET a 1 EX x",
    "SETEX a x 1",
    "GETRANGE s x 1",
    "GETRANGE h 0 x",
    "SETRANGE h x a",
    "LRANGE s 0 x",
    "LINDEX l x",
    "LSET l x 1",
    "LREM l x a",
    "LTRIM l 0 x",
    "HINCRBY h f x",
    "HRANDFIELD none x",
    "SRANDMEMBER none x",
    "LPOS l a RANK x",
    "SCAN 0 COUNT x",
    "COPY s t DB x"
  })
  void notAnInteger(String command) {
    assertThat(run(command)).isEqualTo(NOT_AN_INTEGER);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          HINCRBY h f 1                | ERR hash value is not an integer
          INCRBYFLOAT s 1              | ERR value is not a valid float
          INCRBYFLOAT none x           | ERR value is not a valid float
          INCRBYFLOAT none nan         | ERR value is not a valid float
          HINCRBYFLOAT h f x           | ERR value is not a valid float
          HINCRBYFLOAT h f 1           | ERR hash value is not a float
          HINCRBYFLOAT h f inf         | ERR value is NaN or Infinity
          INCR max                     | ERR increment or decrement would overflow
          INCRBY max 1                 | ERR increment or decrement would overflow
          DECRBY none -9223372036854775808 | ERR decrement would overflow
          HINCRBY h max 1              | ERR increment or decrement would overflow
          INCRBYFLOAT none inf         | ERR increment would produce NaN or Infinity
          INCRBYFLOAT none -Infinity   | ERR increment would produce NaN or Infinity
          INCRBYFLOAT none 1.2e4932    | ERR value is not a valid float
          SET a 1 EX 0                 | ERR invalid expire time in 'set' command
          SET a 1 PX -1                | ERR invalid expire time in 'set' command
          SET a 1 EXAT 0               | ERR invalid expire time in 'set' command
          SET a 1 EX 9223372036854775807 | ERR invalid expire time in 'set' command
          SET a 1 PX 9223372036854775807 | ERR invalid expire time in 'set' command
          setex a 0 1                  | ERR invalid expire time in 'setex' command
          PSETEX a -1 1                | ERR invalid expire time in 'psetex' command
          GETEX s EX 0                 | ERR invalid expire time in 'getex' command
          EXPIRE s 9223372036854775807 | ERR invalid expire time in 'expire' command
          EXPIRE s -9223372036854775807 | ERR invalid expire time in 'expire' command
          PEXPIRE s 9223372036854775807 | ERR invalid expire time in 'pexpire' command
          EXPIREAT s 9223372036854775807 | ERR invalid expire time in 'expireat' command
          EXPIRE s 10 NX XX            | ERR NX and XX, GT or LT options at the same time are not compatible
          EXPIRE s 10 NX GT LT         | ERR NX and XX, GT or LT options at the same time are not compatible
          EXPIRE s x GT LT             | ERR GT and LT options at the same time are not compatible
          EXPIRE s 10 Foo              | ERR Unsupported option Foo
          RENAME none a                | ERR no such key
          RENAME none none             | ERR no such key
          RENAMENX none a              | ERR no such key
          LSET none x 1                | ERR no such key
          LSET l 2 x                   | ERR index out of range
          LSET l -3 x                  | ERR index out of range
          COPY s s                     | ERR source and destination objects are the same
          COPY s t DB 1                | ERR DB index is out of range
          COPY s t DB 99999999999      | ERR value is out of range, value must between -2147483648 and 2147483647
          SETRANGE s -1 a              | ERR offset is out of range
          SETRANGE s 1000 a            | ERR string exceeds maximum allowed size (proto-max-bulk-len)
          SETRANGE s 9223372036854775807 a | ERR string exceeds maximum allowed size (proto-max-bulk-len)
          LPOP l -1                    | ERR value is out of range, must be positive
          LPOP l x                     | ERR value is out of range, must be positive
          RPOP l -1                    | ERR value is out of range, must be positive
          SPOP z -1                    | ERR value is out of range, must be positive
          HRANDFIELD h -4611686018427387904 WITHVALUES | ERR value is out of range
          SRANDMEMBER z -9223372036854775808 | ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807
          SCAN x                       | ERR invalid cursor
          SCAN 99999999999999999999    | ERR invalid cursor
          HSCAN s 1x                   | ERR invalid cursor
          SSCAN none -                 | ERR invalid cursor
          SINTERCARD 0 z               | ERR numkeys should be greater than 0
          SINTERCARD x z               | ERR numkeys should be greater than 0
          LMPOP 0 l LEFT               | ERR numkeys should be greater than 0
          LMPOP 1 l LEFT COUNT 0       | ERR count should be greater than 0
          SINTERCARD 2 z               | ERR Number of keys can't be greater than number of args
          SINTERCARD 1 z LIMIT -1      | ERR LIMIT can't be negative
          LPOS l a COUNT -1            | ERR COUNT can't be negative
          LPOS l a MAXLEN -1           | ERR MAXLEN can't be negative
          LPOS l a RANK 0              | ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list
          """)
  void texts(String command, String text) {
    assertThat(run(command)).isEqualTo(text);
  }

  private String run(String command) {
    return instance.run(command.split(" "));
  }

  @Test
  void unknownCommandsAreShownWithTheirFirstArguments() {
    assertThat(instance.run("foo", "bar", "baz"))
        .isEqualTo("ERR unknown command 'foo', with args beginning with: 'bar' 'baz' ");
    assertThat(instance.run("foo"))
        .isEqualTo("ERR unknown command 'foo', with args beginning with: ");
    assertThat(instance.run("a\r\nb", "c\nd"))
        .isEqualTo("ERR unknown command 'a  b', with args beginning with: 'c d' ");
    assertThat(instance.run("x".repeat(200), "y".repeat(200), "z"))
        .isEqualTo(
            "ERR unknown command '"
                + "x".repeat(128)
                + "', with args beginning with: '"
                + "y".repeat(128)
                + "' ");
    assertThat(instance.run("ZADD", "k", "1", "m")).startsWith("ERR unknown command 'ZADD'");
  }

  @Test
  void whatIsTooLongIsRefusedAtItsBound() {
    assertThat(instance.run("SET", "k".repeat(100), "v")).isEqualTo("+OK");
    assertThat(instance.run("SET", "k".repeat(101), "v"))
        .isEqualTo("ERR key exceeds maximum allowed size");
    assertThat(instance.run("MSET", "a", "1", "k".repeat(101), "v"))
        .isEqualTo("ERR key exceeds maximum allowed size");
    assertThat(instance.run("SET", "k", "v".repeat(1_000))).isEqualTo("+OK");
    String tooLong = "ERR string exceeds maximum allowed size (proto-max-bulk-len)";
    assertThat(instance.run("SET", "k", "v".repeat(1_001))).isEqualTo(tooLong);
    assertThat(instance.run("APPEND", "k", "v")).isEqualTo(tooLong);
    assertThat(instance.run("APPEND", "k", "")).isEqualTo(":1000");
    assertThat(instance.run("SETRANGE", "k", "999", "x")).isEqualTo(":1000");
    String half = "v".repeat(798);
    assertThat(instance.run("MSET", "a", half, "b", half, "c", half, "d", half, "e", half))
        .isEqualTo("+OK");
    assertThat(instance.run("MSET", "a", half, "b", half, "c", half, "d", half, "eee", half))
        .isEqualTo("ERR max request size exceeded. Limit: 4000 bytes");
  }

  @Test
  void fullIsFull() {
    instance.limits = new RedisLimits(100, 1_000, 4_000, 100_000, instance.usedBytes + 64 + 1 + 9);
    String full = "OOM command not allowed when used memory > 'maxmemory'.";

    assertThat(instance.run("SET", "a", "1234567890")).isEqualTo(full);
    assertThat(instance.run("SET", "a", "123456789")).isEqualTo("+OK");
    assertThat(instance.run("APPEND", "a", "0")).isEqualTo(full);
    assertThat(instance.run("SADD", "z", "c")).isEqualTo(full);
    assertThat(instance.run("COPY", "l", "m")).isEqualTo(full);
    assertThat(instance.run("SUNIONSTORE", "d", "z")).isEqualTo(full);
    assertThat(instance.run("GET", "a")).isEqualTo("123456789");
    assertThat(instance.run("SET", "a", "12345678")).isEqualTo("+OK");
    assertThat(instance.run("DEL", "a")).isEqualTo(":1");
    assertThat(instance.run("SADD", "z", "c")).isEqualTo(":1");
  }

  @Test
  void noRoomInTheShardIsFullToo() {
    instance.roomBytes = instance.usedBytes + 66;

    assertThat(instance.run("SET", "a", "12"))
        .isEqualTo("OOM command not allowed when used memory > 'maxmemory'.");
    assertThat(instance.run("SET", "a", "1")).isEqualTo("+OK");
  }

  @Test
  void noMoreIsMadeOfAnAnswerThanMayBeSent() {
    instance.run("SADD", "one", "v".repeat(986)); // 1000 bytes of a reply
    instance.run("HSET", "pair", "f".repeat(486), "v".repeat(486));
    var drawn = new AtomicLong();
    var context =
        new RedisContext(
            instance.limits,
            () -> {
              drawn.incrementAndGet();
              return instance.random.nextLong();
            },
            channel -> 0,
            new RedisContext.Server("1.0.0", 60, 3));
    for (String[] each :
        new String[][] {
          {"SRANDMEMBER", "one", "-7142", "101"}, // 7142 empty strings would do
          {"SRANDMEMBER", "one", "-7143", "0"},
          {"HRANDFIELD", "pair", "-7142", "WITHVALUES", "101"},
          {"HRANDFIELD", "pair", "-7143", "WITHVALUES", "0"},
        }) {
      drawn.set(0);
      var command = Instance.command(Arrays.copyOf(each, each.length - 1));
      assertThat(Instance.show(instance.group().run(command, context)))
          .isEqualTo("ERR reply exceeds maximum allowed size. Limit: 100000 bytes");
      assertThat(drawn)
          .as(String.join(" ", each))
          .hasValueLessThanOrEqualTo(Long.parseLong(each[each.length - 1]));
    }
  }

  @Test
  void anAnswerThatWouldBeTooLargeIsNone() {
    String tooLarge = "ERR reply exceeds maximum allowed size. Limit: 100000 bytes";
    instance.run("SET", "k", "v".repeat(1_000));
    String[] mget = "MGET k".concat(" k".repeat(98)).split(" ");

    assertThat(instance.run("SRANDMEMBER", "z", "-9223372036854775807")).isEqualTo(tooLarge);
    assertThat(instance.run("HRANDFIELD", "h", "-1000000000")).isEqualTo(tooLarge);
    assertThat(instance.run(mget)).isEqualTo(tooLarge);
    RedisGroup group = instance.group();
    var all = Collections.nCopies(99, Instance.command("GETSET", "k", "v".repeat(1_000)));
    assertThat(Instance.show(group.runAll(all, instance.context()))).isEqualTo(tooLarge);
    assertThat(group.effects()).isEmpty();
  }
}
