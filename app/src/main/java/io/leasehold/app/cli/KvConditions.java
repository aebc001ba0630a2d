package io.leasehold.app.cli;

import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options that make a request depend on what is there, and on a lock. */
final class KvConditions {
  @Option(
      names = "--if-match",
      paramLabel = "VERSION",
      converter = Version.class,
      description = "Only if the key has this version; '*': only if it exists.")
  private @Nullable String ifMatch;

  @Option(
      names = "--if-none-match",
      paramLabel = "VERSION",
      converter = Version.class,
      description = "Only if the key has another version; '*': only if it is absent.")
  private @Nullable String ifNoneMatch;

  @Option(
      names = "--fence",
      paramLabel = "LOCK/TOKEN",
      converter = Fence.class,
      description = {
        "The lock the request is made under, and the token of its lease: refused once a newer",
        "holder has been here."
      })
  private @Nullable String fence;

  void addTo(HttpRequest.Builder request) {
    if (ifMatch != null) {
      request.header("If-Match", ifMatch);
    }
    if (ifNoneMatch != null) {
      request.header("If-None-Match", ifNoneMatch);
    }
    if (fence != null) {
      request.header("If-Fence", fence);
    }
  }

  /** A number or a star becomes an entity tag. */
  static final class Version implements ITypeConverter<String> {
    @Override
    public String convert(String text) {
      if (text.equals("*")) {
        return text;
      }
      if (!text.matches("[1-9][0-9]{0,15}")) {
        throw new TypeConversionException(
            "'" + text + "' is no version: write a number such as 1042, or '*'");
      }
      return '"' + text + '"';
    }
  }

  /** {@code lock/token}, split at the last slash; the lock is encoded for a header. */
  static final class Fence implements ITypeConverter<String> {
    @Override
    public String convert(String text) {
      int slash = text.lastIndexOf('/');
      if (slash < 1 || !text.substring(slash + 1).matches("[1-9][0-9]{0,15}")) {
        throw new TypeConversionException(
            "'" + text + "' is no fence: write the lock, a slash and a token, such as user-123/42");
      }
      var encoded = new StringBuilder();
      for (byte each : text.substring(0, slash).getBytes(StandardCharsets.UTF_8)) {
        boolean plain = each > 0x20 && each < 0x7F && each != '%' && each != ',';
        encoded.append(plain ? String.valueOf((char) each) : String.format("%%%02X", each));
      }
      return encoded.append(text, slash, text.length()).toString();
    }
  }
}
