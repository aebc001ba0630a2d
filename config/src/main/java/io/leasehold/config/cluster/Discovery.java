package io.leasehold.config.cluster;

/** How a node finds the others. */
public enum Discovery {
  /** It does not: it is a cluster of one. */
  SINGLE,
  /** By the list of contact points in its configuration. */
  CONFIG,
  /** By asking the Kubernetes API for the pods with a label. */
  KUBERNETES
}
