package io.leasehold.app;

import io.leasehold.app.cli.RootCommand;
import io.leasehold.app.log.Logging;

/** The entry of the process; the only place that ends it. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    int code = RootCommand.run(arguments);
    Logging.flush();
    System.out.flush();
    // halt and not exit: every step of the shutdown has run, and exit code 0 must survive SIGTERM
    Runtime.getRuntime().halt(code);
  }
}
