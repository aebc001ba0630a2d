package io.leasehold.domain.access;

import static io.leasehold.domain.access.KeyRules.Denied.COMMAND;
import static io.leasehold.domain.access.KeyRules.Denied.KEY;
import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.domain.kv.Bytes;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every rule of a gateway key allows what it should and refuses the rest. */
class KeyRulesTest {
  private static final UUID ID = new UUID(1, 2);

  private static KeyGrant grant(
      Set<Scope> scopes, Set<String> allow, Set<String> deny, String... prefixes) {
    return new KeyGrant(
        ID,
        ID,
        ID,
        scopes,
        allow,
        deny,
        Arrays.stream(prefixes).map(Bytes::utf8).toList(),
        Set.of(),
        OptionalInt.empty(),
        OptionalInt.empty());
  }

  private static KeyGrant scopes(Scope... scopes) {
    return grant(Set.of(scopes), Set.of(), Set.of());
  }

  private static KeyGrant prefixes(Set<Scope> scopes, String... prefixes) {
    return grant(scopes, Set.of(), Set.of(), prefixes);
  }

  private static List<Bytes> command(String line) {
    return Arrays.stream(line.split(" ")).map(Bytes::utf8).toList();
  }

  private static KeyRules.Denied check(KeyGrant grant, String line) {
    return KeyRules.check(grant, command(line));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET a",
        "get a",
        "ZRANGE a 0 -1",
        "XREAD STREAMS a 0",
        "MEMORY USAGE a",
        "OBJECT ENCODING a",
        "PING",
        "ECHO x",
        "TIME"
      })
  void aReaderReads(String line) {
    assertThat(check(scopes(Scope.READ), line)).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SET a 1",
        "DEL a",
        "GETDEL a",
        "PUBLISH c m",
        "SORT a STORE b",
        "EVAL x 0",
        "KEYS *",
        "SCAN 0",
        "RANDOMKEY",
        "DBSIZE",
        "FLUSHALL",
        "INFO",
        "CONFIG GET x",
        "CONFIG",
        "MEMORY STATS",
        "ACL LIST",
        "FOO.BAR a"
      })
  void aReaderDoesNothingElse(String line) {
    assertThat(check(scopes(Scope.READ), line)).isEqualTo(COMMAND);
  }

  @Test
  void aWriterWritesAndDoesNotRead() {
    assertThat(check(scopes(Scope.WRITE), "SET a 1")).isNull();
    assertThat(check(scopes(Scope.WRITE), "PUBLISH c m")).isNull();
    assertThat(check(scopes(Scope.WRITE), "GET a")).isEqualTo(COMMAND);
    assertThat(check(scopes(Scope.WRITE), "FLUSHDB")).isEqualTo(COMMAND);
  }

  @ParameterizedTest
  @ValueSource(strings = {"KEYS *", "SCAN 0", "RANDOMKEY", "DBSIZE"})
  void allKeysAreSeenByWhoReadsAndWrites(String line) {
    assertThat(check(scopes(Scope.READ, Scope.WRITE), line)).isNull();
    assertThat(check(scopes(Scope.ADMIN), line)).isNull();
    assertThat(check(scopes(Scope.WRITE), line)).isEqualTo(COMMAND);
  }

  @Test
  void scriptsNeedTheirScope() {
    assertThat(check(scopes(Scope.SCRIPT), "EVAL x 1 a")).isNull();
    assertThat(check(scopes(Scope.SCRIPT), "FUNCTION LOAD x")).isNull();
    assertThat(check(scopes(Scope.SCRIPT), "GET a")).isEqualTo(COMMAND);
    assertThat(check(scopes(Scope.READ, Scope.WRITE), "EVALSHA_RO x 1 a")).isEqualTo(COMMAND);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"GET a", "SET a 1", "EVAL x 0", "FLUSHALL", "CONFIG SET a b", "JSON.GET a"})
  void adminAndAllIncludeEverything(String line) {
    assertThat(check(scopes(Scope.ADMIN), line)).isNull();
    assertThat(check(scopes(Scope.ALL), line)).isNull();
  }

  @Test
  void denyWinsOverAllowAndBothOverScopes() {
    var grant = grant(Set.of(Scope.ALL), Set.of("get", "set", "config|get"), Set.of("set"));

    assertThat(check(grant, "GET a")).isNull();
    assertThat(check(grant, "SET a 1")).isEqualTo(COMMAND);
    assertThat(check(grant, "DEL a")).isEqualTo(COMMAND);
    assertThat(check(grant, "CONFIG GET maxmemory")).isNull();
    assertThat(check(grant, "CONFIG SET maxmemory 1")).isEqualTo(COMMAND);
    assertThat(check(grant, "FOO.BAR a")).isEqualTo(COMMAND);
    assertThat(check(grant(Set.of(Scope.READ), Set.of("set"), Set.of()), "SET a 1"))
        .isEqualTo(COMMAND);
  }

  @Test
  void aWholeCommandIsDeniedWithItsSubcommands() {
    var grant = grant(Set.of(Scope.ALL), Set.of(), Set.of("config", "object|freq", "foo.bar"));

    assertThat(check(grant, "config GET a")).isEqualTo(COMMAND);
    assertThat(check(grant, "OBJECT freq a")).isEqualTo(COMMAND);
    assertThat(check(grant, "OBJECT encoding a")).isNull();
    assertThat(check(grant, "FOO.BAR a")).isEqualTo(COMMAND);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET app:a",
        "GET lib:a",
        "MGET app:a lib:b",
        "MSET app:a x app:b y",
        "RENAME app:a lib:a",
        "SINTERCARD 2 app:a app:b LIMIT 1",
        "ZUNIONSTORE app:a 2 app:b app:c WEIGHTS 1 2",
        "XREAD COUNT 2 STREAMS app:a lib:b 0 0",
        "XREADGROUP GROUP streams c COUNT 1 STREAMS app:a >",
        "SORT app:a ALPHA",
        "PUBLISH app:news x",
        "KEYS app:*",
        "SCAN 0 COUNT 10 MATCH app:* TYPE string",
        "OBJECT ENCODING app:a",
        "PING other",
        "GEORADIUS app:a 1 2 3 m STORE app:b"
      })
  void keysWithTheirPrefixAreOpen(String line) {
    assertThat(check(prefixes(Set.of(Scope.ALL), "app:", "lib:"), line)).isNull();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET other",
        "GET app",
        "MGET app:a other",
        "MSET app:a x other y",
        "RENAME app:a other",
        "SINTERCARD 2 app:a other",
        "ZUNIONSTORE app:a 2 app:b other",
        "XREAD COUNT 2 STREAMS app:a other 0 0",
        "XREADGROUP NOACK GROUP streams app:c STREAMS other >",
        "XREADGROUP GROUP g streams STREAMS app:a other > >",
        "SORT app:a BY nosort GET other:*",
        "SORT app:a STORE other",
        "PUBLISH news x",
        "KEYS *",
        "KEYS a*",
        "KEYS *app:",
        "SCAN 0",
        "SCAN 0 MATCH app:* MATCH *",
        "SCAN 0 match ?pp:*",
        "RANDOMKEY",
        "DBSIZE",
        "FLUSHALL",
        "FLUSHDB",
        "OBJECT ENCODING other",
        "GEORADIUS app:a 1 2 3 m STOREDIST other",
        "GEORADIUS app:a 1 2 3 m STORE app:b STORE other",
        "GEORADIUSBYMEMBER app:a m 3 m STORE app:b STOREDIST app:c STOREDIST other"
      })
  void everythingElseIsClosed(String line) {
    assertThat(check(prefixes(Set.of(Scope.ALL), "app:", "lib:"), line)).isEqualTo(KEY);
  }

  @Test
  void aCommandOfAModuleIsNotForAKeyWithPrefixes() {
    assertThat(check(prefixes(Set.of(Scope.ALL), "app:"), "JSON.GET app:a")).isEqualTo(COMMAND);
  }

  @Test
  void aScriptPassesPrefixesOnlyIfItIsAllowedByName() {
    assertThat(check(prefixes(Set.of(Scope.ALL), "app:"), "EVAL x 1 app:a")).isEqualTo(COMMAND);
    var named = grant(Set.of(Scope.SCRIPT), Set.of("eval"), Set.of(), "app:");
    assertThat(check(named, "EVAL x 1 app:a other")).isNull();
    assertThat(check(named, "EVAL x 2 app:a other")).isEqualTo(KEY);
    assertThat(check(named, "EVALSHA x 1 app:a")).isEqualTo(COMMAND);
    var denies = grant(Set.of(Scope.ALL), Set.of(), Set.of("set"));
    assertThat(check(denies, "EVAL x 0")).isEqualTo(COMMAND);
  }

  @Test
  void streamsAreHeldToScopesListsAndPrefixes() {
    List<Bytes> own = command("app:a");
    assertThat(KeyRules.subscribe(scopes(Scope.READ), false, own)).isNull();
    assertThat(KeyRules.subscribe(scopes(Scope.WRITE), false, own)).isEqualTo(COMMAND);
    var held = prefixes(Set.of(Scope.READ), "app:");
    assertThat(KeyRules.subscribe(held, false, own)).isNull();
    assertThat(KeyRules.subscribe(held, false, command("app:a news"))).isEqualTo(KEY);
    assertThat(KeyRules.subscribe(held, true, command("app:*"))).isNull();
    assertThat(KeyRules.subscribe(held, true, command("a*"))).isEqualTo(KEY);
    var lists = grant(Set.of(Scope.ALL), Set.of(), Set.of("psubscribe", "monitor"));
    assertThat(KeyRules.subscribe(lists, true, own)).isEqualTo(COMMAND);
    assertThat(KeyRules.subscribe(lists, false, own)).isNull();
    assertThat(KeyRules.monitor(lists)).isEqualTo(COMMAND);
    assertThat(KeyRules.monitor(scopes(Scope.ADMIN))).isNull();
    assertThat(KeyRules.monitor(scopes(Scope.READ, Scope.WRITE))).isEqualTo(COMMAND);
    assertThat(KeyRules.monitor(prefixes(Set.of(Scope.ALL), "app:"))).isEqualTo(KEY);
  }

  @Test
  void aRefusedCallerIsToldInTheWordsOfRedis() {
    assertThat(KeyRules.text(COMMAND, "SET"))
        .isEqualTo("NOPERM this user has no permissions to run the 'set' command");
    assertThat(KeyRules.text(KEY, "SET"))
        .isEqualTo(
            "NOPERM this user has no permissions to access one of the keys used as arguments");
  }

  @Test
  void commandsThatNeedAConnectionOfTheirOwnAreNotAvailable() {
    for (String line :
        List.of(
            "SELECT 1",
            "AUTH x",
            "CLIENT SETNAME x",
            "MULTI",
            "WATCH a",
            "SUBSCRIBE a",
            "MONITOR",
            "BLPOP a 0",
            "XREAD BLOCK 0 STREAMS a $",
            "XREADGROUP GROUP g c BLOCK 0 STREAMS a >",
            "XREADGROUP GROUP streams c BLOCK 0 STREAMS a >",
            "XREADGROUP GROUP g streams COUNT 1 block 0 STREAMS a >",
            "SHUTDOWN",
            "CLUSTER INFO")) {
      var command = command(line);
      assertThat(CommandTable.find(command).isAvailable(command)).as(line).isFalse();
    }
    for (String line :
        List.of(
            "GET a",
            "XREAD STREAMS BLOCK 0",
            "XREADGROUP GROUP BLOCK block STREAMS a >",
            "LPOP a",
            "INFO")) {
      var command = command(line);
      assertThat(CommandTable.find(command).isAvailable(command)).as(line).isTrue();
    }
  }

  @Test
  void theTableHasEveryCommandOfRedis() {
    assertThat(CommandTable.all()).hasSize(366);
    assertThat(CommandTable.find(command("NOSUCH"))).isNull();
    assertThat(CommandTable.find(command("config|get x"))).isNull();
    assertThat(CommandTable.find(command("CONFIG nosuch")).name()).isEqualTo("config");
    assertThat(CommandTable.find(command("g".repeat(40)))).isNull();
  }
}
