package io.leasehold.domain.kv.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.kv.Bytes;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is easily missed, and what a test against a real server cannot see. */
class RedisBehaviourTest {
  private final Instance instance = new Instance(1);

  private void expect(String command, String reply) {
    assertThat(instance.run(command.split(" ", -1))).as(command).isEqualTo(reply);
  }

  @Test
  void setKnowsWhatWasThere() {
    expect("SET k 1 XX", "nil");
    expect("SET k 1 NX GET", "nil");
    expect("SET k 2 NX GET", "1");
    expect("GET k", "1");
    expect("SET k 3 XX GET EX 100", "1");
    expect("TTL k", ":100");
    expect("SET k 4 KEEPTTL", "+OK");
    expect("TTL k", ":100");
    expect("SET k 5 NX", "nil");
    expect("SET k 5", "+OK");
    expect("TTL k", ":-1");
    expect("SET k 6 PXAT 1", "+OK");
    expect("EXISTS k", ":0");
    expect("RPUSH l a", ":1");
    expect("SET l 1 NX GET", "WRONGTYPE Operation against a key holding the wrong kind of value");
    expect("SET l 1", "+OK");
  }

  @Test
  void aKeyIsDeadAtItsDeadlineAndNotBefore() {
    expect("SET k v PX 10", "+OK");
    expect("SET other v", "+OK");
    instance.nowMillis += 9;
    expect("PTTL k", ":1");
    expect("DBSIZE", ":2");
    instance.nowMillis += 1;
    expect("PTTL k", ":-2");
    expect("EXISTS k other k", ":1");
    expect("DBSIZE", ":1");
    expect("KEYS *", "[other]");
    expect("SCAN 0", "[0 [other]]");
    expect("RANDOMKEY", "other");
    assertThat(instance.keyspace.size()).as("reads remove nothing").isEqualTo(2);
    expect("APPEND k x", ":1");
    assertThat(instance.effects).hasSize(2).contains(new Effect.Removed(Bytes.utf8("k"), true));
    expect("TTL k", ":-1");
  }

  @Test
  void secondsLeftAreRoundedToTheNearest() {
    expect("SET k v PX 1500", "+OK");
    expect("TTL k", ":2");
    instance.nowMillis += 1;
    expect("TTL k", ":1");
    expect("PTTL k", ":1499");
    expect("EXPIRETIME k", ":1800000002");
    instance.nowMillis += 1_000;
    expect("TTL k", ":0");
    expect("PEXPIREAT k 9223372036854775807", ":1");
    expect("EXPIRETIME k", ":9223372036854776");
  }

  @Test
  void conditionsOfDeadlines() {
    expect("SET k v", "+OK");
    expect("EXPIRE k 100 GT", ":0");
    expect("EXPIRE k 100 XX", ":0");
    expect("EXPIRE k 100 LT", ":1");
    expect("EXPIRE k 100 NX", ":0");
    expect("EXPIRE k 100 GT", ":0");
    expect("EXPIRE k 101 GT XX", ":1");
    expect("EXPIRE k 101 LT", ":0");
    expect("TTL k", ":101");
    expect("PERSIST k", ":1");
    expect("PERSIST k", ":0");
    expect("EXPIRE k -1 NX", ":1");
    expect("EXISTS k", ":0");
    expect("EXPIRE k 10", ":0");
  }

  @Test
  void deadlinesMoveWithTheirKeysAndGoWithNewValues() {
    expect("SET a 1 EX 100", "+OK");
    expect("RENAME a b", "+OK");
    expect("TTL b", ":100");
    expect("COPY b c", ":1");
    expect("TTL c", ":100");
    expect("INCR b", ":2");
    expect("APPEND b 0", ":2");
    expect("SETRANGE b 5 x", ":6");
    expect("TTL b", ":100");
    expect("GETSET b 1", "20\0\0\0x");
    expect("TTL b", ":-1");
    expect("MSET c 1", "+OK");
    expect("TTL c", ":-1");
    expect("SADD d 1", ":1");
    expect("EXPIRE d 100", ":1");
    expect("SADD d 2", ":1");
    expect("TTL d", ":100");
    expect("SUNIONSTORE d d", ":2");
    expect("TTL d", ":-1");
    expect("RPUSH l 1", ":1");
    expect("EXPIRE l 100", ":1");
    expect("LMOVE l l LEFT RIGHT", "1");
    expect("TTL l", ":100");
    expect("GETEX c EX 7", "1");
    expect("TTL c", ":7");
    expect("GETEX c PERSIST", "1");
    expect("TTL c", ":-1");
  }

