package io.leasehold.app.cli;

import io.leasehold.app.client.LockClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say which server is asked. */
final class Connection {
  private static final String FILE = "file:";

  @Option(names = "--host", defaultValue = "127.0.0.1", description = "Default: 127.0.0.1.")
  private String host = "127.0.0.1";

  @Option(names = "--port", defaultValue = "8765", description = "Default: 8765.")
  private int port;

  @Option(
      names = "--api-key",
      paramLabel = "KEY",
      description = "The key, or file:/path with it. Default: $LEASEHOLD_API_KEY.")
  private @Nullable String apiKey;

  String host() {
    return host;
  }

  int port() {
    return port;
  }

  /** The key itself, null without one. */
  @Nullable String apiKey() throws IOException {
    String key = apiKey == null ? System.getenv("LEASEHOLD_API_KEY") : apiKey;
    return key == null || !key.startsWith(FILE)
        ? key
        : Files.readString(Path.of(key.substring(FILE.length())), StandardCharsets.UTF_8)
            .stripTrailing();
  }

  LockClient open() throws IOException {
    String key = apiKey();
    try {
      return new LockClient(host, port, key);
    } catch (IOException e) {
      throw new IOException(
          "no lock server at " + host + ":" + port + " (" + e.getMessage() + ")", e);
    }
  }
}
