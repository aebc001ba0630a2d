package io.leasehold.http.kv.redis;

import io.leasehold.http.access.RawCall;
import java.util.List;

/**
 * In which form a client wants its answer. Immutable.
 *
 * @param base64 strings are encoded
 * @param resp2 as on the wire of Redis
 */
record AnswerForm(boolean base64, boolean resp2) {
  static final AnswerForm JSON = new AnswerForm(false, false);

  private static final String ENCODING = "upstash-encoding";
  private static final String FORMAT = "upstash-response-format";

  /** As a widespread client spells it. */
  private static final String FORMAT_MISSPELT = "upstash-reponse-format";

  /**
   * What the headers of a request ask for.
   *
   * @throws GatewayRefusal if that is unknown, or does not go together
   */
  static AnswerForm of(RawCall call, RequestForm form) {
    if (form.isStream()) {
      return JSON;
    }
    boolean base64 = false;
    for (String value : values(call, ENCODING)) {
      if (!value.equals("base64")) {
        throw GatewayRefusal.malformed("invalid header: Upstash-Encoding can only be base64");
      }
      base64 = true;
    }
    boolean resp2 = false;
    for (String name : List.of(FORMAT, FORMAT_MISSPELT)) {
      for (String value : values(call, name)) {
        if (!value.equals("json") && !value.equals("resp2")) {
          throw GatewayRefusal.malformed(
              "invalid header: Upstash-Response-Format can only be json or resp2");
        }
        resp2 |= value.equals("resp2");
      }
    }
    if (resp2 && base64) {
      throw GatewayRefusal.malformed(
          "invalid header: Upstash-Response-Format resp2 does not go with Upstash-Encoding");
    }
    if (resp2 && form == RequestForm.TRANSACTION) {
      throw GatewayRefusal.malformed(
          "invalid header: Upstash-Response-Format resp2 does not go with multi-exec");
    }
    return new AnswerForm(base64, resp2);
  }

  private static List<String> values(RawCall call, String name) {
    return call.hasHeader(name) ? call.headers(name) : List.of();
  }
}
