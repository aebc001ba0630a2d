package io.leasehold.actors.socket;

/** How much of the work for a request the loops of a port do, which says how many suit it. */
public enum LoopShare {
  /** They read and write; actors do more. */
  BYTES(4, 8),
  /** They run the routes too. */
  ROUTES(2, 16);

  private final int coresPerLoop;
  private final int max;

  LoopShare(int coresPerLoop, int max) {
    this.coresPerLoop = coresPerLoop;
    this.max = max;
  }

  /** How many suit so many cores; at least 1. */
  public int loops(int cores) {
    return Math.max(1, Math.min(max, cores / coresPerLoop));
  }

  /** How many suit this machine. */
  public int loops() {
    return loops(Runtime.getRuntime().availableProcessors());
  }
}
