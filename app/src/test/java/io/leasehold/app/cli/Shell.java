package io.leasehold.app.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Runs command lines in this process, with streams of their own. One at a time. */
final class Shell {
  /**
   * What came of one.
   *
   * @param err with line feeds only
   */
  record Outcome(int code, byte[] bytes, String err) {
    String out() {
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  private byte[] input = new byte[0];

  /** What the next command finds on its standard input. */
  Shell piping(byte[] bytes) {
    input = bytes;
    return this;
  }

  Outcome run(String... arguments) {
    InputStream in = System.in;
    PrintStream out = System.out;
    PrintStream err = System.err;
    var printed = new ByteArrayOutputStream();
    var told = new ByteArrayOutputStream();
    System.setIn(new ByteArrayInputStream(input));
    System.setOut(new PrintStream(printed));
    System.setErr(new PrintStream(told, true, StandardCharsets.UTF_8));
    int code;
    try {
      code = RootCommand.run(arguments);
      System.out.flush();
    } finally {
      System.setIn(in);
      System.setOut(out);
      System.setErr(err);
      input = new byte[0];
    }
    return new Outcome(code, printed.toByteArray(), told.toString(StandardCharsets.UTF_8));
  }
}
