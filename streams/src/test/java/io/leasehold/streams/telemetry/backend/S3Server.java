package io.leasehold.streams.telemetry.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.awaitility.Awaitility;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.ResponseBytes;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * A server that speaks the protocol of S3 and checks signatures: s3proxy, in a process of its own,
 * with a directory for its buckets. {@link #close} ends it.
 */
public final class S3Server implements AutoCloseable {
  /** The key of an object and what the server makes up for it; no key of ours ends so. */
  private static final Pattern UNFINISHED =
      Pattern.compile("-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$");

  public static final String BUCKET = "telemetry";
  public static final String ID = "test-identity";
  public static final String SECRET = "test-s3cret-word";

  private static final Path JAR = Path.of("target", "test-tools", "s3proxy.jar").toAbsolutePath();
  private static final Pattern STARTED = Pattern.compile("127\\.0\\.0\\.1:(\\d+)}");

  private final Process process;
  private final int port;
  private final S3Client client;

  private S3Server(Process process, int port) {
    this.process = process;
    this.port = port;
    this.client =
        S3Client.builder()
            .httpClient(Apache5HttpClient.create())
            .endpointOverride(URI.create("http://127.0.0.1:" + port))
            .region(Region.US_EAST_1)
            .forcePathStyle(true)
            .credentialsProvider(
                StaticCredentialsProvider.create(AwsBasicCredentials.create(ID, SECRET)))
            .build();
  }

  /** Starts it, with an empty bucket. */
  public static S3Server start(Path dir) throws IOException {
    assertThat(JAR).as("made by the build before integration tests").exists();
    Path data = Files.createDirectories(dir.resolve("objects"));
    Path log = dir.resolve("s3proxy.log");
    Path settings =
        Files.writeString(
            dir.resolve("s3proxy.conf"),
            "s3proxy.endpoint=http://127.0.0.1:0\ns3proxy.authorization=aws-v4\n"
                + "s3proxy.identity="
                + ID
                + "\ns3proxy.credential="
                + SECRET
                + "\njclouds.provider=filesystem-nio2\njclouds.filesystem.basedir="
                + data
                + "\n");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-jar",
                JAR.toString(),
                "--properties",
                settings.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly));
    var port = new int[1];
    Awaitility.await("s3proxy starts")
        .atMost(40, TimeUnit.SECONDS)
        .until(
            () -> {
              String said = Files.readString(log);
              assertThat(process.isAlive()).as(said).isTrue();
              Matcher started = STARTED.matcher(said);
              port[0] = started.find() ? Integer.parseInt(started.group(1)) : 0;
              return port[0] > 0;
            });
    var server = new S3Server(process, port[0]);
    server.client.createBucket(each -> each.bucket(BUCKET));
    return server;
  }

  public int port() {
    return port;
  }

  S3Client client() {
    return client;
  }

  /**
   * The objects below a prefix, by key. What the server has not written to its end stands there
   * under a key of its own, in its last moment with a tag already: that is no object yet.
   */
  public Map<String, String> tags(String prefix) {
    Map<String, String> tags = new TreeMap<>();
    client.listObjectsV2Paginator(each -> each.bucket(BUCKET).prefix(prefix)).contents().stream()
        .filter(each -> each.eTag() != null && !UNFINISHED.matcher(each.key()).find())
        .forEach((S3Object each) -> tags.put(each.key(), each.eTag()));
    return tags;
  }

  ResponseBytes<GetObjectResponse> object(String key) {
    return client.getObjectAsBytes(each -> each.bucket(BUCKET).key(key));
  }

  /** All lines of all objects below a prefix. */
  public List<String> lines(String prefix) {
    List<String> lines = new ArrayList<>();
    for (String key : tags(prefix).keySet()) {
      lines.addAll(text(key).lines().toList());
    }
    return lines;
  }

  String text(String key) {
    byte[] bytes = object(key).asByteArray();
    if (!key.endsWith(".gz")) {
      return new String(bytes, java.nio.charset.StandardCharsets.UTF_8);
    }
    try (var in = new GZIPInputStream(new java.io.ByteArrayInputStream(bytes))) {
      return new String(in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Who the backends of this process are, by the first place the SDK looks at. */
  public static void login(String id, String secret) {
    System.setProperty("aws.accessKeyId", id);
    System.setProperty("aws.secretAccessKey", secret);
  }

  /** Nobody. */
  public static void logout() {
    System.clearProperty("aws.accessKeyId");
    System.clearProperty("aws.secretAccessKey");
  }

  @Override
  public void close() {
    client.close();
    process.destroyForcibly();
  }
}
