package io.leasehold.http.kv;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.leasehold.http.access.Answer.Problem;
import io.leasehold.http.access.ApiCall;
import io.leasehold.http.access.Refused;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Reads the list that a batch or a transaction brings. No state; safe for any thread. */
final class BatchBody {
  /** Entries of a batch at most. */
  static final int MAX_ENTRIES = 1_000;

  private BatchBody() {}

  /**
   * How many requests a batch stands for: the entries of its list, right or wrong, and 1 if there
   * is no such list. Reads over the body; what is in the entries is not kept.
   */
  static int entries(ApiCall call, String name) {
    try {
      return Math.max(
          1,
          Json.object(
              call.body().toArrayUnsafe(),
              Problem.INVALID_JSON,
              json -> {
                int count = 0;
                for (String field = json.nextFieldName();
                    field != null;
                    field = json.nextFieldName()) {
                  boolean isList = json.nextToken() == JsonToken.START_ARRAY && field.equals(name);
                  if (isList) {
                    count = counted(json);
                  } else {
                    json.skipChildren();
                  }
                }
                return count;
              }));
    } catch (Refused e) {
      return 1; // whoever reads it for its sake says what is wrong
    }
  }

  private static int counted(JsonParser json) throws IOException {
    int count = 0;
    while (json.nextToken() != JsonToken.END_ARRAY) {
      json.skipChildren();
      count++;
    }
    return count;
  }

  /**
   * A body.
   *
   * @param entries what is under the name of the list, one at least
   * @param rest the other members
   */
  record Entries<T>(List<T> entries, Fields rest) {}

  /** Objects under a name. Must not be empty. */
  static Entries<Fields> objects(byte[] body, String name) {
    return Json.object(
        body,
        Problem.INVALID_JSON,
        json ->
            list(json, name, JsonToken.START_OBJECT, "must be a list of objects", Fields::read));
  }

  /** Texts under a name. Must not be empty. */
  static Entries<String> texts(byte[] body, String name) {
    return Json.object(
        body,
        Problem.INVALID_JSON,
        json ->
            list(
                json,
                name,
                JsonToken.VALUE_STRING,
                "must be a list of strings",
                JsonParser::getText));
  }

  private static <T> Entries<T> list(
      JsonParser json, String name, JsonToken each, String rule, Json.Reading<T> reading)
      throws IOException {
    List<T> all = List.of();
    var rest = new Fields();
    for (String field = json.nextFieldName(); field != null; field = json.nextFieldName()) {
      JsonToken token = json.nextToken();
      if (!field.equals(name)) {
        rest.readMember(json, field, token);
      } else if (token == JsonToken.START_ARRAY) {
        all = elements(json, name, each, rule, reading, MAX_ENTRIES);
      } else {
        throw new Refused(Problem.INVALID_REQUEST, name + " " + rule);
      }
    }
    if (all.isEmpty()) {
      throw new Refused(Problem.INVALID_REQUEST, name + " is needed, with one entry at least");
    }
    return new Entries<>(all, rest);
  }

  /** The elements of a list whose opening bracket has been read. */
  static <T> List<T> elements(
      JsonParser json, String name, JsonToken each, String rule, Json.Reading<T> reading, int max)
      throws IOException {
    var all = new ArrayList<T>();
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (json.currentToken() != each) {
        throw new Refused(Problem.INVALID_REQUEST, name + " " + rule);
      }
      if (all.size() == max) {
        throw new Refused(Problem.INVALID_REQUEST, name + " has more than " + max + " entries");
      }
      all.add(reading.from(json));
    }
    return all;
  }
}
