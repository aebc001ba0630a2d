package io.leasehold.actors.kv.redis.external;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.actors.access.account.PasswordSeal;
import io.leasehold.actors.kv.redis.InstanceEvents;
import io.leasehold.domain.access.ExternalRedis;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.time.Clock;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.SecureRandom;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A Redis that speaks TLS only. */
class TlsRedisTest {
  private static final char[] STORE_PASSWORD = "changeit".toCharArray();
  private static final List<String> TRUST =
      List.of("javax.net.ssl.trustStore", "javax.net.ssl.trustStorePassword");

  @TempDir static Path dir;
  private static ActorTestKit kit;
  private static RedisServer redis;

  @BeforeAll
  static void start() throws Exception {
    kit = ActorTestKit.create();
    Path store = dir.resolve("store.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "redis",
                "-keyalg",
                "RSA",
                "-dname",
                "CN=redis",
                "-ext",
                "SAN=dns:localhost",
                "-storetype",
                "PKCS12",
                "-storepass",
                new String(STORE_PASSWORD),
                "-keystore",
                store.toString())
            .inheritIO()
            .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, STORE_PASSWORD);
    }
    Certificate certificate = keys.getCertificate("redis");
    Path key = pem("PRIVATE KEY", keys.getKey("redis", STORE_PASSWORD).getEncoded());
    Path chain = pem("CERTIFICATE", certificate.getEncoded());
    KeyStore trusted = KeyStore.getInstance("PKCS12");
    trusted.load(null, STORE_PASSWORD);
    trusted.setCertificateEntry("redis", certificate);
    try (var out = Files.newOutputStream(dir.resolve("trust.p12"))) {
      trusted.store(out, STORE_PASSWORD);
    }
    redis =
        RedisServer.start(
            "--port",
            "0",
            "--tls-port",
            "$port",
            "--tls-cert-file",
            chain.toString(),
            "--tls-key-file",
            key.toString(),
            "--tls-ca-cert-file",
            chain.toString(),
            "--tls-auth-clients",
            "no");
  }

  private static Path pem(String what, byte[] encoded) throws Exception {
    String base64 =
        Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII)).encodeToString(encoded);
    return Files.writeString(
        dir.resolve(what.replace(' ', '-') + ".pem"),
        "-----BEGIN " + what + "-----\n" + base64 + "\n-----END " + what + "-----\n");
  }

  @AfterAll
  static void stop() {
    redis.close();
    kit.shutdownTestKit();
  }

  @AfterEach
  void forget() {
    TRUST.forEach(System::clearProperty);
  }

  private static ExternalInstances instances() {
    var setup =
        new ExternalInstances.Setup(
            new Networks(List.of(), List.of(), true),
            1,
            Duration.ofMillis(1),
            3,
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            1 << 20);
    var seal = new PasswordSeal(List.of(), new SecureRandom());
    return new ExternalInstances(kit.system(), setup, seal, () -> 0, Clock.system());
  }

  private static ExternalRedis at(String host, boolean tls) {
    return new ExternalRedis(UUID.randomUUID(), host, redis.port(), 0, tls, null, null, 0, 1);
  }

  private static String errorOf(String host, boolean tls) throws Exception {
    try (var instances = instances()) {
      return instances
          .verify(at(host, tls), null)
          .toCompletableFuture()
          .get(20, TimeUnit.SECONDS)
          .error();
    }
  }

  @Test
  void theChainAndTheNameOfTheHostAreLookedAt() throws Exception {
    assertThat(errorOf("localhost", true)).contains("unable to find valid certification path");

    System.setProperty(TRUST.get(0), dir.resolve("trust.p12").toString());
    System.setProperty(TRUST.get(1), new String(STORE_PASSWORD));
    assertThat(errorOf("localhost", true)).isNull();
    assertThat(errorOf("127.0.0.1", true)).contains("127.0.0.1"); // is not in the certificate
    assertThat(errorOf("localhost", false)).contains("could not be reached");
  }

  @Test
  void eventsComeThroughTlsToo() throws Exception {
    System.setProperty(TRUST.get(0), dir.resolve("trust.p12").toString());
    System.setProperty(TRUST.get(1), new String(STORE_PASSWORD));
    // the first handshake of a JVM may take longer than a connection may
    Awaitility.await().atMost(20, TimeUnit.SECONDS).until(() -> errorOf("localhost", true) == null);
    var where = at("localhost", true);
    var heard = new LinkedBlockingQueue<String>();
    var listener =
        new InstanceEvents.Listener() {
          @Override
          public void heard(InstanceEvents.Event event) {
            heard.add(((InstanceEvents.Message) event).text().text());
          }

          @Override
          public void ended(String why) {
            heard.add(why);
          }
        };
    var chat = new InstanceEvents.Interest(Set.of(Bytes.utf8("chat")), Set.of(), false);
    try (var instances = instances()) {
      var opened =
          instances
              .events(where)
              .open(where.instance(), chat, listener, Duration.ofSeconds(5))
              .toCompletableFuture()
              .get(20, TimeUnit.SECONDS);
      assertThat(opened).isInstanceOf(InstanceEvents.Opened.Open.class);
      var publish = List.of(Bytes.utf8("PUBLISH"), Bytes.utf8("chat"), Bytes.utf8("secret"));
      instances.on(where).run(publish, Duration.ofSeconds(5));
      assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("secret");
    }
  }
}
