package io.leasehold.domain.kv.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.kv.Bytes;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The table of commands: nothing more than promised, nothing less, each with its rules. */
class RedisCommandsTest {
  private static String names(RedisScope scope) {
    return RedisCommands.all().stream()
        .filter(command -> command.scope() == scope)
        .map(RedisCommand::name)
        .collect(Collectors.joining(" "));
  }

  @Test
  void allThatArePromised() {
    assertThat(names(RedisScope.READ))
        .isEqualTo(
            "EXISTS EXPIRETIME GET GETRANGE HEXISTS HGET HGETALL HKEYS HLEN HMGET HRANDFIELD HSCAN"
                + " HSTRLEN HVALS LINDEX LLEN LPOS LRANGE MGET PEXPIRETIME PTTL SCARD SDIFF SINTER"
                + " SINTERCARD SISMEMBER SMEMBERS SMISMEMBER SRANDMEMBER SSCAN STRLEN SUBSTR SUNION"
                + " TOUCH TTL TYPE");
    assertThat(names(RedisScope.WRITE))
        .isEqualTo(
            "APPEND COPY DECR DECRBY DEL EXPIRE EXPIREAT GETDEL GETEX GETSET HDEL HINCRBY"
                + " HINCRBYFLOAT HMSET HSET HSETNX INCR INCRBY INCRBYFLOAT LINSERT LMOVE LMPOP LPOP"
                + " LPUSH LPUSHX LREM LSET LTRIM MSET MSETNX PERSIST PEXPIRE PEXPIREAT PSETEX"
                + " PUBLISH RENAME RENAMENX RPOP RPOPLPUSH RPUSH RPUSHX SADD SDIFFSTORE SET SETEX"
                + " SETNX SETRANGE SINTERSTORE SMOVE SPOP SREM SUNIONSTORE UNLINK");
    assertThat(names(RedisScope.KEYSPACE)).isEqualTo("DBSIZE KEYS RANDOMKEY SCAN");
    assertThat(names(RedisScope.ADMIN)).isEqualTo("FLUSHALL FLUSHDB INFO");
    assertThat(names(RedisScope.ANY)).isEqualTo("ECHO PING TIME");
    assertThat(names(RedisScope.SCRIPT)).isEmpty();
  }

  private static RedisCommand find(List<Bytes> arguments) {
    RedisCommand command = RedisCommands.find(arguments.get(0));
    assertThat(command).isNotNull();
    return command;
  }

  @ParameterizedTest
  @CsvSource({
    "get k, k",
    "MGET a b c, a b c",
    "MSET a 1 b 2, a b",
    "MSET a 1 b, a b",
    "RENAME a b, a b",
    "COPY a b REPLACE, a b",
    "SMOVE a b m, a b",
    "LMOVE a b LEFT RIGHT, a b",
    "SUNIONSTORE d a b, d a b",
    "SINTERCARD 2 a b LIMIT 1, a b",
    "SINTERCARD 9 a b, a b",
    "SINTERCARD x a b, ''",
    "SINTERCARD -1 a b, ''",
    "LMPOP 1 a LEFT, a",
    "LMPOP 9223372036854775807 a LEFT, a LEFT",
    "HSET h f v, h",
    "GET, ''",
    "PING a, ''",
    "PUBLISH c m, ''",
  })
  void keys(String words, String keys) {
    List<Bytes> arguments = Instance.command(words.split(" "));

    assertThat(find(arguments).keys(arguments).stream().map(Bytes::text))
        .containsExactly(keys.isEmpty() ? new String[0] : keys.split(" "));
  }

  @ParameterizedTest
  @CsvSource({
    "KEYS a*, a*",
    "KEYS, *",
    "SCAN 0, *",
    "SCAN 0 COUNT 1 match b*, b*",
    "SCAN 0 MATCH a MATCH b, b",
    "SCAN 0 MATCH, *"
  })
  void patterns(String words, String pattern) {
    List<Bytes> arguments = Instance.command(words.split(" "));

    assertThat(find(arguments).pattern(arguments)).isEqualTo(Bytes.utf8(pattern));
  }

  @Test
  void whatGoesByNames() {
    List<Bytes> publish = Instance.command("publish", "news", "hello");
    assertThat(find(publish).channel(publish)).isEqualTo(Bytes.utf8("news"));
    assertThat(find(publish).pattern(publish)).isNull();
    for (String name : List.of("DBSIZE", "RANDOMKEY", "FLUSHALL", "FLUSHDB")) {
      assertThat(find(Instance.command(name)).touchesEverything()).isTrue();
    }
    assertThat(find(Instance.command("GET")).touchesEverything()).isFalse();
    assertThat(RedisCommands.find(Bytes.utf8("ZADD"))).isNull();
    assertThat(RedisCommands.find(Bytes.utf8("get".repeat(100)))).isNull();
  }

  @Test
  void onlyWhatMayChangeSomethingIsAWrite() {
    assertThat(find(Instance.command("FLUSHALL")).isWrite()).isTrue();
    assertThat(find(Instance.command("SET")).isWrite()).isTrue();
    assertThat(find(Instance.command("INFO")).isWrite()).isFalse();
    assertThat(find(Instance.command("SCAN")).isWrite()).isFalse();
    assertThat(find(Instance.command("GET")).isWrite()).isFalse();
  }
}
