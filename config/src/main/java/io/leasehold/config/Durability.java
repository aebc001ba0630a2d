package io.leasehold.config;

/** What a granted lock survives. */
public enum Durability {
  /** Every answer waits for its commit in the database. */
  DURABLE,
  /** Nothing survives the process; one node only. */
  MEMORY
}
