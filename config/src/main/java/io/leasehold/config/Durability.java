package io.leasehold.config;

/** What a lock survives. */
public enum Durability {
  /** Acknowledged means committed to the journal. */
  DURABLE,
  /** Held in memory, lost with the process. */
  MEMORY
}
