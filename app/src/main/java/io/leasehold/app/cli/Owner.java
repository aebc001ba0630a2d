package io.leasehold.app.cli;

import java.net.InetAddress;
import java.net.UnknownHostException;

/** Who asks, if nobody says. */
final class Owner {
  private Owner() {}

  static String ofThisProcess() {
    String host;
    try {
      host = InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      host = "localhost";
    }
    return System.getProperty("user.name") + "@" + host;
  }
}