  @Test
  void emptyIsGone() {
    expect("RPUSH l a b", ":2");
    expect("LPOP l 5", "[a b]");
    expect("EXISTS l", ":0");
    expect("LPOP l", "nil");
    expect("LPOP l 1", "nil[]");
    expect("LMPOP 2 l m LEFT", "nil[]");
    expect("HSET h f v", ":1");
    expect("HDEL h f f g", ":1");
    expect("TYPE h", "+none");
    expect("HGETALL h", "[]");
    expect("LPOS l a COUNT 1", "[]");
    expect("LPOS l a", "nil");
    expect("SETRANGE s 5 ", ":0");
    expect("EXISTS s", ":0");
    expect("SADD z a", ":1");
    expect("SMOVE z y a", ":1");
    expect("EXISTS z y", ":1");
    expect("SINTERSTORE y y z", ":0");
    expect("EXISTS y", ":0");
    expect("HRANDFIELD h", "nil");
    expect("HRANDFIELD h 2", "[]");
    expect("SPOP z", "nil");
    expect("SPOP z 1", "[]");
  }

  @Test
  void orderIsThatOfInsertionUntilSomethingIsRemoved() {
    expect("SADD z a b c d", ":4");
    expect("SADD z b e", ":1");
    expect("SMEMBERS z", "[a b c d e]");
    expect("SREM z b", ":1");
    expect("SMEMBERS z", "[a e c d]");
    expect("HSET h a 1 b 2 a 3", ":2");
    expect("HGETALL h", "[a 3 b 2]");
    expect("MSET x 1 y 2", "+OK");
    expect("SET x 3", "+OK");
    expect("KEYS *", "[z h x y]");
  }

  @Test
  void fractionsAreExact() {
    expect("INCRBYFLOAT f 0.1", "0.1");
    expect("INCRBYFLOAT f 0.2", "0.3");
    expect("INCRBYFLOAT f 3e2", "300.3");
    expect("INCRBYFLOAT f -.3", "300");
    expect("INCRBYFLOAT f 1e-17", "300.00000000000000001");
    expect("INCRBYFLOAT f 1e-18", "300.00000000000000001");
    expect("INCRBYFLOAT g -1e-30", "0");
    expect("INCRBYFLOAT g 1e20", "100000000000000000000");
    expect("HINCRBYFLOAT h f +1.50", "1.5");
    expect("INCRBYFLOAT i 1e-99999999999", "ERR value is not a valid float");
    expect("INCRBYFLOAT i 1e99999999999", "ERR value is not a valid float");
  }

  @Test
  void scansShowTheLastFirst() {
    expect("MSET a 1 b 2 c 3", "+OK");
    expect("SADD s x", ":1");
    expect("SCAN 0 COUNT 2", "[2 [s c]]");
    expect("SCAN 2 COUNT 2", "[0 [b a]]");
    expect("SCAN 99 COUNT 1", "[3 [s]]");
    expect("SCAN 0 TYPE Set COUNT 100", "[0 [s]]");
    expect("SCAN 0 TYPE nothing COUNT 100", "[0 []]");
    expect("SCAN 0 MATCH [ab] COUNT 100", "[0 [b a]]");
    expect("HSCAN none 0 FOO", "[0 []]");
    expect("SSCAN s 0 MATCH *", "[0 [x]]");
  }

  @Test
  void manyRandomOnesMayBeTheSame() {
    expect("SADD z a b c", ":3");
    expect("SRANDMEMBER z 0", "[]");
    assertThat(instance.run("SRANDMEMBER", "z", "9").split(" ")).hasSize(3).doesNotHaveDuplicates();
    assertThat(instance.run("SRANDMEMBER", "z", "-9").split(" ")).hasSize(9);
    expect("HSET h f v", ":1");
    expect("HRANDFIELD h -2 WITHVALUES", "[f v f v]");
  }

