package io.leasehold.app.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The data plane of a whole server, as clients meet it. */
class GatewayIT {
  private static final HttpClient HTTP =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private static final Pattern ERROR =
      Pattern.compile("^-.*$", Pattern.MULTILINE | Pattern.UNIX_LINES);

  @TempDir static Path dir;
  private static ServerProcess server;
  private static GatewayCalls.Account account;

  @BeforeAll
  static void start() throws Exception {
    server = ServerProcess.start(dir.resolve("data"), "durability=memory", "resp.port=auto");
    account = new GatewayCalls(server).open();
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static List<JsonNode> clients(String door) throws Exception {
    var found = new ArrayList<JsonNode>();
    ServerProcess.get(server.port("debug"), "/debug/clients")
        .get("clients")
        .forEach(
            each -> {
              if (each.get("door").asText().equals(door)) {
                found.add(each);
              }
            });
    return found;
  }

  @Test
  void theDebugPortShowsWatchersAndThoseAtThePortOfRedis() throws Exception {
    var watch =
        HTTP.send(
            HttpRequest.newBuilder(
                    URI.create(
                        "http://127.0.0.1:" + server.port("http") + "/api/v1/watch?prefix=w%2F"))
                .build(),
            BodyHandlers.ofInputStream());
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), server.port("resp"));
        var events = watch.body()) {
      assertThat(events.read()).isEqualTo('r');
      socket.getOutputStream().write("GET k\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(socket.getInputStream().read()).isEqualTo('-');

      JsonNode watcher = clients("watch").get(0);
      assertThat(watcher.get("watches").intValue()).isEqualTo(1);
      assertThat(watcher.get("last_action").asText()).isEqualTo("watch");
      assertThat(watcher.get("remote").asText()).startsWith("127.0.0.1:");
      assertThat(watcher.get("bytes_out").intValue()).isPositive();
      assertThat(watcher.get("authenticated").booleanValue()).isFalse();
      JsonNode redis = clients("resp").get(0);
      assertThat(redis.get("remote").asText()).isEqualTo("127.0.0.1:" + socket.getLocalPort());
      assertThat(redis.get("requests").intValue()).isEqualTo(1);
      assertThat(redis.get("last_action").asText()).isEqualTo("get");
    }
    Awaitility.await()
        .atMost(20, TimeUnit.SECONDS)
        .until(
            () -> {
              put("w%2Fx"); // who is gone is noticed when it is told something
              return clients("watch").isEmpty() && clients("resp").isEmpty();
            });
  }

  private static void put(String key) throws Exception {
    var request =
        HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + server.port("http") + "/api/v1/kv/" + key))
            .header("Content-Type", "application/json")
            .PUT(BodyPublishers.ofString("{\"value\":\"1\"}"))
            .build();
    assertThat(HTTP.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
  }

  private static HttpRequest.Builder request(int port, GatewayCalls.Account to, String path) {
    return HttpRequest.newBuilder(
            URI.create("http://127.0.0.1:" + port + "/redis/" + to.instance() + path))
        .header("Authorization", "Bearer " + to.token());
  }

  private static String post(int port, GatewayCalls.Account to, String path, String body)
      throws IOException, InterruptedException {
    HttpRequest request = request(port, to, path).POST(BodyPublishers.ofString(body)).build();
    HttpResponse<String> answer = HTTP.send(request, BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return answer.body();
  }

  /** Counts up, one command in a request, until the server is gone. */
  private static void countUp(
      int port, GatewayCalls.Account to, int client, Map<String, Long> counted) {
    try {
      for (long i = 1; ; i++) {
        String key = "c" + client;
        String body =
            i % 3 == 0
                ? "[[\"INCR\",\"" + key + "\"],[\"RPUSH\",\"l" + client + "\"," + i + "]]"
                : "[[\"INCR\",\"" + key + "\"]]";
        String answer = post(port, to, i % 2 == 0 ? "/pipeline" : "/multi-exec", body);
        String first = answer.substring("[{\"result\":".length(), answer.indexOf('}'));
        counted.put(key, Long.parseLong(first));
      }
    } catch (IOException e) {
      // killed: what was answered before counts
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  @Timeout(120)
  void whatWasAnsweredIsThereAfterAKill() throws Exception {
    Path data = dir.resolve("durable");
    Map<String, Long> counted = new ConcurrentHashMap<>();
    ExecutorService clients = Executors.newFixedThreadPool(4);
    GatewayCalls.Account to;
    try (ServerProcess killed = ServerProcess.start(data)) {
      int port = killed.port("http");
      to = new GatewayCalls(killed).open();
      for (int i = 0; i < 4; i++) {
        int client = i;
        clients.submit(() -> countUp(port, to, client, counted));
      }
      Awaitility.await()
          .atMost(30, TimeUnit.SECONDS)
          .until(() -> counted.size() == 4 && counted.values().stream().allMatch(n -> n > 200));
      killed.kill();
      clients.shutdown();
      assertThat(clients.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    } finally {
      clients.shutdownNow();
    }
    try (ServerProcess again = ServerProcess.start(data)) {
      for (var each : counted.entrySet()) {
        String answer = post(again.port("http"), to, "", "[\"GET\",\"" + each.getKey() + "\"]");
        long found = Long.parseLong(answer.replaceAll("[^0-9]", ""));
        // the one that was under way may have been committed without an answer
        assertThat(found).isBetween(each.getValue(), each.getValue() + 1);
      }
    }
  }

  @Test
  @Timeout(120)
  void theOfficialClientWorksUnmodified() throws Exception {
    Tool.need("node", "nodejs");
    Tool.need("npm", "npm");
    Path example = dir.resolve("upstash");
    Files.createDirectories(example);
    for (String file : List.of("package.json", "example.mjs")) {
      Files.copy(Path.of("..", "sdk", "examples", "upstash", file), example.resolve(file));
    }
    String install = "npm install --no-audit --no-fund --prefer-offline --silent";
    Process npm =
        new ProcessBuilder("sh", "-c", install).directory(example.toFile()).inheritIO().start();
    Tool.need(
        npm.waitFor(60, TimeUnit.SECONDS) && npm.exitValue() == 0,
        "@upstash/redis from the registry of npm",
        "npm");

    assertThat(runExample(example, account)).endsWith("all of 16 steps\n");
    try (var redis = new RealRedis(dir)) {
      var external =
          new GatewayCalls(server).open("\"redis_url\":\"redis://127.0.0.1:" + redis.port + "\"");
      assertThat(runExample(example, external)).endsWith("all of 16 steps\n");
      assertThat(redis.ask(List.of("INFO", "commandstats")))
          .asString()
          .contains("cmdstat_exec", "cmdstat_scan", "cmdstat_psubscribe"); // it was this one
    }
  }

  private static String runExample(Path example, GatewayCalls.Account to) throws Exception {
    return Tool.run(
        0,
        "sh",
        "-c",
        "cd '"
            + example
            + "' && UPSTASH_REDIS_REST_URL=http://127.0.0.1:"
            + server.port("http")
            + "/redis/"
            + to.instance()
            + " UPSTASH_REDIS_REST_TOKEN="
            + to.token()
            + " node example.mjs");
  }

  private static SocketChannel resp() throws IOException {
    return SocketChannel.open(new InetSocketAddress("127.0.0.1", server.port("resp")));
  }

  private static RespClient client(SocketChannel channel) {
    return new RespClient(Channels.newInputStream(channel), Channels.newOutputStream(channel));
  }

  /** Thousands of commands, many in flight, get what a real Redis answers, in both protocols. */
  @Test
  @Timeout(120)
  void theRespPortAnswersAsRedisDoes() throws Exception {
    Tool.need("redis-server", "redis-server");
    long seed = new Random().nextLong();
    var random = new Random(seed);
    GatewayCalls.Account to = new GatewayCalls(server).open();
    Path home = Files.createDirectories(dir.resolve("resp"));
    try (var redis = new RealRedis(home);
        SocketChannel channel = resp()) {
      RespClient door = client(channel);
      assertThat(door.ask(List.of("AUTH", to.instance(), to.token()))).startsWith('+', 'O', 'K');
      for (int count = 0; count < 6_000; ) {
        if (count > 3_000) {
          redis.ask(List.of("HELLO", "3"));
          door.ask(List.of("HELLO", "3"));
        }
        var commands = new ArrayList<List<String>>();
        boolean transaction = random.nextInt(4) == 0;
        if (transaction) {
          commands.add(List.of("MULTI"));
        }
        int size = 1 + random.nextInt(transaction ? 6 : 300);
        for (int i = 0; i < size; i++) {
          commands.add(command(random));
        }
        if (transaction) {
          commands.add(List.of("EXEC"));
        }
        String expected = text(redis.client.askAll(commands));
        assertThat(text(door.askAll(commands)))
            .as("seed " + seed + ", behind " + count + " commands, " + commands)
            .isEqualTo(expected);
        count += size;
      }
    }
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** An error is text here: of bytes that are none, U+FFFD is left. Nothing else is touched. */
  private static String readable(String replies) {
    return ERROR
        .matcher(replies)
        .replaceAll(
            error ->
                Matcher.quoteReplacement(
                    text(
                        new String(
                                error.group().getBytes(StandardCharsets.ISO_8859_1),
                                StandardCharsets.UTF_8)
                            .getBytes(StandardCharsets.UTF_8))));
  }

  /** What comes back for bytes, to the end of the connection. */
  private static String outcome(SocketChannel channel, byte[] before, byte[] bytes)
      throws IOException {
    try (channel) {
      OutputStream out = Channels.newOutputStream(channel);
      out.write(before);
      out.write(bytes);
      channel.shutdownOutput();
      return text(Channels.newInputStream(channel).readAllBytes());
    }
  }

  /** Whatever is sent, it is read as a real Redis reads it, and refused in its words. */
  @Test
  @Timeout(120)
  void whatIsNoCommandIsRefusedAsByRedis() throws Exception {
    Tool.need("redis-server", "redis-server");
    long seed = new Random().nextLong();
    var random = new Random(seed);
    GatewayCalls.Account to = new GatewayCalls(server).open();
    byte[] auth =
        ("AUTH " + to.instance() + " " + to.token() + "\r\n").getBytes(StandardCharsets.US_ASCII);
    byte[] ping = "PING\r\n".getBytes(StandardCharsets.US_ASCII);
    String odd = "*$\r\n0123 \"'-xPE";
    Path home = Files.createDirectories(dir.resolve("noise"));
    try (var redis = new RealRedis(home)) {
      for (int i = 0; i < 400; i++) {
        byte[] bytes =
            "*2\r\n$4\r\nECHO\r\n$3\r\na b\r\nECHO \"q\\x41\" \r\nPING 'x'\r\n*1\r\n$4\r\nPING\r\n"
                .getBytes(StandardCharsets.US_ASCII);
        if (i == 0) { // once found by chance: a name that is no UTF-8
          bytes = "ECHO1\"q\\xE1\" \r\nPING 'x'\r\n*".getBytes(StandardCharsets.US_ASCII);
        }
        for (int changes = i == 0 ? 0 : 1 + random.nextInt(3); changes > 0; changes--) {
          bytes[random.nextInt(bytes.length)] = (byte) odd.charAt(random.nextInt(odd.length()));
        }
        String expected = outcome(redis.connect(), ping, bytes).replaceFirst("\\+PONG", "+OK");
        assertThat(readable(outcome(resp(), auth, bytes)))
            .as("seed " + seed + ", " + text(bytes))
            .isEqualTo(readable(expected));
      }
    }
  }

  @Test
  @Timeout(60)
  void redisCliWorksUnmodified() throws Exception {
    Tool.need("redis-cli", "redis-tools");
    GatewayCalls.Account to = new GatewayCalls(server).open();
    String cli =
        "redis-cli --no-auth-warning -p "
            + server.port("resp")
            + " --user "
            + to.instance()
            + " --pass "
            + to.token()
            + " ";
    String script =
        "printf 'set a 1\\nmulti\\nincr a\\nhset h f v\\nexec\\nget a\\nincr h\\n' | " + cli;
    assertThat(Tool.run(0, "sh", "-c", script))
        .isEqualTo(
            "OK\nOK\nQUEUED\nQUEUED\n2\n1\n2\n"
                + "WRONGTYPE Operation against a key holding the wrong kind of value\n\n");
    assertThat(Tool.run(0, "sh", "-c", cli + "-3 --no-raw hgetall h"))
        .isEqualTo("1# \"f\" => \"v\"\n");
    String large = "head -c 200000 /dev/zero | tr '\\0' x | " + cli + "-x set large";
    assertThat(Tool.run(0, "sh", "-c", large)).isEqualTo("OK\n");
    assertThat(Tool.run(0, "sh", "-c", cli + "strlen large")).isEqualTo("200000\n");
    // its key reaches one instance, which need not be named
    String unnamed = cli.replace("--user " + to.instance() + " ", "");
    assertThat(unnamed).isNotEqualTo(cli);
    assertThat(Tool.run(0, "sh", "-c", unnamed + "get a")).isEqualTo("2\n");
    assertThat(Tool.run(0, "sh", "-c", cli + "--scan")).contains("a\n", "h\n", "large\n");
  }

  private static final List<String> SHAPES =
      List.of(
          "SET s v",
          "SET s n",
          "SET s v NX GET",
          "SET s v XX KEEPTTL",
          "GET s",
          "GETDEL s",
          "APPEND s v",
          "SETRANGE s n v",
          "GETRANGE s n n",
          "INCRBY s n",
          "INCRBYFLOAT s 0.5",
          "MSET s v s v",
          "MGET s l s",
          "STRLEN s",
          "EXISTS s l h",
          "TYPE s",
          "DEL s",
          "RENAME s s",
          "COPY s s REPLACE",
          "EXPIRE s 1000",
          "TTL s",
          "PERSIST s",
          "DBSIZE",
          "RPUSH l v v",
          "LPUSH l v",
          "LRANGE l 0 -1",
          "LRANGE l n n",
          "LPOP l",
          "RPOP l n",
          "LSET l n v",
          "LREM l n v",
          "LTRIM l n n",
          "LINSERT l BEFORE v v",
          "LMOVE l l LEFT RIGHT",
          "LLEN l",
          "LPOS l v",
          "HSET h f v",
          "HSET h f v f",
          "HGET h f",
          "HMGET h f f",
          "HDEL h f",
          "HINCRBY h f n",
          "HLEN h",
          "HEXISTS h f",
          "HSTRLEN h f",
          "SADD z v v",
          "SREM z v",
          "SCARD z",
          "SISMEMBER z v",
          "SMISMEMBER z v v",
          "SINTERCARD 2 z z",
          "SMOVE z z v",
          "SUNIONSTORE z z z",
          "GET l",
          "LPUSH s v",
          "NOSUCH v",
          "GET",
          "SET s v EX 0",
          "PING v",
          "FLUSHALL");

  private static List<String> command(Random random) {
    String shape =
        SHAPES.get(random.nextInt(random.nextInt(40) == 0 ? SHAPES.size() : SHAPES.size() - 1));
    var command = new ArrayList<String>();
    for (String word : shape.split(" ")) {
      command.add(
          switch (word) {
            case "s", "l", "h", "z" -> word + random.nextInt(3);
            case "v" ->
                List.of("a", "b", "10", "-3", "", "\r\n", "\u0000\u007f", "x".repeat(70))
                    .get(random.nextInt(8));
            case "n" -> String.valueOf(random.nextInt(7) - 3);
            case "f" -> "f" + random.nextInt(4);
            default -> word;
          });
    }
    return command;
  }

  private static String json(List<String> command) {
    var json = new StringBuilder("[");
    for (String each : command) {
      json.append(json.length() == 1 ? "\"" : ",\"");
      each.chars().forEach(c -> json.append(c < 32 ? String.format("\\u%04x", c) : (char) c));
      json.append('"');
    }
    return json.append(']').toString();
  }

  /** Thousands of commands over HTTP get, byte for byte, what a real Redis answers. */
  @Test
  @Timeout(120)
  void answersAreThoseOfRedis() throws Exception {
    Tool.need("redis-server", "redis-server");
    long seed = new Random().nextLong();
    var random = new Random(seed);
    GatewayCalls.Account to = new GatewayCalls(server).open();
    var count = new AtomicLong();
    try (var redis = new RealRedis(dir)) {
      int port = server.port("http");
      while (count.get() < 5_000) {
        var commands = new ArrayList<List<String>>();
        var expected = new ByteArrayOutputStream();
        int size = 1 + random.nextInt(60);
        for (int i = 0; i < size; i++) {
          List<String> command = command(random);
          commands.add(command);
          expected.writeBytes(redis.ask(command));
        }
        String body = commands.stream().map(GatewayIT::json).toList().toString();
        HttpRequest request =
            request(port, to, "/pipeline")
                .header("Upstash-Response-Format", "resp2")
                .POST(BodyPublishers.ofString(body))
                .build();
        byte[] actual = HTTP.send(request, BodyHandlers.ofByteArray()).body();
        if (!Arrays.equals(actual, expected.toByteArray())) {
          assertThat(new String(actual, StandardCharsets.ISO_8859_1))
              .as("seed " + seed + ", behind " + count + " commands, " + commands)
              .isEqualTo(expected.toString(StandardCharsets.ISO_8859_1));
        }
        count.addAndGet(size);
      }
    }
  }
}
