package io.leasehold.app;

import io.leasehold.app.cli.RootCommand;
import io.leasehold.app.log.Logging;
import java.util.function.IntSupplier;

/** The entry of the process; the only place that ends it. */
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    int code = guarded(() -> RootCommand.run(arguments));
    Logging.flush();
    System.out.flush();
    // halt and not exit: every step of the shutdown has run, and exit code 0 must survive SIGTERM
    Runtime.getRuntime().halt(code);
  }

  /** An error is an end too: other threads would keep the process for ever, deaf to SIGTERM. */
  static int guarded(IntSupplier command) {
    try {
      return command.getAsInt();
    } catch (Throwable e) {
      e.printStackTrace(); // the log may be what failed, or not be set up yet
      return 1;
    }
  }
}
