package io.leasehold.http.kv;

import io.leasehold.domain.kv.Precondition;
import io.leasehold.http.access.Answer.Problem;
import io.leasehold.http.access.ApiCall;
import io.leasehold.http.access.Refused;
import java.util.ArrayList;
import java.util.List;

/** Reads {@code If-Match} and {@code If-None-Match}, RFC 9110 section 13.1. */
final class Preconditions {
  /** A tag that no version has: a weak one, or one that is not ours. */
  private static final long NEVER = -1;

  private static final int MAX_TAGS = 100;

  private Preconditions() {}

  static Precondition of(ApiCall call) {
    if (!call.isConditional()) {
      return Precondition.NONE;
    }
    List<String> match = call.headers("If-Match");
    List<String> noneMatch = call.headers("If-None-Match");
    return match.isEmpty() && noneMatch.isEmpty()
        ? Precondition.NONE
        : new Precondition(tags("If-Match", match), tags("If-None-Match", noneMatch));
  }

  private static List<Long> tags(String name, List<String> sent) {
    if (sent.isEmpty()) {
      return List.of();
    }
    String text = String.join(",", sent).strip();
    if (text.equals("*")) {
      return Precondition.ANY;
    }
    var tags = new ArrayList<Long>();
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == ' ' || c == '\t' || c == ',') {
        at++;
        continue;
      }
      boolean weak = text.startsWith("W/", at);
      int open = weak ? at + 2 : at;
      int close =
          open < text.length() && text.charAt(open) == '"' ? text.indexOf('"', open + 1) : -1;
      if (close < 0 || tags.size() == MAX_TAGS || !endsTag(text, close + 1)) {
        throw wrong(name);
      }
      tags.add(weak ? NEVER : version(text.substring(open + 1, close)));
      at = close + 1;
    }
    if (tags.isEmpty()) {
      throw wrong(name);
    }
    return tags;
  }

  private static boolean endsTag(String text, int at) {
    for (int i = at; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == ',') {
        return true;
      }
      if (c != ' ' && c != '\t') {
        return false;
      }
    }
    return true;
  }

  private static Refused wrong(String name) {
    return new Refused(
        Problem.INVALID_PRECONDITION,
        name + " must be * or at most " + MAX_TAGS + " quoted versions such as \"1042\"");
  }

  private static long version(String tag) {
    return tag.matches("[1-9][0-9]{0,15}") ? Long.parseLong(tag) : NEVER;
  }
}
