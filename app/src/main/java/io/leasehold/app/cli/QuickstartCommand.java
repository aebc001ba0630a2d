package io.leasehold.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.leasehold.app.client.GatewayClient;
import io.leasehold.app.client.GatewayClient.Said;
import io.leasehold.domain.time.Clock;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code gateway quickstart}. */
@Command(
    name = "quickstart",
    description = {
      "Makes a user, an organization, an embedded instance and an API key, and prints what a",
      "client of Upstash's REST protocol needs. Run again, it gives the same instance a new key."
    },
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  bin/leasehold gateway quickstart > .env",
      "  bin/leasehold gateway quickstart --url http://gateway.example.com:8080",
      "",
      "The credentials stand in quickstart.json of the data directory, for its owner only.",
      "Exit codes: 0 printed; 1 refused (the reason is printed); 2 wrong usage; 3 no server."
    })
final class QuickstartCommand implements Callable<Integer> {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int REFUSED = 1;
  private static final int NO_SERVER = 3;
  private static final int UNAUTHENTICATED = 401;
  private static final int FORBIDDEN = 403;
  private static final String NAME = "quickstart";
  private static final String EMAIL = "email";
  private static final String PASSWORD = "password";
  private static final String ORGANIZATION = "organization_id";
  private static final String INSTANCE = "instance_id";

  @Option(
      names = "--url",
      paramLabel = "URL",
      defaultValue = "http://127.0.0.1:8080",
      converter = KvConnection.Address.class,
      description = "Where the gateway is. Default: ${DEFAULT-VALUE}.")
  private URI url = URI.create("http://127.0.0.1:8080");

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      defaultValue = "leasehold-data",
      description = "Directory of quickstart.json. Default: ${DEFAULT-VALUE}.")
  private Path dataDir = Path.of("leasehold-data");

  /** The gateway said no. */
  private static final class NoException extends Exception {
    private static final long serialVersionUID = 1;

    NoException(String message) {
      super(message);
    }
  }

  @Override
  public Integer call() throws InterruptedException {
    try {
      Path file = dataDir.resolve("quickstart.json");
      ObjectNode known = read(file);
      if (!known.has(PASSWORD)) {
        makeUp(known);
        write(file, known);
      }
      var client = new GatewayClient(url);
      login(client, known);
      String organization = organization(client, known);
      JsonNode instance = instance(client, known, organization);
      write(file, known);
      String token = key(client, organization);
      System.out.println("UPSTASH_REDIS_REST_URL=" + instance.path("endpoint_url").textValue());
      System.out.println("UPSTASH_REDIS_REST_TOKEN=" + token);
      return 0;
    } catch (NoException e) {
      System.err.println(e.getMessage());
      return REFUSED;
    } catch (IOException e) {
      System.err.println(url + ": " + e);
      return NO_SERVER;
    }
  }

  private static void makeUp(ObjectNode known) {
    var random = new SecureRandom();
    byte[] name = new byte[4];
    byte[] password = new byte[24];
    random.nextBytes(name);
    random.nextBytes(password);
    known.put(EMAIL, NAME + "-" + HexFormat.of().formatHex(name) + "@leasehold.invalid");
    known.put(PASSWORD, Base64.getUrlEncoder().withoutPadding().encodeToString(password));
  }

  private static ObjectNode read(Path file) throws IOException {
    return Files.exists(file) && JSON.readTree(file.toFile()) instanceof ObjectNode known
        ? known
        : JSON.createObjectNode();
  }

  /** For its owner's eyes only, whole or not at all. */
  private static void write(Path file, ObjectNode known) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    if (directory != null) {
      Files.createDirectories(directory);
    }
    Path fresh = file.resolveSibling("quickstart.json.new");
    Files.deleteIfExists(fresh);
    Files.createFile(
        fresh, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.write(fresh, JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(known));
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private static JsonNode done(Said said) throws NoException {
    if (!said.isDone()) {
      throw new NoException(said.message());
    }
    return said.data();
  }

  /** Registers first where the gateway does not know the user: a new one, or one in memory. */
  private static void login(GatewayClient client, ObjectNode known)
      throws IOException, InterruptedException, NoException {
    ObjectNode credentials = JSON.createObjectNode();
    credentials.set(EMAIL, known.get(EMAIL));
    credentials.set(PASSWORD, known.get(PASSWORD));
    Said said = client.call("POST", "/auth/login", credentials);
    if (said.status() == UNAUTHENTICATED) {
      String email = known.path(EMAIL).asText();
      ObjectNode user = credentials.deepCopy();
      user.put("username", email.substring(0, email.indexOf('@')));
      done(client.call("POST", "/auth/register", user));
      said = client.call("POST", "/auth/login", credentials);
    }
    client.use(done(said).path("token").asText());
  }

  private static String organization(GatewayClient client, ObjectNode known)
      throws IOException, InterruptedException, NoException {
    if (known.has(ORGANIZATION)) {
      String id = known.path(ORGANIZATION).asText();
      if (client.call("GET", "/api/organizations/" + id, null).isDone()) {
        return id;
      }
    }
    String email = known.path(EMAIL).asText();
    ObjectNode wanted = JSON.createObjectNode();
    wanted.put("name", "Quickstart");
    wanted.put("slug", email.substring(0, email.indexOf('@')));
    JsonNode made = done(client.call("POST", "/api/organizations", wanted));
    known.put(ORGANIZATION, made.path("id").asText());
    return made.path("id").asText();
  }

  private static JsonNode instance(GatewayClient client, ObjectNode known, String organization)
      throws IOException, InterruptedException, NoException {
    String all = "/api/organizations/" + organization + "/redis-instances";
    if (known.has(INSTANCE)) {
      Said said = client.call("GET", all + "/" + known.path(INSTANCE).asText(), null);
      if (said.isDone()) {
        return said.data();
      }
    }
    ObjectNode wanted = JSON.createObjectNode().put("name", NAME).put("type", "embedded");
    JsonNode made = done(client.call("POST", all, wanted));
    known.put(INSTANCE, made.path("id").asText());
    return made;
  }

  /** The oldest key of an earlier run makes room where the quota is reached. */
  private static String key(GatewayClient client, String organization)
      throws IOException, InterruptedException, NoException {
    String all = "/api/organizations/" + organization + "/api-keys";
    ObjectNode wanted = JSON.createObjectNode();
    wanted.put("name", NAME + " " + Instant.ofEpochMilli(Clock.system().wallMillis()));
    wanted.putArray("scopes").add("*");
    Said said = client.call("POST", all, wanted);
    if (said.status() == FORBIDDEN) {
      String oldest = "";
      for (JsonNode each : done(client.call("GET", all + "?limit=100", null)).path("items")) {
        if (each.path("name").asText().startsWith(NAME + " ")) {
          oldest = each.path("id").asText();
        }
      }
      if (!oldest.isEmpty()) {
        done(client.call("DELETE", all + "/" + oldest, null));
        said = client.call("POST", all, wanted);
      }
    }
    return done(said).path("key").asText();
  }
}
