package io.leasehold.app.fault;

/**
 * What a watcher was told.
 *
 * @param kind of the event
 * @param key empty with a gap
 * @param revision of the change; of a gap the last that may be missing
 * @param from of a gap: changes behind this revision may be missing; else 0
 * @param value of a put
 */
record WatchEvent(Kind kind, String key, int shard, long revision, long from, String value) {
  /** The events of the stream that tell something of the store. */
  enum Kind {
    PUT,
    DELETE,
    EXPIRE,
    GAP
  }
}
