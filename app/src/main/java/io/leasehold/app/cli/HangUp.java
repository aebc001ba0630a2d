package io.leasehold.app.cli;

import java.lang.reflect.Proxy;
import org.slf4j.LoggerFactory;

/**
 * SIGHUP. The class that handles signals belongs to the JDK and to no standard: it is only reached
 * by reflection, and where it is missing the signal does what it does anyway.
 */
final class HangUp {
  private HangUp() {}

  /** From now on {@code task} runs for each SIGHUP, in a thread of its own. */
  static void handle(Runnable task) {
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
          .invoke(null, signal.getConstructor(String.class).newInstance("HUP"), proxy);
    } catch (ReflectiveOperationException | IllegalArgumentException e) {
      LoggerFactory.getLogger("leasehold.server")
          .info("SIGHUP reloads nothing here: {}", e.toString());
    }
  }
}
