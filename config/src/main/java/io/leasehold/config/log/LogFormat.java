package io.leasehold.config.log;

/** How a line looks. */
public enum LogFormat {
  /** For people. */
  TEXT,
  /** One JSON object per line. */
  JSON
}
