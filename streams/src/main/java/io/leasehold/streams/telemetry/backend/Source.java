package io.leasehold.streams.telemetry.backend;

import io.leasehold.domain.telemetry.SourceName;

/** Who sent a message. Safe for any thread. */
public final class Source {
  private final String name;
  private final String encoded;
  private final SourceCounts counts;

  /**
   * A source.
   *
   * @param counts shared by all sources that are shown under one label
   */
  public Source(String name, SourceCounts counts) {
    this.name = name;
    this.encoded = SourceName.encode(name);
    this.counts = counts;
  }

  /** The text of {@code src}, 1..256 bytes of UTF-8, any characters. */
  public String name() {
    return name;
  }

  /** The name as part of a file name or a key: {@code enc(src)}. */
  public String encoded() {
    return encoded;
  }

  public SourceCounts counts() {
    return counts;
  }

  @Override
  public String toString() {
    return name;
  }
}
