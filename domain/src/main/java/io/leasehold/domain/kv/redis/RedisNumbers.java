package io.leasehold.domain.kv.redis;

import io.leasehold.domain.kv.Bytes;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How numbers are read and written. Integers as Redis does; fractions with exact decimals, where
 * Redis has the rounding of its processor's long double: sums are the same as far as those reach.
 */
public final class RedisNumbers {
  /** Redis reads no longer ones either; it also bounds what a sum may cost. */
  private static final int MAX_DECIMAL_CHARS = 5 * 1_024 - 1;

  private static final int DECIMALS = 17;

  /** The largest long double. What is larger Redis takes for a mistake. */
  private static final BigDecimal LARGEST =
      new BigDecimal("1.18973149535723176502126385303097021e4932");

  private static final BigDecimal INFINITY = LARGEST.multiply(BigDecimal.TEN);
  private static final long LARGEST_ORDER = order(LARGEST);

  /** The order of magnitude below which Redis takes a number for a mistake, too. */
  private static final long SMALLEST_ORDER = -4_950;

  private static final Pattern DECIMAL =
      Pattern.compile("([+-]?(?:[0-9]++\\.?+[0-9]*+|\\.[0-9]++))(?:[eE]([+-]?)0*([0-9]+))?");
  private static final Pattern INFINITE = Pattern.compile("([+-]?)inf(?:inity)?");

  private RedisNumbers() {}

  /** A 64-bit integer in its only decimal form: no plus, no blanks, no leading zeros; else null. */
  public static @Nullable Long integer(Bytes bytes) {
    byte[] text = bytes.array();
    int length = text.length;
    if (length == 0 || length > 20) {
      return null;
    }
    boolean negative = text[0] == '-';
    int at = negative ? 1 : 0;
    if (at == length || (text[at] == '0' && length > 1)) {
      return null;
    }
    long value = 0; // kept negative: the smallest integer has no positive form
    for (; at < length; at++) {
      int digit = text[at] - '0';
      if (digit < 0 || digit > 9 || value < (Long.MIN_VALUE + digit) / 10) {
        return null;
      }
      value = value * 10 - digit;
    }
    return negative ? (Long) value : value == Long.MIN_VALUE ? null : (Long) (-value);
  }

  static Bytes text(long value) {
    return Bytes.of(Long.toString(value).getBytes(StandardCharsets.US_ASCII));
  }

  /**
   * A fraction, or an infinity, which is not {@link #isFinite}. Null if it is none, or so large or
   * small that Redis does not read it.
   */
  static @Nullable BigDecimal decimal(Bytes bytes) {
    if (bytes.isEmpty() || bytes.size() > MAX_DECIMAL_CHARS) {
      return null;
    }
    String text = new String(bytes.array(), StandardCharsets.ISO_8859_1);
    Matcher decimal = DECIMAL.matcher(text);
    if (decimal.matches()) {
      BigDecimal mantissa = new BigDecimal(decimal.group(1));
      String exponent = decimal.group(3);
      return exponent == null
          ? limited(mantissa, 0)
          : limited(mantissa, exponent("-".equals(decimal.group(2)), exponent));
    }
    Matcher infinite = INFINITE.matcher(text.toLowerCase(Locale.ROOT));
    if (infinite.matches()) {
      return "-".equals(infinite.group(1)) ? INFINITY.negate() : INFINITY;
    }
    return null;
  }

  /** Far from overflow, and as far beyond every range. */
  private static int exponent(boolean negative, String digits) {
    int value = digits.length() > 6 ? 1_000_000 : Integer.parseInt(digits);
    return negative ? -value : value;
  }

  private static @Nullable BigDecimal limited(BigDecimal mantissa, int exponent) {
    if (mantissa.signum() == 0) {
      return BigDecimal.ZERO;
    }
    long order = order(mantissa) + exponent;
    if (order < SMALLEST_ORDER || order > LARGEST_ORDER) {
      return null;
    }
    BigDecimal value = mantissa.scaleByPowerOfTen(exponent);
    return isFinite(value) ? value : null;
  }

  private static long order(BigDecimal value) {
    return (long) value.precision() - value.scale();
  }

  /** Whether it is in the range of a long double. */
  static boolean isFinite(BigDecimal value) {
    return value.abs().compareTo(LARGEST) <= 0;
  }

  /** At most 17 decimals, no exponent, no zeros at the end. */
  static Bytes text(BigDecimal value) {
    BigDecimal rounded = value.setScale(DECIMALS, RoundingMode.HALF_EVEN).stripTrailingZeros();
    return Bytes.of(rounded.toPlainString().getBytes(StandardCharsets.US_ASCII));
  }
}
