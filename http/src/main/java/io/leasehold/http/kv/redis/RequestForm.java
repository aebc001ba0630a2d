package io.leasehold.http.kv.redis;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** The forms in which commands come, told by the path behind the id of the instance. */
enum RequestForm {
  /** One command in the body. */
  COMMAND("/redis/{id}", "POST, PUT"),
  PIPELINE("/redis/{id}/pipeline", "POST"),
  TRANSACTION("/redis/{id}/multi-exec", "POST"),
  /** One command in the path. */
  PATH("/redis/{id}/{command}", "GET, HEAD, POST, PUT"),
  SUBSCRIBE("/redis/{id}/subscribe", "GET, POST"),
  PSUBSCRIBE("/redis/{id}/psubscribe", "GET, POST"),
  MONITOR("/redis/{id}/monitor", "GET, POST");

  private final String template;
  private final String allowed;

  @SuppressWarnings("ImmutableEnumChecker") // it is
  private final List<String> methods;

  RequestForm(String template, String allowed) {
    this.template = template;
    this.allowed = allowed;
    this.methods = List.of(allowed.split(", ", -1));
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
    return allowed;
  }

  /** All templates with their methods, by template. */
  static Map<String, List<String>> templates() {
    var templates = new TreeMap<String, List<String>>();
    for (RequestForm form : values()) {
      templates.put(form.template, form.methods());
    }
    return templates;
  }
}
