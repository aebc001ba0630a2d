package io.leasehold.actors.kv.redis.external;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.actors.access.account.PasswordSeal;
import io.leasehold.domain.access.ExternalRedis;
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
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
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

  private static String errorOf(String host, boolean tls) throws Exception {
    var setup =
        new ExternalInstances.Setup(
            new Networks(List.of(), List.of(), true),
            1,
            Duration.ofMillis(1),
            2,
            Duration.ofSeconds(5),
            Duration.ofSeconds(5),
            1 << 20);
    var seal = new PasswordSeal(List.of(), new SecureRandom());
    var where = new ExternalRedis(UUID.randomUUID(), host, redis.port(), 0, tls, null, null, 0, 1);
    try (var instances =
        new ExternalInstances(kit.system(), setup, seal, () -> 0, Clock.system())) {
      return instances.verify(where, null).toCompletableFuture().get(20, TimeUnit.SECONDS).error();
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
}
