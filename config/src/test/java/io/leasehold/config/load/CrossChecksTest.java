package io.leasehold.config.load;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class CrossChecksTest {
  private static final String LONG_KEY = "k".repeat(32);
  private static final String NO_LOCK_KEY =
      "lock.auth-required = true: no key is given in lock.api-keys, lock.admin-api-keys"
          + " or access.keys with lock:use or lock:admin (--set)";

  @Test
  void twoDoorsCannotShareAFixedPort() {
    assertThat(Problems.ofSets("lock.port=9765"))
        .containsExactly(
            "lock.port = 9765: is also monitor.port on 127.0.0.1,"
                + " two doors cannot share a port (--set)");
    assertThat(Problems.ofSets("lock.host=0.0.0.0", "monitor.debug-port=8765"))
        .containsExactly(
            "lock.port = 8765: is also monitor.debug-port on 127.0.0.1,"
                + " two doors cannot share a port");
    assertThat(Problems.ofSets("monitor.host=localhost", "metrics.port=25520"))
        .containsExactly(
            "metrics.port = 25520: is also remoting.port on 127.0.0.1,"
                + " two doors cannot share a port (--set)");
  }

  @Test
  void portsOfDifferentHostsAutoAndOffDoNotMeet() {
    assertThat(warnings("lock.host=127.0.0.2", "lock.port=9765")).isEmpty();
    assertThat(warnings("lock.port=auto", "monitor.port=auto", "monitor.debug-port=auto"))
        .isEmpty();
    assertThat(warnings("lock.port=0", "monitor.port=0", "monitor.debug-port=0")).isEmpty();
  }

  @Test
  void aRefusedPortIsNotComparedToo() {
    assertThat(Problems.ofSets("lock.port=x", "monitor.port=8765")).hasSize(1);
  }

  @Test
  void requiredAuthenticationNeedsAKey() {
    assertThat(Problems.ofSets("lock.auth-required=true")).containsExactly(NO_LOCK_KEY);
    assertThat(Problems.ofSets("lock.auth-required=true", accessKey("monitor:read")))
        .containsExactly(NO_LOCK_KEY);
    assertThat(warnings("lock.auth-required=true", accessKey("lock:use"))).isEmpty();
    assertThat(warnings("lock.auth-required=true", accessKey("lock:admin"))).isEmpty();
    assertThat(warnings("lock.auth-required=true", accessKey("*"))).isEmpty();
    assertThat(warnings("lock.auth-required=true", "lock.api-keys=" + LONG_KEY)).isEmpty();
    assertThat(warnings("lock.auth-required=true", "lock.admin-api-keys=" + LONG_KEY)).isEmpty();
  }

  @Test
  void requiredAccessNeedsAKeyThatMayRead() {
    assertThat(Problems.ofSets("access.required=true", accessKey("lock:use")))
        .containsExactly(
            "access.required = true: no key is given in lock.api-keys, lock.admin-api-keys"
                + " or access.keys with monitor:read (--set)");
    assertThat(warnings("access.required=true", accessKey("monitor:read"))).isEmpty();
  }

  @Test
  void aRefusedKeyIsNotMissedToo() {
    assertThat(Problems.ofSets("lock.auth-required=true", "lock.api-keys=a,,b"))
        .containsExactly("lock.api-keys = ***: element 1 is empty (--set)");
  }

  @Test
  void shortKeysAreWarnedOfOnce() {
    assertThat(
            warnings(
                "lock.api-keys=" + LONG_KEY + "," + LONG_KEY.substring(1),
                "lock.admin-api-keys=a",
                "access.keys=[{id = a, key = b, scopes = [\"*\"]}]"))
        .containsExactly(
            "lock.api-keys[1], lock.admin-api-keys[0], access.keys[0].key:"
                + " shorter than 32 characters, a short key can be guessed",
            "access.keys[0].key: stands in clear,"
                + " key-sha256 keeps it out of the configuration");
  }

  @Test
  void twoEntriesCannotHaveOneId() {
    var entry = "{id = a, key-sha256 = " + "0".repeat(64) + ", scopes = [\"*\"]}";

    assertThat(Problems.ofSets("access.keys=[" + entry + "," + entry + "]"))
        .containsExactly("access.keys = a: is the id of two entries (--set)");
  }

  @Test
  void aDoorOpenToOthersWithoutAKeyIsWarnedOf() {
    assertThat(warnings("lock.host=0.0.0.0", "monitor.host=10.0.0.1", "monitor.debug-port=0"))
        .containsExactly(
            "lock.port = 8765: other machines reach it on 0.0.0.0 without a key;"
                + " set lock.auth-required or lock.host",
            "monitor.port = 9765: other machines reach it on 10.0.0.1 without a key;"
                + " set access.required or monitor.host");
    assertThat(
            warnings(
                "lock.host=0.0.0.0",
                "monitor.host=0.0.0.0",
                "lock.auth-required=true",
                "lock.api-keys=" + LONG_KEY))
        .isEmpty();
    assertThat(warnings("lock.host=::1", "monitor.host=localhost")).isEmpty();
  }

  @Test
  void aDatabaseThatMemoryModeNeverUsesIsWarnedOf() {
    assertThat(warnings("durability=memory", "database.url=jdbc:postgresql://h/x"))
        .containsExactly("durability = memory: database.url is set but nothing is stored");
    assertThat(warnings("durability=memory")).isEmpty();
  }

  @Test
  void aFileOfTelemetryThatIsSwitchedOffIsWarnedOf() {
    assertThat(warnings("telemetry.enabled=false", "telemetry.config-file=/etc/sidecar.yaml"))
        .containsExactly("telemetry.enabled = false: telemetry.config-file is set but not read");
    assertThat(warnings("telemetry.enabled=false")).isEmpty();
  }

  @Test
  void aClusterOfSeveralNodesNeedsADatabaseThatTheyShare() {
    var points = "cluster.contact-points=[\"a:7626\",\"b:7626\"]";
    var shared = "database.url=jdbc:postgresql://h/x";
    var secret = "gateway.jwt-secret=" + "s".repeat(32);

    assertThat(warnings("cluster.discovery=config", points, shared, secret)).isEmpty();
    assertThat(Problems.ofSets("cluster.discovery=config", points, secret))
        .containsExactly(
            "database.url = \"\": a cluster of more than one node needs PostgreSQL,"
                + " H2 belongs to one process");
    assertThat(Problems.ofSets("cluster.discovery=config", points, secret, "durability=memory"))
        .containsExactly(
            "durability = memory: more than one node would forget who holds what when a partition"
                + " moves; use durable, or cluster.discovery = single (--set)");
    assertThat(Problems.ofSets("cluster.discovery=config", shared, secret, "management.port=0"))
        .containsExactly(
            "management.port = 0: nodes find each other there, it cannot be off in a cluster"
                + " (--set)",
            "cluster.contact-points = []: must name at least cluster.required-contact-points (2)"
                + " nodes");
  }

  @Test
  void whatOthersReachIsSignedWithAGivenSecret() {
    var secret = "gateway.jwt-secret=" + "s".repeat(32);
    assertThat(Problems.ofSets("http.host=0.0.0.0"))
        .containsExactly(
            "gateway.jwt-secret = \"\": is needed where other machines reach the gateway"
                + " (http.host = 0.0.0.0); only on loopback is one made");
    assertThat(warnings("http.host=0.0.0.0", "http.port=0")).isEmpty();
    assertThat(warnings("http.host=0.0.0.0", secret)).hasSize(1); // the store is open
    assertThat(warnings("http.host=localhost")).isEmpty();
    assertThat(
            Problems.ofSets(
                "cluster.discovery=config",
                "cluster.contact-points=[\"a:7626\",\"b:7626\"]",
                "database.url=jdbc:postgresql://h/x"))
        .containsExactly("gateway.jwt-secret = \"\": a cluster needs one that all its nodes share");
    assertThat(Problems.ofSets("gateway.jwt-secret=" + "s".repeat(31)))
        .containsExactly("gateway.jwt-secret = ***: must be 32 bytes or more (--set)");
  }

  @Test
  void tlsNeedsAllThreeOfItsFiles() {
    assertThat(Problems.ofSets("remoting.tls.key=/k"))
        .containsExactly(
            "remoting.tls.certificate = \"\":"
                + " certificate, key and authority are given together or not at all");
  }

  private static List<String> warnings(String... sets) {
    return SettingsLoader.load(Sources.ofSets(sets)).warnings();
  }

  private static String accessKey(String scope) {
    return "access.keys=[{id = a, key-sha256 = "
        + "0".repeat(64)
        + ", scopes = [\""
        + scope
        + "\"]}]";
  }

  @Test
  void aBurstThatNoRateGoesWithIsWarnedOf() {
    assertThat(warnings("kv.rate-limit.burst=5"))
        .containsExactly("kv.rate-limit.burst = 5: limits nothing without a rate");
    assertThat(
            warnings(
                "access.keys=[{id = a, burst = 7, scopes = [\"*\"], key-sha256 = "
                    + "0".repeat(64)
                    + "}]"))
        .containsExactly("access.keys[0].burst = 7: limits nothing without a rate");
    assertThat(warnings("kv.rate-limit.burst=5", "kv.rate-limit.rate=2")).isEmpty();
  }
}
