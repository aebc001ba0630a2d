package io.leasehold.app.cli;

import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.leasehold.app.client.KvClient;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What all commands on the store have: a server, exit codes, and output in UTF-8. */
abstract class KvAsking implements Callable<Integer> {
  static final int NO = 1;
  static final int USAGE = 2;
  static final int ERROR = 3;

  static final ObjectMapper JSON =
      JsonMapper.builder().configure(JsonWriteFeature.ESCAPE_NON_ASCII, true).build();

  @Spec private @Nullable CommandSpec spec;
  @Mixin private KvConnection connection = new KvConnection();

  /** Asks; may wait. An IOException is told and ends the command with {@link #ERROR}. */
  abstract int ask(KvClient client) throws IOException, InterruptedException;

  @Override
  public Integer call() throws InterruptedException {
    try {
      return ask(connection.open());
    } catch (IOException e) {
      System.err.println(e.getMessage());
      return ERROR;
    } finally {
      System.out.flush();
    }
  }

  /** Tells why not, on the error output, and says with which code to end. */
  static int refused(HttpResponse<byte[]> answer) {
    return refused(answer.statusCode(), answer.body());
  }

  static int refused(int status, byte[] body) {
    System.err.println(KvClient.messageOf(status, body));
    return codeOf(status);
  }

  /** The one place where a status becomes an exit code. */
  static int codeOf(int status) {
    if (status < 300) {
      return 0;
    }
    return status == 400 ? USAGE : status < 500 ? NO : ERROR;
  }

  /** A line on the output, in UTF-8 whatever the machine's own encoding is. */
  static void print(String line) {
    write((line + "\n").getBytes(StandardCharsets.UTF_8));
  }

  static void write(byte[] bytes) {
    System.out.write(bytes, 0, bytes.length);
  }

  ParameterException wrong(String message) {
    CommandLine line = spec == null ? new CommandLine(this) : spec.commandLine();
    return new ParameterException(line, message);
  }
}
