package io.leasehold.config.log;

/** From which level on lines are written; each includes those before it. */
public enum LogLevel {
  ERROR,
  WARN,
  INFO,
  DEBUG,
  TRACE
}
