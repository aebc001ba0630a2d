package io.leasehold.config.access;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Addresses that begin with the same bits, as {@code 10.0.0.0/8} or {@code fd00::/8}; a bare
 * address is a network of its own. Immutable.
 *
 * @param base one of its addresses
 * @param bits that all of them have in common, 0..32, of IPv6 0..128
 */
public record Network(InetAddress base, int bits) {
  private static final Pattern V4 = Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}");
  private static final Pattern V6 = Pattern.compile("[0-9a-fA-F:.]{2,45}");
  private static final int MAX_BYTE = 255;

  /** Reads one; empty if the text is none. */
  public static Optional<Network> parse(String text) {
    int slash = text.indexOf('/');
    InetAddress base = address(slash < 0 ? text : text.substring(0, slash));
    if (base == null) {
      return Optional.empty();
    }
    int all = base.getAddress().length * Byte.SIZE;
    if (slash < 0) {
      return Optional.of(new Network(base, all));
    }
    String length = text.substring(slash + 1);
    return length.matches("[0-9]{1,3}") && Integer.parseInt(length) <= all
        ? Optional.of(new Network(base, Integer.parseInt(length)))
        : Optional.empty();
  }

  /** An address that is written as a number; null if it is none. Never looks a name up. */
  public static @Nullable InetAddress address(String text) {
    boolean v6 = text.indexOf(':') >= 0;
    if (!(v6 ? V6 : V4).matcher(text).matches() || (!v6 && !isV4(text))) {
      return null;
    }
    try {
      return InetAddress.getByName(text);
    } catch (UnknownHostException e) {
      return null; // with a colon in it, it is not taken for a name
    }
  }

  private static boolean isV4(String text) {
    for (String part : text.split("\\.", -1)) {
      if (Integer.parseInt(part) > MAX_BYTE) {
        return false;
      }
    }
    return true;
  }

  public boolean contains(InetAddress address) {
    byte[] mine = base.getAddress();
    byte[] other = address.getAddress();
    if (mine.length != other.length) {
      return false;
    }
    int whole = bits / Byte.SIZE;
    for (int i = 0; i < whole; i++) {
      if (mine[i] != other[i]) {
        return false;
      }
    }
    int rest = bits % Byte.SIZE;
    return rest == 0 || ((mine[whole] ^ other[whole]) & 0xff) >> (Byte.SIZE - rest) == 0;
  }

  @Override
  public String toString() {
    return base.getHostAddress() + "/" + bits;
  }
}
