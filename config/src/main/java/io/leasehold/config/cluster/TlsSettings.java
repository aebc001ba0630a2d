package io.leasehold.config.cluster;

import io.leasehold.config.value.Checks;
import io.leasehold.config.value.Values;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * TLS between the nodes, with certificates on both sides. Immutable. All files PEM; they are read
 * again from time to time, so that a renewed certificate needs no restart.
 *
 * @param certificate of this node, null = no TLS
 * @param key private key of the certificate
 * @param authority that signed the certificates of all nodes
 */
public record TlsSettings(
    @Nullable Path certificate, @Nullable Path key, @Nullable Path authority) {
  public TlsSettings {
    boolean all = certificate != null && key != null && authority != null;
    boolean none = certificate == null && key == null && authority == null;
    Checks.of("remoting.tls")
        .that(
            all || none,
            "certificate",
            certificate == null ? "\"\"" : certificate,
            "certificate, key and authority are given together or not at all")
        .done();
  }

  /** Whether remoting is encrypted, and strangers are kept out. */
  public boolean isOn() {
    return certificate != null;
  }

  /** Reads every key now. */
  public static TlsSettings from(Values values) {
    return new TlsSettings(
        values.pathIfAny("remoting.tls.certificate"),
        values.pathIfAny("remoting.tls.key"),
        values.pathIfAny("remoting.tls.authority"));
  }
}
