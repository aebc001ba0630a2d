package io.leasehold.http.access;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Locale;
import java.util.zip.GZIPOutputStream;

/** Compressed bodies. No state; safe for any thread. */
public final class Gzip {
  private Gzip() {}

  /** Whether the list names gzip (or all), and not with a weight of 0, which forbids it. */
  public static boolean isAcceptedBy(String acceptEncoding) {
    boolean all = false;
    for (String each : acceptEncoding.toLowerCase(Locale.ROOT).split(",", -1)) {
      String[] parts = each.split(";", 2);
      String coding = parts[0].strip();
      boolean wanted = parts.length < 2 || !parts[1].replace(" ", "").matches("q=0(\\.0{0,3})?");
      if (coding.equals("gzip")) {
        return wanted;
      }
      all |= coding.equals("*") && wanted;
    }
    return all;
  }

  /** The same body, compressed. Cost: the whole of it. */
  public static byte[] zipped(byte[] body) {
    var bytes = new ByteArrayOutputStream();
    try (var zip = new GZIPOutputStream(bytes)) {
      zip.write(body);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // to memory: cannot fail
    }
    return bytes.toByteArray();
  }
}
