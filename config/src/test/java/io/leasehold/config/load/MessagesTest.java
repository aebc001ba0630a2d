package io.leasehold.config.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MessagesTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "durability=durabel | durability = durabel: must be durable or memory",
        "data-dir= | data-dir = \"\": must be a path, not empty",
        "partitions=0 | partitions = 0: must be 1..256",
        "partitions=257 | partitions = 257: must be 1..256",
        "partitions=4.5 | partitions = 4.5: must be a whole number, at most 2147483647",
        "lock.host= | lock.host = \"\": must be a host name or an address",
        "lock.host=a b | lock.host = a b: must be a host name or an address",
        "lock.port=-1 | lock.port = -1: must be 0 (off), auto or 1..65535",
        "lock.port=65536 | lock.port = 65536: must be 0 (off), auto or 1..65535",
        "lock.port=any | lock.port = any: must be 0 (off), auto or 1..65535",
        "lock.max-connections=-1 | lock.max-connections = -1: must be 0..1000000",
        "lock.max-connections-per-address=1000001"
            + " | lock.max-connections-per-address = 1000001: must be 0..1000000",
        "lock.idle-timeout=-1s | lock.idle-timeout = -1s: must be 0s..365d",
        "lock.idle-timeout=soon"
            + " | lock.idle-timeout = soon: must be a duration such as 500ms, 5s or 1m30s",
        "lock.request-timeout=0 | lock.request-timeout = 0s: must be above 0 and at most 1h",
        "lock.request-timeout=61m | lock.request-timeout = 61m: must be above 0 and at most 1h",
        "lock.drain-timeout=2h | lock.drain-timeout = 2h: must be 0s..1h",
        "lock.max-waiters=-1 | lock.max-waiters = -1: must be 0 or more",
        "lock.max-waiters=99999999999"
            + " | lock.max-waiters = 99999999999: must be a whole number, at most 2147483647",
        "lock.limits.max-locks=-5 | lock.limits.max-locks = -5: must be 0 or more",
        "lock.limits.max-memory-mb=-1 | lock.limits.max-memory-mb = -1: must be 0 or more",
        "lock.limits.warn-threshold=0"
            + " | lock.limits.warn-threshold = 0.0: must be above 0 and at most 1",
        "lock.limits.warn-threshold=1.01"
            + " | lock.limits.warn-threshold = 1.01: must be above 0 and at most 1",
        "lock.limits.warn-threshold=NaN | lock.limits.warn-threshold = NaN: must be a number",
        "lock.limits.reject-requests=1 | lock.limits.reject-requests = 1: must be true or false",
        "lock.cleanup-interval=99ms | lock.cleanup-interval = 99ms: must be 100ms..1h",
        "lock.auth-required=maybe | lock.auth-required = maybe: must be true or false",
        "lock.api-keys=a,,b | lock.api-keys = ***: element 1 is empty",
        "lock.api-keys=[a | lock.api-keys = ***: must be a list such as [\"a\", \"b\"]",
        "lock.retry.initial-delay=0 | lock.retry.initial-delay = 0s: must be 1ms..1m",
        "lock.retry.max-delay=50ms | lock.retry.max-delay = 50ms:"
            + " must be from lock.retry.initial-delay (100ms) to 1h",
        "lock.retry.backoff-multiplier=0.5"
            + " | lock.retry.backoff-multiplier = 0.5: must be 1..100",
        "lock.idle-linger=-1ms | lock.idle-linger = -1ms: must be 0s..1h",
        "lock.journal.snapshot-changes=0"
            + " | lock.journal.snapshot-changes = 0: must be 1..10000000",
        "monitor.debug-port=x | monitor.debug-port = x: must be 0 (off), auto or 1..65535",
        "health.timeout=0s | health.timeout = 0s: must be above 0 and at most 1m",
        "health.max-age=-1s | health.max-age = -1s: must be 0s..1h",
        "health.max-threads=0 | health.max-threads = 0: must be 1 or more",
        "health.heap-warn=2 | health.heap-warn = 2.0: must be above 0 and at most 1",
        "health.heap-limit=0.5"
            + " | health.heap-limit = 0.5: must be from health.heap-warn (0.8) up to 1",
        "health.dependencies=x | health.dependencies[0] = x: must be an object {...}",
        "health.dependencies=[{name = a}] | health.dependencies[0].url: is required",
        "health.dependencies=[{name = a, url = \"ftp://h\"}]"
            + " | health.dependencies[0].url = ftp://h: must be an http or https URL with a host",
        "health.dependencies=[{name = \"a b\", url = \"http://h\"}]"
            + " | health.dependencies[0].name = a b:"
            + " must be 1 to 64 letters, digits, dots, dashes or underscores",
        "health.dependencies=[{name = a, url = \"http://h\", timout = 1s}]"
            + " | health.dependencies[0].timout: unknown key;"
            + " did you mean health.dependencies[0].timeout?",
        "health.dependencies=[{name = a, url = \"http://h\"}, {name = a, url = \"http://i\"}]"
            + " | health.dependencies = a: is the name of two entries",
        "log.level=loud | log.level = loud: must be error, warn, info, debug or trace",
        "log.format=xml | log.format = xml: must be text or json",
        "database.url=jdbc:mysql://h/x"
            + " | database.url = jdbc:mysql://h/x:"
            + " must begin with jdbc:postgresql: or jdbc:h2:, or be empty",
        "database.pool-size=0 | database.pool-size = 0: must be 1..1000",
        "database.connection-timeout=249ms"
            + " | database.connection-timeout = 249ms: must be 250ms..1m",
        "remoting.port=0"
            + " | remoting.port = 0: must be auto or 1..65535, a node cannot be without it",
        "cluster.name=-x | cluster.name = -x:"
            + " must be 1 to 63 letters, digits, dashes or underscores, a letter or digit first",
        "cluster.discovery=dns"
            + " | cluster.discovery = dns: must be single, config or kubernetes",
        "cluster.contact-points=[\"a\"]"
            + " | cluster.contact-points = [a]: element a must be host:port",
        "cluster.contact-points=[\"a:70000\"]"
            + " | cluster.contact-points = [a:70000]: element a:70000 must be host:port",
        "cluster.required-contact-points=0"
            + " | cluster.required-contact-points = 0: must be 1..100",
        "cluster.kubernetes-selector=x"
            + " | cluster.kubernetes-selector = x: must be a label, key=value",
        "cluster.app-version=a b | cluster.app-version = a b:"
            + " must be at most 64 letters, digits, dots, dashes or plus signs",
        "access.keys=[{key-sha256 = x, scopes = [\"*\"]}] | access.keys[0].id: is required",
        "access.keys=[{id = a, key-sha256 = x, scopes = [\"*\"]}]"
            + " | access.keys[0].key-sha256 = ***: must be 64 hexadecimal digits",
        "access.keys=[{id = a, key = x, scopes = []}]"
            + " | access.keys[0].scopes = []: must name at least one scope",
        "access.keys=[{id = a, scopes = [\"*\"]}]"
            + " | access.keys[0]: needs either key or key-sha256, not both",
        "access.keys=[{id = a, key = x, scopes = [\"lock:us\"]}]"
            + " | access.keys[0]: scope lock:us is unknown; known are"
            + " lock:use, lock:admin, monitor:read, kv:read, kv:write, kv:admin, *",
        "access.keys=[{id = a, key = x, rat = 5, scopes = [\"*\"]}]"
            + " | access.keys[0].rat: unknown key; did you mean access.keys[0].rate?",
        "access.keys=[{id = a, key = x, rate = -5, scopes = [\"*\"]}]"
            + " | access.keys[0].rate = -5: must be 0..1000000",
        "access.keys=[{id = a, key = x, prefixes = [\"\"], scopes = [\"*\"]}]"
            + " | access.keys[0].prefixes = [\"\"]:"
            + " must not be empty texts; leave the list out for all keys",
        "http.host=a b | http.host = a b: must be a host name or an address",
        "http.max-connections=0 | http.max-connections = 0: must be 1..65536",
        "http.idle-timeout=0s | http.idle-timeout = 0s: must be 1s..1h",
        "http.max-body=1GiB | http.max-body = 1073741824: must be 1024..67108864 bytes",
        "http.max-body=big" + " | http.max-body = big: must be a size such as 512KiB, 8MiB or 4GiB",
        "http.cors.allowed-origins=ftp://h"
            + " | http.cors.allowed-origins = [ftp://h]:"
            + " element ftp://h must be * or an origin such as https://app.example.com",
        "kv.shards=0 | kv.shards = 0: must be 1..256",
        "kv.max-shard-bytes=1 | kv.max-shard-bytes = 1: must be 65536..1073741824 bytes",
        "kv.max-bytes=-1 | kv.max-bytes = -1: must be a size such as 512KiB, 8MiB or 4GiB",
        "kv.read-lease=1m | kv.read-lease = 1m: must be 100ms..10s",
        "kv.fence.verify=some | kv.fence.verify = some: must be none or issued",
        "kv.watch.history-events=1 | kv.watch.history-events = 1: must be 16..1000000",
        "kv.restore.max-bytes=0 | kv.restore.max-bytes = 0: must be 1 bytes or more",
        "log.slow=0 | log.slow = 0s: must be above 0 and at most 1h",
        "log.requests=some | log.requests = some: must be all, errors or off",
        "kv.rate-limit.rate=-1 | kv.rate-limit.rate = -1: must be 0..1000000",
        "gateway.max-commands=0 | gateway.max-commands = 0: must be 1..100000",
        "gateway.max-uri=1 | gateway.max-uri = 1: must be 1024..1048576 bytes",
        "gateway.rate-limit.lease=1ms | gateway.rate-limit.lease = 1ms: must be 20ms..10s",
        "gateway.embedded.max-command=2MiB"
            + " | gateway.embedded.max-command = 2097152: must be 1024..1572864 bytes",
        "dashboard.interval=1ms | dashboard.interval = 1ms: must be 500ms..1m",
        "lock=5 | lock: is a section, set one of its keys",
        "lock.port | lock.port: must be KEY=VALUE",
        "leasehold.lock.prot=1 | lock.prot: unknown key; did you mean lock.port?",
        "lock.max-conections=3"
            + " | lock.max-conections: unknown key; did you mean lock.max-connections?",
        "max-locks=3 | max-locks: unknown key; did you mean lock.limits.max-locks?",
        "=3 | \"\": must be KEY=VALUE",
      })
  void aBadValueIsToldWithPathValueAndBound(String set, String message) {
    assertThat(Problems.ofSets(set)).containsExactly(message + " (--set)");
  }

  @Test
  void allMistakesAreTold() {
    var problems =
        Problems.ofSets(
            "lock.max-waiters=-1",
            "lock.max-connections=-1",
            "lock.limits.max-locks=-1",
            "lock.limits.max-memory-mb=x",
            "log.level=loud",
            "partitions=0",
            "no-such-key=1");

    assertThat(problems)
        .containsExactlyInAnyOrder(
            "lock.max-waiters = -1: must be 0 or more (--set)",
            "lock.max-connections = -1: must be 0..1000000 (--set)",
            "lock.limits.max-locks = -1: must be 0 or more (--set)",
            "lock.limits.max-memory-mb = x: must be a whole number, at most 2147483647 (--set)",
            "log.level = loud: must be error, warn, info, debug or trace (--set)",
            "partitions = 0: must be 1..256 (--set)",
            "no-such-key: unknown key; the nearest known key is lock.api-keys (--set)");
  }

  @Test
  void aWrongValueOfAnotherKeyThatFollowsItIsToldOnce() {
    assertThat(Problems.ofSets("lock.auth-required=maybe"))
        .containsExactly("lock.auth-required = maybe: must be true or false (--set)");
  }

  @Test
  void aDefaultThatNoLongerFitsIsTold() {
    assertThat(Problems.ofSets("lock.retry.initial-delay=10s"))
        .containsExactly(
            "lock.retry.max-delay = 5s: must be from lock.retry.initial-delay (10s) to 1h");
  }

  @Test
  void aLongValueIsCutAndControlCharactersAreEscaped() {
    var problems = Problems.ofSets("log.level=\n\u001b[31m" + "x".repeat(100));

    assertThat(problems)
        .isEqualTo(
            List.of(
                "log.level = \\n\\u001b[31m"
                    + "x".repeat(64 - 12)
                    + "…: must be error, warn, info, debug or trace (--set)"));
  }

  @Test
  void aFloodOfMistakesIsBounded() {
    var sets = new String[250];
    for (int i = 0; i < sets.length; i++) {
      sets[i] = "unknown-" + i + "=1";
    }

    var problems = Problems.ofSets(sets);

    assertThat(problems).hasSize(101);
    assertThat(problems.get(100)).isEqualTo("and 150 more mistakes");
  }
}
