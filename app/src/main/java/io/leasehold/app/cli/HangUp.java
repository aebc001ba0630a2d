package io.leasehold.app.cli;

import java.lang.reflect.Proxy;
import org.slf4j.LoggerFactory;

/**
 * SIGHUP and SIGINT. The class that handles signals belongs to the JDK and to no standard: it is
 * only reached by reflection, and where it is missing the signal does what it does anyway.
 */
final class HangUp {
  private HangUp() {}

  /** From now on {@code task} runs for each SIGHUP, in a thread of its own. */
  static void handle(Runnable task) {
    handle("HUP", task);
  }

  /** Ctrl-C ends the process with exit code 0: to be stopped is how a live view ends. */
  static void endWellOnInterrupt() {
    handle(
        "INT",
        () -> {
          System.out.flush();
          Runtime.getRuntime().halt(0);
        });
  }

  private static void handle(String name, Runnable task) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object proxy =
          Proxy.newProxyInstance(
              HangUp.class.getClassLoader(),
              new Class<?>[] {handler},
              (self, method, arguments) -> {
                if (method.getName().equals("handle")) {
                  task.run();
                }
                return null;
              });
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      LoggerFactory.getLogger("leasehold.server")
          .info("SIG{} is not handled here: {}", name, e.toString());
    }
  }
}
