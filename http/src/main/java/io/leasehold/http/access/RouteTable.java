package io.leasehold.http.access;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds the routes of a path. A segment that a template names goes before one in braces. Immutable
 * once made. Cost: one look-up a segment.
 */
final class RouteTable {
  private static final String KEY = "{key}";
  private static final String LOCK = "{lock}";

  /** All routes with one template. */
  static final class Path {
    final String template;

    /** From 0, in the order of the templates. */
    final int index;

    final Map<String, ApiRoute> byMethod = new HashMap<>();
    private boolean cors;
    private boolean monitoring;
    private boolean control;

    Path(String template, int index) {
      this.template = template;
      this.index = index;
    }

    private void add(String method, ApiRoute route) {
      if (byMethod.put(method, route) != null) {
        throw new IllegalArgumentException(method + " " + template + ": is there twice");
      }
      cors |= route.has(ApiRoute.Trait.CORS);
      control |= route.has(ApiRoute.Trait.CONTROL);
      monitoring |= route.has(ApiRoute.Trait.MONITORING);
    }

    /** Whether pages of other origins may use any of the routes. */
    boolean isOpenToPages() {
      return cors;
    }

    /** Whether its requests are logged with those of the monitoring ports. */
    boolean isMonitoring() {
      return monitoring;
    }

    /** Whether it is of the gateway's control plane. */
    boolean isControl() {
      return control;
    }

    boolean isRevalidated(String method) {
      ApiRoute route = byMethod.get(method);
      return route != null && route.has(ApiRoute.Trait.REVALIDATED);
    }

    /** For {@code Allow}. Every path of the interface answers OPTIONS, a page does not. */
    String methods() {
      var all = new TreeSet<>(byMethod.keySet());
      if (template.startsWith("/api/v1/")) {
        all.add("OPTIONS");
      }
      return String.join(", ", all);
    }
  }

  /** A path that was found, with the segments that stand for names in braces, as sent. */
  record Match(Path path, List<String> parameters) {}

  private static final class Node {
    final Map<String, Node> named = new HashMap<>();
    @Nullable Node any;
    boolean anyMayBeEmpty;
    @Nullable Path path;
  }

  private final Node root = new Node();
  private final List<Path> paths = new ArrayList<>();
  private final Map<String, Path> byTemplate = new HashMap<>();

  RouteTable(List<ApiRoute> routes) {
    for (ApiRoute route : routes) {
      Path path = path(route.template());
      for (String method : route.methods()) {
        path.add(method, route);
      }
    }
  }

  private Path path(String template) {
    Node node = root;
    for (String segment : RequestTarget.of(template).segments()) {
      if (segment.startsWith("{")) {
        var next = node.any == null ? new Node() : node.any;
        node.any = next;
        // an empty key is said to be missing; other names just do not match
        node.anyMayBeEmpty = segment.equals(KEY) || segment.equals(LOCK);
        node = next;
      } else {
        node = node.named.computeIfAbsent(segment, name -> new Node());
      }
    }
    if (node.path == null) {
      node.path = new Path(template, paths.size());
      paths.add(node.path);
      byTemplate.put(template, node.path);
    }
    return node.path;
  }

  /** The path with this template, which must be there. */
  Path named(String template) {
    Path path = byTemplate.get(template);
    if (path == null) {
      throw new IllegalArgumentException(template + ": is not there");
    }
    return path;
  }

  List<Path> paths() {
    return paths;
  }

  @Nullable Match find(RequestTarget target) {
    return find(root, target.segments(), 0, new ArrayList<>(1));
  }

  private static @Nullable Match find(
      Node node, List<String> segments, int depth, List<String> parameters) {
    if (depth == segments.size()) {
      return node.path == null ? null : new Match(node.path, parameters);
    }
    String segment = segments.get(depth);
    Node named = node.named.isEmpty() ? null : named(node, segment);
    if (named != null) {
      var found = find(named, segments, depth + 1, parameters);
      if (found != null) {
        return found;
      }
    }
    Node any = node.any;
    if (any == null || (segment.isEmpty() && !node.anyMayBeEmpty)) {
      return null;
    }
    parameters.add(segment);
    var found = find(any, segments, depth + 1, parameters);
    if (found == null) {
      parameters.remove(parameters.size() - 1);
    }
    return found;
  }

  private static @Nullable Node named(Node node, String segment) {
    if (segment.indexOf('%') < 0) {
      return node.named.get(segment);
    }
    var decoded = RequestTarget.decoded(segment);
    return decoded == null ? null : node.named.get(decoded);
  }
}
