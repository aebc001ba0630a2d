package io.leasehold.domain.telemetry;

/** Whether bytes are well-formed UTF-8 (Unicode 15, table 3-7). */
final class Utf8 {
  private Utf8() {}

  static boolean isValid(byte[] text, int from, int to) {
    int i = from;
    while (i < to) {
      int first = text[i++];
      if (first >= 0) {
        continue;
      }
      first &= 0xFF;
      int more = first < 0xC2 ? -1 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : first < 0xF5 ? 3 : -1;
      if (more < 0 || to - i < more) {
        return false;
      }
      int second = text[i] & 0xFF;
      int low = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
      int high = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
      if (second < low || second > high) {
        return false;
      }
      for (int k = 1; k < more; k++) {
        if ((text[i + k] & 0xC0) != 0x80) {
          return false;
        }
      }
      i += more;
    }
    return true;
  }
}
