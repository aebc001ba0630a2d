package io.leasehold.config.value;

/**
 * The port of a door. Immutable.
 *
 * @param number 1..65535, 0 = off, -1 = any free one
 */
public record Port(int number) {
  /** The highest TCP port. */
  public static final int MAX = 65_535;

  /** The door does not exist. */
  public static final Port OFF = new Port(0);

  /** The system chooses a free port at bind time. */
  public static final Port AUTO = new Port(-1);

  /** What a port may be, for error texts. */
  static final String BOUND = "must be 0 (off), auto or 1..65535";

  public Port {
    if (number < -1 || number > MAX) {
      throw new IllegalArgumentException("port = " + number + ": " + BOUND);
    }
  }

  /** Whether nothing is to be bound. */
  public boolean isOff() {
    return number == 0;
  }

  /** Whether the system chooses. */
  public boolean isAuto() {
    return number == -1;
  }

  /** Whether this is one particular port, 1..65535. */
  public boolean isFixed() {
    return number > 0;
  }

  /**
   * The number for a bind call, in which 0 lets the system choose.
   *
   * @throws IllegalStateException when the door is off
   */
  public int bindNumber() {
    if (isOff()) {
      throw new IllegalStateException("port = 0: the door is off, there is nothing to bind");
    }
    return isAuto() ? 0 : number;
  }

  /** As it is written in a configuration: {@code auto} or the number. */
  @Override
  public String toString() {
    return isAuto() ? "auto" : Integer.toString(number);
  }
}