  @Test
  void aTransactionRunsWholeOrNotAtAll() {
    RedisGroup group = instance.group();

    Reply discarded =
        group.runAll(
            List.of(Instance.command("SET", "a", "1"), Instance.command("GET")),
            instance.context());
    assertThat(Instance.show(discarded))
        .isEqualTo(
            "EXECABORT Transaction discarded because of previous errors. (command 2: "
                + "ERR wrong number of arguments for 'get' command)");
    assertThat(group.effects()).isEmpty();

    Reply done =
        group.runAll(
            List.of(
                Instance.command("SET", "a", "x"),
                Instance.command("INCR", "a"),
                Instance.command("APPEND", "a", "y")),
            instance.context());
    assertThat(Instance.show(done))
        .isEqualTo("[+OK ERR value is not an integer or out of range :2]");
    assertThat(group.effects()).hasSize(2);
    group.drop();
    assertThat(group.effects()).isEmpty();
    assertThat(instance.keyspace.size()).isZero();
    assertThat(instance.usedBytes).isZero();
  }

  @Test
  void aMessageIsToldAfterTheCommit() {
    instance.receivers = 3;
    expect("PUBLISH news hello", ":3");
    assertThat(instance.published)
        .containsExactly(new RedisGroup.Published(Bytes.utf8("news"), Bytes.utf8("hello")));
    assertThat(instance.effects).isEmpty();
  }

  @Test
  void theServerSpeaksOfItself() {
    expect("PING", "+PONG");
    expect("PING hi", "hi");
    expect("ECHO hi", "hi");
    instance.nowMillis = 1_800_000_000_123L;
    expect("TIME", "[1800000000 123000]");
    expect("SET k v EX 1", "+OK");
    expect("INFO keyspace", "# Keyspace\r\ndb0:keys=1,expires=1,avg_ttl=0\r\n");
    assertThat(instance.run("INFO"))
        .startsWith("# Server\r\nredis_version:7.0.0\r\n")
        .contains("\r\n\r\n# Clients\r\nconnected_clients:3\r\n\r\n# Memory\r\nused_memory:66\r\n");
    expect("INFO nothing", "");
  }

  @Test
  void whatAGroupReplacedCountsAgainstItsCopies() {
    instance.run("SET", "filler", "x");
    for (int i = 0; i < 10; i++) {
      instance.run("RPUSH", "l", "x".repeat(900));
    }
    long list = instance.usedBytes;
    instance.limits = new RedisLimits(100, 1_000, 4_000, 100_000, 3 * list);
    RedisGroup group = instance.group();

    assertThat(group.run(Instance.command("COPY", "l", "m"), instance.context()))
        .isEqualTo(Replies.ONE);
    assertThat(group.run(Instance.command("COPY", "l", "m", "REPLACE"), instance.context()))
        .isEqualTo(Replies.ONE);
    assertThat(group.run(Instance.command("COPY", "l", "m", "REPLACE"), instance.context()))
        .isEqualTo(Replies.ONE);
    assertThat(
            Instance.show(
                group.run(Instance.command("COPY", "l", "m", "REPLACE"), instance.context())))
        .isEqualTo("OOM command not allowed when used memory > 'maxmemory'.");
    group.drop();
    assertThat(instance.keyspace.accountedBytes()).isEqualTo(list);
  }

  @Test
  void timerRemovesTheDeadSoonestFirst() {
    expect("SET a v PX 30", "+OK");
    expect("SET b v PX 10", "+OK");
    expect("SET c v PX 20", "+OK");
    assertThat(instance.keyspace.nextDeadlineMillis()).isEqualTo(instance.nowMillis + 10);
    instance.nowMillis += 30;
    RedisGroup group = instance.group();

    group.expire(2);

    group.takeBack();
    instance.commit(group);
    assertThat(instance.effects)
        .containsExactly(
            new Effect.Removed(Bytes.utf8("b"), true), new Effect.Removed(Bytes.utf8("c"), true));
    assertThat(instance.keyspace.size()).isOne();
    assertThat(instance.keyspace.expiring()).isOne();
  }
}
