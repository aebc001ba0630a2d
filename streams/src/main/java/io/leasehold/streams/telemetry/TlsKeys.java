package io.leasehold.streams.telemetry;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.leasehold.config.telemetry.FileProblem;
import io.leasehold.config.telemetry.TelemetryFileException;
import io.leasehold.config.telemetry.TelemetrySettings;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** What the port shows to its clients, and whom of them it believes. Immutable. */
public final class TlsKeys {
  private static final Pattern KEY =
      Pattern.compile("-----BEGIN PRIVATE KEY-----([^-]+)-----END PRIVATE KEY-----");
  private static final String[] PROTOCOLS = {"TLSv1.3", "TLSv1.2"};
  private static final char[] NONE = {};
  private static final byte[] PROBE = {1, 2, 3};

  private final SSLContext context;
  private final boolean asksClients;
  private final boolean needsClients;

  private TlsKeys(SSLContext context, boolean asksClients, boolean needsClients) {
    this.context = context;
    this.asksClients = asksClients;
    this.needsClients = needsClients;
  }

  /**
   * Reads the files. Blocks.
   *
   * @param file names the configuration in a mistake
   * @throws TelemetryFileException if one of them cannot be used
   */
  public static TlsKeys read(String file, TelemetrySettings.Tls settings)
      throws TelemetryFileException {
    Path at = settings.cert();
    String setting = "tcp.tls.cert";
    try {
      List<Certificate> chain = certificates(at);
      setting = "tcp.tls.key";
      at = settings.key();
      KeyManager[] keys = keys(chain, key(at, chain.get(0)));
      setting = "tcp.tls.client_ca";
      Path authorities = settings.clientCa();
      TrustManager[] trust = null;
      if (authorities != null) {
        at = authorities;
        trust = trust(certificates(at));
      }
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(keys, trust, null);
      return new TlsKeys(context, authorities != null, settings.requireClientCert());
    } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
      String why = at + ": cannot be used (" + e + ")";
      throw new TelemetryFileException(file, List.of(new FileProblem(0, 0, setting, why)));
    }
  }

  private static List<Certificate> certificates(Path file)
      throws IOException, GeneralSecurityException {
    var found =
        CertificateFactory.getInstance("X.509")
            .generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file)));
    if (found.isEmpty()) {
      throw new GeneralSecurityException("no certificate is in it");
    }
    return List.copyOf(found);
  }

  private static PrivateKey key(Path file, Certificate certificate)
      throws IOException, GeneralSecurityException {
    Matcher found = KEY.matcher(Files.readString(file, US_ASCII));
    if (!found.find()) {
      throw new GeneralSecurityException(
          "must be PKCS#8 without a password: -----BEGIN PRIVATE KEY-----");
    }
    byte[] bytes = Base64.getMimeDecoder().decode(found.group(1));
    String kind = certificate.getPublicKey().getAlgorithm();
    PrivateKey key;
    try {
      key = KeyFactory.getInstance(kind).generatePrivate(new PKCS8EncodedKeySpec(bytes));
    } catch (InvalidKeySpecException e) {
      throw new GeneralSecurityException("is no private key of the certificate's kind, " + kind, e);
    }
    Signature signature = Signature.getInstance(signatureOf(kind));
    signature.initSign(key);
    signature.update(PROBE);
    byte[] signed = signature.sign();
    signature.initVerify(certificate.getPublicKey());
    signature.update(PROBE);
    if (!signature.verify(signed)) {
      throw new GeneralSecurityException("is not the key of the certificate");
    }
    return key;
  }

  private static String signatureOf(String kind) {
    return switch (kind) {
      case "RSA" -> "SHA256withRSA";
      case "EC" -> "SHA256withECDSA";
      default -> kind; // EdDSA and its kin
    };
  }

  private static KeyManager[] keys(List<Certificate> chain, PrivateKey key)
      throws IOException, GeneralSecurityException {
    KeyStore store = empty();
    store.setKeyEntry("port", key, NONE, chain.toArray(new Certificate[0]));
    var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NONE);
    return factory.getKeyManagers();
  }

  private static TrustManager[] trust(List<Certificate> authorities)
      throws IOException, GeneralSecurityException {
    KeyStore store = empty();
    for (int i = 0; i < authorities.size(); i++) {
      store.setCertificateEntry("authority-" + i, authorities.get(i));
    }
    var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  private static KeyStore empty() throws IOException, GeneralSecurityException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, NONE);
    return store;
  }

  /** For one more connection. */
  SSLEngine engine() {
    SSLEngine engine = context.createSSLEngine();
    engine.setUseClientMode(false);
    engine.setEnabledProtocols(PROTOCOLS);
    if (needsClients) {
      engine.setNeedClientAuth(true);
    } else if (asksClients) {
      engine.setWantClientAuth(true);
    }
    return engine;
  }

  /** Those of a configuration; null if it has none. */
  static @Nullable TlsKeys ifAny(String file, TelemetrySettings.@Nullable Tls settings)
      throws TelemetryFileException {
    return settings == null ? null : read(file, settings);
  }
}
