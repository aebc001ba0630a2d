package io.leasehold.http.kv.redis;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The forms in which commands come, told by the path behind the id of the instance. */
enum RequestForm {
  /** One command in the body. */
  COMMAND("/redis/{id}", List.of("POST", "PUT")),
  PIPELINE("/redis/{id}/pipeline", List.of("POST")),
  TRANSACTION("/redis/{id}/multi-exec", List.of("POST")),
  /** One command in the path. */
  PATH("/redis/{id}/{command}", List.of("GET", "HEAD", "POST", "PUT")),
  SUBSCRIBE("/redis/{id}/subscribe", List.of("GET", "POST")),
  PSUBSCRIBE("/redis/{id}/psubscribe", List.of("GET", "POST")),
  MONITOR("/redis/{id}/monitor", List.of("GET", "POST"));

  private final String template;

  @SuppressWarnings("ImmutableEnumChecker") // made by List.of
  private final List<String> methods;

  RequestForm(String template, List<String> methods) {
    this.template = template;
    this.methods = methods;
  }

  /**
   * The form of a path.
   *
   * @param segments behind {@code /redis}: the id first, if there is any
   */
  static RequestForm of(List<String> segments) {
    if (segments.size() < 2 || (segments.size() == 2 && segments.get(1).isEmpty())) {
      return COMMAND;
    }
    String name = segments.get(1).toLowerCase(Locale.ROOT);
    if (segments.size() == 2 && name.equals("pipeline")) {
      return PIPELINE;
    }
    if (segments.size() == 2 && name.equals("multi-exec")) {
      return TRANSACTION;
    }
    return switch (name) {
      case "subscribe" -> SUBSCRIBE;
      case "psubscribe" -> PSUBSCRIBE;
      case "monitor" -> MONITOR;
      default -> PATH;
    };
  }

  String template() {
    return template;
  }

  List<String> methods() {
    return methods;
  }

  boolean isStream() {
    return this == SUBSCRIBE || this == PSUBSCRIBE || this == MONITOR;
  }

  boolean isBatch() {
    return this == PIPELINE || this == TRANSACTION;
  }

  /** For {@code Allow}. */
  String allowed() {
    return String.join(", ", methods);
  }

  /** All templates with their methods, by template. */
  static Map<String, List<String>> templates() {
    var templates = new TreeMap<String, List<String>>();
    for (RequestForm form : values()) {
      templates.put(form.template, form.methods);
    }
    return templates;
  }
}
