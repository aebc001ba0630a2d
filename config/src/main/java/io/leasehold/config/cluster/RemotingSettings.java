package io.leasehold.config.cluster;

import io.leasehold.config.value.Checks;
import io.leasehold.config.value.Port;
import io.leasehold.config.value.Values;

/**
 * How other nodes reach this one. Immutable.
 *
 * @param port fixed or auto, never off: the node's own cluster membership runs over it
 */
public record RemotingSettings(String host, Port port, TlsSettings tls) {
  public RemotingSettings {
    Checks.of("remoting")
        .host("host", host)
        .that(!port.isOff(), "port", port, "must be auto or 1..65535, a node cannot be without it")
        .done();
  }

  /** Reads every key now. */
  public static RemotingSettings from(Values values) {
    return new RemotingSettings(
        values.text("remoting.host"),
        values.port("remoting.port"),
        values.section(TlsSettings::from));
  }
}
