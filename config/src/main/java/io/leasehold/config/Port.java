package io.leasehold.config;

/**
 * A TCP port setting.
 *
 * @param number 0 for a free one if {@code auto}, otherwise 0 = off
 */
public record Port(int number, boolean auto) {
  /** Any free port. */
  public static final Port AUTO = new Port(0, true);

  public static final int MAX = 65_535;

  public Port {
    if (number < 0 || number > MAX) {
      throw new IllegalArgumentException("port = " + number + ": must be 0..65535 or auto");
    }
  }

  /** Whether anything is bound. */
  public boolean isOn() {
    return auto || number > 0;
  }
}
