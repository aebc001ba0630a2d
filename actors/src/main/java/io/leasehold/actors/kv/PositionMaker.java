package io.leasehold.actors.kv;

import io.leasehold.domain.kv.Bytes;
import java.util.SortedMap;

/** Writes the position of a watch. Safe for any thread. */
interface PositionMaker {
  /**
   * Where a shard was.
   *
   * @param revision the last change that was seen
   */
  record Point(long epoch, long revision) {}

  /**
   * The position of a watch of all keys with a prefix that tells of everything after these points.
   *
   * @param points by shard
   */
  String position(Bytes prefix, SortedMap<Integer, Point> points);
}
