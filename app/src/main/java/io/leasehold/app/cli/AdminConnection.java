package io.leasehold.app.cli;

import io.leasehold.app.client.KvClient;
import java.io.IOException;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;

/** The options that say which sidecar is asked. */
final class AdminConnection {
  @Option(
      names = "--admin",
      paramLabel = "URL",
      defaultValue = "http://127.0.0.1:17001",
      converter = Address.class,
      description = "The sidecar's administration. Default: ${DEFAULT-VALUE}.")
  private URI admin = URI.create("http://127.0.0.1:17001");

  @Option(names = "--token", paramLabel = "TOKEN", description = "Its admin.token, if it has one.")
  private @Nullable String token;

  KvClient open() {
    return new KvClient(admin, token);
  }

  /** Says that nobody answers; returns the exit code for it. */
  int unreachable(KvClient client, IOException e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    System.err.println("no sidecar answers at " + client.address() + " (" + cause + ")");
    return 3;
  }

  /** {@code host:port}, or a whole address of http or https. */
  static final class Address implements ITypeConverter<URI> {
    private static final int DEFAULT_PORT = 17_001;

    @Override
    public URI convert(String text) {
      return KvConnection.Address.parse(text, DEFAULT_PORT);
    }
  }
}
