package io.leasehold.http.access.account;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.leasehold.http.access.ApiCall;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The members of a JSON body, read by name; others are ignored. A member that is missing or of the
 * wrong type is 422, a value that breaks its rule 400. Confined to one thread.
 */
final class Fields {
  static final int MAX_BODY = 1 << 20;
  private static final int MAX_DEPTH = 16;

  /** What any database can keep, and everybody can read. */
  private static final Instant FIRST_TIME = Instant.EPOCH;

  private static final Instant END_OF_TIME = Instant.parse("+10000-01-01T00:00:00Z");
  private static final ObjectMapper MAPPER =
      new ObjectMapper(
          JsonFactory.builder()
              .streamReadConstraints(
                  StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
              .build());

  private final JsonNode body;

  private Fields(JsonNode body) {
    this.body = body;
  }

  /** Of a body that must be there. */
  static Fields of(ApiCall call) {
    if (call.body().size() > MAX_BODY) {
      throw new Rejected(
          Rejected.TOO_LARGE,
          "body: " + call.body().size() + " bytes exceed " + MAX_BODY + " bytes");
    }
    var type = call.request().entity().getContentType().mediaType();
    if (!type.mainType().equals("application") || !type.subType().equals("json")) {
      throw new Rejected(Rejected.NO_JSON, "body: Content-Type must be application/json");
    }
    try {
      JsonNode body = MAPPER.readTree(call.body().toArray());
      if (body == null || !body.isObject()) {
        throw new Rejected(Rejected.INVALID, "body: must be a JSON object");
      }
      return new Fields(body);
    } catch (IOException e) {
      throw new Rejected(Rejected.INVALID, "body: is no JSON");
    }
  }

  /** Whether it stands there, null included. */
  boolean has(String name) {
    return body.has(name);
  }

  private @Nullable JsonNode member(String name) {
    JsonNode member = body.get(name);
    return member == null || member.isNull() ? null : member;
  }

  private static <T> T required(String name, @Nullable T value) {
    if (value == null) {
      throw new Rejected(Rejected.WRONG_TYPE, name + ": is required");
    }
    return value;
  }

  private static Rejected wrongType(String name, String expected) {
    return new Rejected(Rejected.WRONG_TYPE, name + ": must be " + expected);
  }

  static Rejected invalid(String name, String reason) {
    return new Rejected(Rejected.INVALID, name + ": " + reason);
  }

  /** A text that is checked by another rule. */
  String raw(String name) {
    return required(name, rawIfAny(name));
  }

  @Nullable String rawIfAny(String name) {
    JsonNode member = member(name);
    if (member == null) {
      return null;
    }
    if (!member.isTextual()) {
      throw wrongType(name, "a text");
    }
    return member.textValue();
  }

  /** Characters without control characters. */
  String text(String name, int min, int max) {
    return required(name, textIfAny(name, min, max));
  }

  @Nullable String textIfAny(String name, int min, int max) {
    String text = rawIfAny(name);
    if (text == null) {
      return null;
    }
    if (text.length() < min || text.length() > max) {
      throw invalid(name, "must be " + min + " to " + max + " characters");
    }
    return plain(name, text);
  }

  private static String plain(String name, String text) {
    if (text.chars().anyMatch(c -> c < 0x20 || c == 0x7f)) {
      throw invalid(name, "must not hold control characters");
    }
    return text;
  }

  /** A text with a rule of its own, which says what is wrong. */
  String ruled(String name, Function<String, Optional<String>> rule) {
    String text = raw(name);
    rule.apply(text)
        .ifPresent(
            reason -> {
              throw invalid(name, reason);
            });
    return text;
  }

  @Nullable Integer integerIfAny(String name, int min, int max) {
    Long number = numberIfAny(name, min, max);
    return number == null ? null : Math.toIntExact(number);
  }

  @Nullable Long numberIfAny(String name, long min, long max) {
    JsonNode member = member(name);
    if (member == null) {
      return null;
    }
    if (!member.isIntegralNumber()) {
      throw wrongType(name, "a whole number");
    }
    if (!member.canConvertToLong() || member.longValue() < min || member.longValue() > max) {
      throw invalid(name, "must be " + min + " to " + max);
    }
    return member.longValue();
  }

  boolean flag(String name, boolean absent) {
    JsonNode member = member(name);
    if (member == null) {
      return absent;
    }
    if (!member.isBoolean()) {
      throw wrongType(name, "true or false");
    }
    return member.booleanValue();
  }

  /** Texts of 1 to {@code maxChars} characters; empty if there is no such member. */
  List<String> texts(String name, int maxEntries, int maxChars) {
    JsonNode member = member(name);
    if (member == null) {
      return List.of();
    }
    if (!member.isArray()) {
      throw wrongType(name, "a list of texts");
    }
    if (member.size() > maxEntries) {
      throw invalid(name, "must be at most " + maxEntries + " entries");
    }
    var texts = new ArrayList<String>();
    for (JsonNode each : member) {
      if (!each.isTextual()) {
        throw wrongType(name, "a list of texts");
      }
      String text = each.textValue();
      if (text.isEmpty() || text.length() > maxChars) {
        throw invalid(name, "each must be 1 to " + maxChars + " characters");
      }
      texts.add(plain(name, text));
    }
    return texts;
  }

  /** A point in time as RFC 3339 has it. */
  @Nullable Instant timeIfAny(String name) {
    String text = rawIfAny(name);
    if (text == null) {
      return null;
    }
    try {
      Instant time = OffsetDateTime.parse(text).toInstant();
      if (!time.isBefore(FIRST_TIME) && time.isBefore(END_OF_TIME)) {
        return Instant.ofEpochSecond(time.getEpochSecond());
      }
    } catch (DateTimeException e) {
      // said below
    }
    throw invalid(name, "must be a time such as 2026-12-31T00:00:00Z");
  }
}
