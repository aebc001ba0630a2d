package io.leasehold.streams.telemetry;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Lines that belong to traces, copied out of their chunk: a trace must not keep a chunk in memory.
 * Filled by one thread, then handed over and not changed any more.
 */
final class TracedLines {
  private static final int LINE_COST = 64;

  private byte[] bytes = new byte[1_024];
  private int used;
  private final List<String> tids = new ArrayList<>(4);
  private int[] ends = new int[4];

  void add(String tid, byte[] line, int from, int to) {
    int length = to - from;
    int needed = used + length + 1;
    if (needed > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(needed, 2 * bytes.length));
    }
    if (tids.size() == ends.length) {
      ends = Arrays.copyOf(ends, 2 * ends.length);
    }
    System.arraycopy(line, from, bytes, used, length);
    used += length;
    ends[tids.size()] = used;
    bytes[used++] = '\n';
    tids.add(tid);
  }

  int size() {
    return tids.size();
  }

  byte[] bytes() {
    return bytes;
  }

  /** Where a line begins. */
  int from(int line) {
    return line == 0 ? 0 : ends[line - 1] + 1;
  }

  /** Where it ends, its line feed left out. */
  int to(int line) {
    return ends[line];
  }

  String tid(int line) {
    return tids.get(line);
  }

  List<String> tids() {
    return tids;
  }

  /** Bytes that it keeps. */
  long cost() {
    return bytes.length + (long) LINE_COST * tids.size();
  }
}
