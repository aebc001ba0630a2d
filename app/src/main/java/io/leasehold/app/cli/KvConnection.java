package io.leasehold.app.cli;

import io.leasehold.app.client.KvClient;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** The options that say which store is asked. */
final class KvConnection {
  private static final String FILE = "file:";

  @Option(
      names = "--address",
      paramLabel = "HOST:PORT",
      defaultValue = "127.0.0.1:8080",
      converter = Address.class,
      description = "Where the store is; https://host:port too. Default: ${DEFAULT-VALUE}.")
  private URI address = URI.create("http://127.0.0.1:8080");

  @Option(
      names = "--api-key",
      paramLabel = "KEY",
      description = "The API key, or file:/path with it. Default: $LEASEHOLD_API_KEY.")
  private @Nullable String apiKey;

  KvClient open() throws IOException {
    String key = apiKey == null ? System.getenv("LEASEHOLD_API_KEY") : apiKey;
    if (key != null && key.startsWith(FILE)) {
      key =
          Files.readString(Path.of(key.substring(FILE.length())), StandardCharsets.UTF_8)
              .stripTrailing();
    }
    return new KvClient(address, key);
  }

  /** {@code host:port}, or a whole address of http or https. */
  static final class Address implements ITypeConverter<URI> {
    private static final int DEFAULT_PORT = 8080;

    @Override
    public URI convert(String text) {
      return parse(text, DEFAULT_PORT);
    }

    /**
     * The address in a text.
     *
     * @param defaultPort of a text without scheme and port
     */
    static URI parse(String text, int defaultPort) {
      boolean hasScheme = text.contains("://");
      try {
        URI uri = new URI(hasScheme ? text : "http://" + text);
        String scheme = uri.getScheme().toLowerCase(Locale.ROOT);
        String path = uri.getRawPath();
        boolean plain =
            uri.getHost() != null
                && (path.isEmpty() || path.equals("/"))
                && uri.getRawQuery() == null
                && uri.getUserInfo() == null;
        if (plain && (scheme.equals("http") || scheme.equals("https"))) {
          int port = uri.getPort() < 0 && !hasScheme ? defaultPort : uri.getPort();
          return new URI(scheme, null, uri.getHost(), port, null, null, null);
        }
      } catch (URISyntaxException e) {
        // told below
      }
      throw new TypeConversionException(
          "'" + text + "' is no address: write host:port or https://host:port");
    }
  }
}
