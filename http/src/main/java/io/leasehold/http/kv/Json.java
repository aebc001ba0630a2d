package io.leasehold.http.kv;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.ByteArrayBuilder;
import io.leasehold.http.access.Answer.Problem;
import io.leasehold.http.access.Refused;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;

/** JSON from bytes and to bytes, token by token: no trees. Safe for any thread. */
final class Json {
  private static final int MAX_DEPTH = 64;
  private static final int MAX_NUMBER_CHARS = 64;
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNumberLength(MAX_NUMBER_CHARS)
                  .maxStringLength(Integer.MAX_VALUE) // the body itself is bounded
                  .build())
          .build();
  private static final JsonFactory ASCII =
      JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private Json() {}

  /** Writes one document. */
  interface Writing {
    void to(JsonGenerator json) throws IOException;
  }

  /** Reads one document. */
  interface Reading<T> {
    T from(JsonParser json) throws IOException;
  }

  /** The bytes of a document. */
  static byte[] bytes(Writing writing) {
    var bytes = new ByteArrayBuilder(256);
    try (JsonGenerator json = FACTORY.createGenerator(bytes)) {
      writing.to(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // to memory: cannot fail
    }
    return bytes.toByteArray();
  }

  /** The same in visible ASCII, fit for a header. */
  static String ascii(Writing writing) {
    var text = new StringWriter();
    try (JsonGenerator json = ASCII.createGenerator(text)) {
      writing.to(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // to memory: cannot fail
    }
    return text.toString().replace("\u007f", "\\u007f");
  }

  /**
   * Reads bytes that must be one JSON object and nothing else. The reader is called at its opening
   * brace and must leave at its closing one.
   *
   * @throws Refused with {@code problem} if they are not
   */
  static <T> T object(byte[] bytes, Problem problem, Reading<T> reading) {
    try (JsonParser json = FACTORY.createParser(bytes)) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw new Refused(problem, "a JSON object is required");
      }
      T result = reading.from(json);
      if (json.nextToken() != null) {
        throw new Refused(problem, "something follows the JSON object");
      }
      return result;
    } catch (JsonProcessingException e) {
      var at = e.getLocation();
      throw new Refused(
          problem, "no valid JSON" + (at == null ? "" : " at byte " + at.getByteOffset()));
    } catch (IOException e) {
      throw new Refused(problem, "no valid UTF-8");
    }
  }
}
