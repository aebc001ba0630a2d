package io.leasehold.streams.lock.wire;

/** Comparing and checking ranges of bytes. */
final class Bytes {
  private Bytes() {}

  /** Whether the range holds just these characters, all below 128. */
  static boolean equal(String ascii, byte[] text, int from, int to) {
    int length = to - from;
    if (ascii.length() != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (text[from + i] != ascii.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** The first byte above 127, {@code to} if there is none. */
  static int firstNonAscii(byte[] text, int from, int to) {
    for (int i = from; i < to; i++) {
      if (text[i] < 0) {
        return i;
      }
    }
    return to;
  }

  /**
   * Where the text stops being UTF-8 as RFC 3629 has it (shortest forms only, no surrogates,
   * nothing above U+10FFFF), -1 if it does not.
   */
  static int invalidUtf8(byte[] text, int from, int to) {
    int i = from;
    while (i < to) {
      int lead = text[i] & 0xFF;
      if (lead < 0x80) {
        i++;
        continue;
      }
      int length;
      int min = 0x80;
      int max = 0xBF;
      if (lead >= 0xC2 && lead <= 0xDF) {
        length = 2;
      } else if (lead >= 0xE0 && lead <= 0xEF) {
        length = 3;
        min = lead == 0xE0 ? 0xA0 : min;
        max = lead == 0xED ? 0x9F : max;
      } else if (lead >= 0xF0 && lead <= 0xF4) {
        length = 4;
        min = lead == 0xF0 ? 0x90 : min;
        max = lead == 0xF4 ? 0x8F : max;
      } else {
        return i;
      }
      if (to - i < length) {
        return i;
      }
      int second = text[i + 1] & 0xFF;
      if (second < min || second > max) {
        return i;
      }
      for (int k = 2; k < length; k++) {
        if ((text[i + k] & 0xC0) != 0x80) {
          return i;
        }
      }
      i += length;
    }
    return -1;
  }
}
