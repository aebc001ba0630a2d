package io.leasehold.domain.kv.redis;

/** How sets are combined; stored by name. */
public enum SetOperation {
  INTERSECTION,
  UNION,
  /** What is in the first and in no other. */
  DIFFERENCE
}
