package io.leasehold.http.kv.redis;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import io.leasehold.domain.kv.Bytes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads commands out of JSON. Safe for any thread. */
final class CommandReader {
  /** Nothing nested is read; what is, is refused where it begins. */
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxStringLength(Integer.MAX_VALUE) // the body has its own limit
                  .maxNumberLength(Integer.MAX_VALUE)
                  .build())
          .build();

  private CommandReader() {}

  /**
   * One command: an array, or an object with an array called {@code command}.
   *
   * @throws GatewayRefusal if it is none
   */
  static List<Bytes> command(byte[] body) {
    try (JsonParser json = FACTORY.createParser(body)) {
      JsonToken first = json.nextToken();
      List<Bytes> command;
      if (first == JsonToken.START_OBJECT) {
        command = member(json);
      } else if (first == JsonToken.START_ARRAY) {
        command = arguments(json, "the command");
      } else {
        throw GatewayRefusal.malformed("invalid request: the body is not an array");
      }
      end(json);
      return command;
    } catch (IOException e) {
      throw notJson();
    }
  }

  private static List<Bytes> member(JsonParser json) throws IOException {
    List<Bytes> command = null;
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String name = json.currentName();
      JsonToken value = json.nextToken();
      if (!name.equals("command")) {
        json.skipChildren();
      } else if (value == JsonToken.START_ARRAY) {
        command = arguments(json, "the command");
      } else {
        throw GatewayRefusal.malformed("invalid request: command is not an array");
      }
    }
    if (command == null) {
      throw GatewayRefusal.malformed("invalid request: the object has no command");
    }
    return command;
  }

  /**
   * Commands in order, at least one.
   *
   * @param max how many there may be
   * @throws GatewayRefusal if anything of it is no command, or there are too many
   */
  static List<List<Bytes>> batch(byte[] body, int max) {
    try (JsonParser json = FACTORY.createParser(body)) {
      if (json.nextToken() != JsonToken.START_ARRAY) {
        throw GatewayRefusal.malformed("invalid request: the body is not an array of arrays");
      }
      var commands = new ArrayList<List<Bytes>>();
      for (JsonToken next = json.nextToken();
          next != JsonToken.END_ARRAY;
          next = json.nextToken()) {
        if (next != JsonToken.START_ARRAY) {
          throw GatewayRefusal.malformed(
              "invalid request: command " + (commands.size() + 1) + " is not an array");
        }
        if (commands.size() == max) {
          throw new GatewayRefusal(413, "ERR max commands per request exceeded. Limit: " + max);
        }
        commands.add(arguments(json, "command " + (commands.size() + 1)));
      }
      end(json);
      if (commands.isEmpty()) {
        throw GatewayRefusal.malformed("invalid request: there is no command");
      }
      return commands;
    } catch (IOException e) {
      throw notJson();
    }
  }

  private static List<Bytes> arguments(JsonParser json, String which) throws IOException {
    var arguments = new ArrayList<Bytes>();
    for (JsonToken next = json.nextToken(); next != JsonToken.END_ARRAY; next = json.nextToken()) {
      Bytes argument = argument(json, next);
      if (argument == null) {
        throw GatewayRefusal.malformed(
            "invalid request: argument "
                + arguments.size()
                + " of "
                + which
                + " is no string, number or truth value");
      }
      arguments.add(argument);
    }
    if (arguments.isEmpty()) {
      throw GatewayRefusal.malformed("invalid request: " + which + " is empty");
    }
    return arguments;
  }

  private static @Nullable Bytes argument(JsonParser json, @Nullable JsonToken token)
      throws IOException {
    if (token == null) {
      throw notJson();
    }
    // of a number this is the text that was sent
    return token.isScalarValue() && token != JsonToken.VALUE_NULL
        ? Bytes.utf8(json.getText())
        : null;
  }

  private static void end(JsonParser json) throws IOException {
    if (json.nextToken() != null) {
      throw notJson();
    }
  }

  private static GatewayRefusal notJson() {
    return GatewayRefusal.malformed("invalid request: the body is no JSON");
  }
}
