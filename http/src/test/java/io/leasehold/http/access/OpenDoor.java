package io.leasehold.http.access;

import io.leasehold.actors.access.CallerLimits;
import io.leasehold.config.access.Network;
import io.leasehold.config.log.LoggedRequests;
import io.leasehold.domain.access.ApiKeys;
import io.leasehold.domain.time.Clock;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;

/** Real routes behind a door on a port of the system's choice, and clients of it. */
public final class OpenDoor implements AutoCloseable {
  private final HttpPort binding;
  private final HttpClient client = HttpClient.newHttpClient();
  public final ApiDoor door;

  /** Opens a door that asks for no keys, with bodies of 8 MiB. */
  public OpenDoor(ActorTestKit kit, List<ApiRoute> routes) throws Exception {
    this(kit, routes, ApiKeys.NONE, false, List.of("*"));
  }

  public OpenDoor(
      ActorTestKit kit,
      List<ApiRoute> routes,
      ApiKeys keys,
      boolean keysRequired,
      List<String> origins)
      throws Exception {
    this(kit, routes, keys, keysRequired, origins, null, Clock.system());
  }

  public OpenDoor(
      ActorTestKit kit,
      List<ApiRoute> routes,
      ApiKeys keys,
      boolean keysRequired,
      List<String> origins,
      CallerLimits limits,
      Clock clock)
      throws Exception {
    this(kit, routes, keys, keysRequired, origins, limits, clock, null);
  }

  /** A door with an area of its own rules and no routes. */
  public OpenDoor(ActorTestKit kit, RawArea area, Clock clock) throws Exception {
    this(kit, List.of(), ApiKeys.NONE, false, List.of(), null, clock, area);
  }

  private OpenDoor(
      ActorTestKit kit,
      List<ApiRoute> routes,
      ApiKeys keys,
      boolean keysRequired,
      List<String> origins,
      CallerLimits limits,
      Clock clock,
      RawArea area)
      throws Exception {
    var setup =
        new ApiDoor.Setup(
            "127.0.0.1",
            0,
            100,
            Duration.ofSeconds(30),
            8 << 20,
            origins,
            keysRequired,
            List.of("https://app.example.com"),
            List.of(Network.parse("127.0.0.0/8").orElseThrow()));
    var log = new RequestLog(LoggedRequests.ERRORS, Duration.ofMillis(500), clock);
    door = new ApiDoor(setup, routes, keys, limits, log, clock, area);
    binding = door.bind(kit.system()).toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  public InetSocketAddress address() {
    return binding.address();
  }

  /** A request; headers by name and value in turn. */
  public HttpResponse<String> send(String method, String path, String body, String... headers)
      throws IOException, InterruptedException {
    BodyPublisher publisher =
        body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body);
    return client.send(request(method, path, publisher, headers), BodyHandlers.ofString());
  }

  /** The same with bytes both ways. */
  public HttpResponse<byte[]> sendBytes(String method, String path, byte[] body, String... headers)
      throws IOException, InterruptedException {
    return client.send(
        request(method, path, BodyPublishers.ofByteArray(body), headers),
        BodyHandlers.ofByteArray());
  }

  /** The same with a body that is read as it comes. */
  public HttpResponse<InputStream> open(String path, String... headers)
      throws IOException, InterruptedException {
    return client.send(
        request("GET", path, BodyPublishers.noBody(), headers), BodyHandlers.ofInputStream());
  }

  private HttpRequest request(String method, String path, BodyPublisher body, String... headers) {
    URI uri = URI.create("http://127.0.0.1:" + address().getPort() + path);
    var request = HttpRequest.newBuilder(uri).method(method, body).timeout(Duration.ofSeconds(20));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return request.build();
  }

  /** Sends bytes as they are and reads to the end of the connection. */
  public String raw(String request) throws IOException {
    try (var socket = new Socket("127.0.0.1", address().getPort())) {
      socket.setSoTimeout(5_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    } catch (SocketTimeoutException e) {
      throw new IOException(
          "no end of the answer to " + request.substring(0, Math.min(300, request.length())), e);
    }
  }

  @Override
  public void close() throws Exception {
    binding.unbind().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }
}
