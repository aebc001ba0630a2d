package io.leasehold.config.kv;

import io.leasehold.config.value.Port;
import io.leasehold.config.value.Values;

/** The port that speaks the protocol of Redis. Immutable. */
public record RespSettings(Port port) {
  /** Reads every key now. */
  public static RespSettings from(Values values) {
    return new RespSettings(values.port("resp.port"));
  }
}
