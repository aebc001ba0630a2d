package io.leasehold.domain.telemetry;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The spans of a trace as they hang below each other. Whatever clients say of parents, every span
 * stands in it once: one whose parent is unknown, or that is its own ancestor, stands at the top;
 * one that is nested deeper than {@link #MAX_LEVEL} beside its parent. Immutable once made.
 */
final class TraceTree {
  /**
   * With two levels of JSON for each, tags and what stands around them, a record has a depth of 61:
   * less than a line may have.
   */
  static final int MAX_LEVEL = 24;

  private static final Comparator<Node> BY_TIME =
      Comparator.comparingLong(node -> node.span.isStarted() ? node.span.start() : node.span.end());

  private static final class Node {
    final TraceSpan span;
    final List<Node> children = new ArrayList<>(2);
    final List<Node> shown = new ArrayList<>(2);
    @Nullable Node above;
    int level;
    boolean placed;
    boolean orphan;
    boolean beside;

    Node(TraceSpan span) {
      this.span = span;
    }
  }

  private final List<Node> tops = new ArrayList<>();
  private int orphans;

  TraceTree(Trace trace) {
    List<Node> nodes = new ArrayList<>(trace.spans().size());
    Map<String, Node> bySid = new HashMap<>();
    for (TraceSpan each : trace.spans()) {
      var node = new Node(each);
      nodes.add(node);
      bySid.put(each.sid(), node);
    }
    nodes.sort(BY_TIME); // stable: of the same time as they came
    for (Node each : nodes) {
      String pid = each.span.pid();
      Node parent = pid == null ? null : bySid.get(pid);
      if (parent == null) {
        each.orphan = !each.span.isRoot();
        tops.add(each);
      } else {
        parent.children.add(each);
      }
    }
    List.copyOf(tops).forEach(TraceTree::place);
    for (Node each : nodes) {
      if (!each.placed) { // of a ring
        each.orphan = true;
        tops.add(each);
        place(each);
      }
    }
    tops.sort(BY_TIME);
    for (Node each : tops) {
      orphans += each.orphan ? 1 : 0;
    }
  }

  private static void place(Node top) {
    top.placed = true;
    var waiting = new ArrayDeque<Node>();
    waiting.add(top);
    while (!waiting.isEmpty()) {
      Node parent = waiting.remove();
      for (Node child : parent.children) {
        if (child.placed) {
          continue;
        }
        child.placed = true;
        Node above = parent.above;
        child.beside = parent.level == MAX_LEVEL && above != null;
        child.level = child.beside ? MAX_LEVEL : parent.level + 1;
        child.above = child.beside ? above : parent;
        if (child.above != null) {
          child.above.shown.add(child);
        }
        waiting.add(child);
      }
    }
  }

  /** Spans at the top whose start names another parent, or was not seen. */
  int orphans() {
    return orphans;
  }

  /** The first span that has no parent, null if there is none. */
  @Nullable TraceSpan firstRoot() {
    for (Node each : tops) {
      if (!each.orphan) {
        return each.span;
      }
    }
    return null;
  }

  /** Writes all of it as an array of JSON. */
  void write(StringBuilder out) {
    write(out, tops);
  }

  private static void write(StringBuilder out, List<Node> nodes) {
    String comma = "";
    for (Node each : nodes) {
      out.append(comma);
      comma = ",";
      each.span.write(out, each.orphan, each.orphan || each.beside);
      write(out, each.shown);
      out.append("]}");
    }
  }
}
