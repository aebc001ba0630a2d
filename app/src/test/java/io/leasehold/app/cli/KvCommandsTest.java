package io.leasehold.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the commands on the store send, and what they make of the answers that they are given. */
class KvCommandsTest {
  private record Asked(String line, Map<String, String> headers, String body) {}

  private record Answer(int status, String body) {}

  private final List<Asked> asked = new ArrayList<>();
  private final ConcurrentLinkedQueue<Answer> answers = new ConcurrentLinkedQueue<>();
  private final Shell shell = new Shell();
  private HttpServer fake;

  @BeforeEach
  void start() throws IOException {
    fake = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    fake.createContext("/", this::answer);
    fake.start();
  }

  @AfterEach
  void stop() {
    fake.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    var headers = new LinkedHashMap<String, String>();
    exchange.getRequestHeaders().forEach((name, values) -> headers.put(name, values.get(0)));
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    asked.add(
        new Asked(exchange.getRequestMethod() + " " + exchange.getRequestURI(), headers, body));
    Answer answer = answers.remove();
    byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(answer.status(), bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private void willAnswer(int status, String body) {
    answers.add(new Answer(status, body.replace('\'', '"')));
  }

  private Shell.Outcome kv(String... arguments) {
    var all = new ArrayList<String>();
    all.add("kv");
    all.add(arguments[0]);
    all.add("--address");
    all.add("127.0.0.1:" + fake.getAddress().getPort());
    all.addAll(List.of(arguments).subList(1, arguments.length));
    return shell.run(all.toArray(String[]::new));
  }

  @Test
  void getPrintsTheValueInTheFormThatWasAskedFor() {
    willAnswer(200, "v\u00e4lue");
    willAnswer(200, "bytes");
    willAnswer(200, "{'found':true}");

    assertThat(kv("get", "a/b \u00e4").out()).isEqualTo("v\u00e4lue\n");
    assertThat(kv("get", "k", "--raw", "--stale", "--api-key", "secret").out()).isEqualTo("bytes");
    assertThat(kv("get", "k", "--json").out()).isEqualTo("{\"found\":true}\n");

    assertThat(asked.get(0).line()).isEqualTo("GET /api/v1/kv/a%2Fb%20%C3%A4");
    assertThat(asked.get(0).headers()).containsEntry("Accept", "application/octet-stream");
    assertThat(asked.get(1).line()).isEqualTo("GET /api/v1/kv/k?consistency=stale");
    assertThat(asked.get(1).headers()).containsEntry("Authorization", "Bearer secret");
    assertThat(asked.get(2).headers()).containsEntry("Accept", "application/json");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "404|{'error':'Not found','code':'not_found','message':'no such key'}|1|not_found: no such"
            + " key",
        "400|{'error':'Invalid key','code':'invalid_key','message':'bad'}|2|invalid_key: bad",
        "403|{'error':'Forbidden','code':'forbidden'}|1|forbidden: Forbidden",
        "412|{'code':'precondition_failed','message':'version is 8'}|1|precondition_failed: version"
            + " is 8",
        "503|{'code':'unavailable','message':'no owner','outcome':'unknown'}|3|unavailable: no"
            + " owner (outcome unknown)",
        "502|<html>|3|HTTP status 502, and no answer of a store",
        "200||0|",
        "304||1|not modified",
      })
  void everyStatusHasItsExitCode(int status, String body, int code, String told) {
    willAnswer(status, body == null ? "" : body);

    var outcome = kv("get", "k", "--if-none-match", "7");

    assertThat(outcome.code()).isEqualTo(code);
    assertThat(outcome.err()).isEqualTo(told == null ? "" : told + System.lineSeparator());
    assertThat(asked.get(0).headers()).containsEntry("If-none-match", "\"7\"");
  }

  @Test
  void withoutAServerTheAddressIsTold() {
    int port = fake.getAddress().getPort();
    fake.stop(0);

    var outcome = shell.run("kv", "get", "k", "--address", "127.0.0.1:" + port);

    assertThat(outcome.code()).isEqualTo(3);
    assertThat(outcome.err()).startsWith("no store at http://127.0.0.1:" + port + " (");
  }

  @Test
  void putSendsTheBytesWithAllThatBelongsToThem(@TempDir Path dir) throws IOException {
    Path file = Files.write(dir.resolve("value"), new byte[] {'f', 0, 'g'});
    willAnswer(200, "{'success':true,'created':true,'version':7,'expires_at':1768473000}");
    willAnswer(200, "{'success':true,'created':false,'version':8}");
    willAnswer(200, "{'success':true,'created':false,'version':9}");

    var first =
        kv(
            "put",
            "k",
            "v\u00e4",
            "--ttl",
            "1m30s",
            "--metadata",
            "a=\u00e4",
            "--metadata",
            "b=c=d");
    assertThat(first.code()).isZero();
    assertThat(first.out()).isEqualTo("created, version 7, expires 2026-01-15T10:30:00Z\n");
    assertThat(asked.get(0).line()).isEqualTo("PUT /api/v1/kv/k?ttl_ms=90000");
    assertThat(asked.get(0).body()).isEqualTo("v\u00e4");
    assertThat(asked.get(0).headers())
        .containsEntry("Content-type", "application/octet-stream")
        .containsEntry("X-kv-metadata", "{\"a\":\"\\u00E4\",\"b\":\"c=d\"}");

    var second =
        kv(
            "put",
            "k",
            "--file",
            file.toString(),
            "--keep-ttl",
            "--if-match",
            "7",
            "--fence",
            "a/b %\u00e4/42");
    assertThat(second.out()).isEqualTo("overwritten, version 8\n");
    assertThat(asked.get(1).line()).isEqualTo("PUT /api/v1/kv/k?keep_ttl=true");
    assertThat(asked.get(1).body()).isEqualTo("f\0g");
    assertThat(asked.get(1).headers())
        .containsEntry("If-match", "\"7\"")
        .containsEntry("If-fence", "a/b%20%25%C3%A4/42");

    shell.piping("from a pipe\n".getBytes(StandardCharsets.UTF_8));
    assertThat(kv("put", "k", "--json", "--if-none-match", "*").out())
        .isEqualTo("{\"success\":true,\"created\":false,\"version\":9}\n");
    assertThat(asked.get(2).body()).isEqualTo("from a pipe\n");
    assertThat(asked.get(2).headers()).containsEntry("If-none-match", "*");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "put k v --file x",
        "put k v --ttl 1s --keep-ttl",
        "put k v --ttl 0s",
        "put k v --ttl 5",
        "put k v --if-match 0",
        "put k v --if-match abc",
        "put k v --fence job",
        "put k v --fence job/0",
        "put k v --metadata a",
        "put k --file /does/not/exist",
        "put",
        "get",
        "get k --raw --json",
        "get k --address a/b",
        "get k --address ftp://a",
        "list --limit 0",
        "list --values --json",
        "watch --key a --prefix b",
        "watch --count 0",
        "restore --mode merge",
        "restore /does/not/exist",
      })
  void wrongUsageIsToldAndNothingIsAsked(String line) {
    var arguments = new ArrayList<String>(List.of(line.split(" ")));
    arguments.add(0, "kv");

    var outcome = shell.run(arguments.toArray(String[]::new));

    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.err()).contains("Usage: leasehold kv ");
    assertThat(asked).isEmpty();
  }

  @Test
  void aValueThatIsTooLargeIsNotSent() {
    shell.piping(new byte[(1 << 20) + 1]);

    var outcome = kv("put", "k");

    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.err()).startsWith("value_too_large: ");
    assertThat(asked).isEmpty();
  }

  @Test
  void deleteSaysWhatWasThere() {
    willAnswer(200, "{'success':true,'existed':true,'version':9}");
    willAnswer(200, "{'success':true,'existed':false}");
    willAnswer(409, "{'code':'stale_fence','message':'token 41 of lock l is older than 42'}");

    assertThat(kv("delete", "k").out()).isEqualTo("deleted, version 9\n");
    var absent = kv("del", "k");
    assertThat(absent.code()).isZero();
    assertThat(absent.out()).isEqualTo("was not there\n");
    var stale = kv("delete", "k", "--fence", "l/41");
    assertThat(stale.code()).isEqualTo(1);
    assertThat(stale.err()).startsWith("stale_fence: token 41 of lock l is older than 42");
    assertThat(asked.get(0).line()).isEqualTo("DELETE /api/v1/kv/k");
  }

  @Test
  void listGoesOnUntilThereIsNoMore() {
    willAnswer(200, "{'keys':['a','\u00e4'],'count':2,'has_more':true,'next_cursor':'AW+_'}");
    willAnswer(200, "{'keys':['b'],'count':1,'has_more':false}");

    var outcome = kv("list", "--prefix", "x/");

    assertThat(outcome.out()).isEqualTo("a\n\u00e4\nb\n");
    assertThat(asked)
        .extracting(Asked::line)
        .containsExactly(
            "GET /api/v1/kv?prefix=x%2F&limit=1000&keys_only=true",
            "GET /api/v1/kv?prefix=x%2F&limit=1000&keys_only=true&cursor=AW%2B_");
  }

  @Test
  void listShowsValuesOnOneLineAndEndsAtItsLimit() {
    willAnswer(
        200,
        "{'items':[{'key':'a','value':'x\\n\\t\\\\'},{'key':'b','value':'AAE=',"
            + "'encoding':'base64'}],'count':2,'has_more':true,'next_cursor':'c'}");
    willAnswer(200, "{'items':[{'key':'a','value':'x'}],'count':1,'has_more':true}");

    assertThat(kv("list", "--values", "--limit", "2").out())
        .isEqualTo("a\tx\\n\\t\\\\\nb\tbase64:AAE=\n");
    assertThat(kv("list", "--json", "--limit", "1").out())
        .isEqualTo("{\"key\":\"a\",\"value\":\"x\"}\n");
    assertThat(asked).hasSize(2);
    assertThat(asked.get(1).line()).isEqualTo("GET /api/v1/kv?prefix=&limit=1");
  }

  @Test
  void listThatEndsHalfWayIsAFailure() {
    willAnswer(200, "{'keys':['a'],'count':1,'has_more':true,'next_cursor':'c'}");
    willAnswer(503, "{'code':'unavailable','message':'shard 7'}");

    var outcome = kv("list");

    assertThat(outcome.code()).isEqualTo(3);
    assertThat(outcome.out()).isEqualTo("a\n");
  }

  @Test
  void watchGoesOnBehindTheLastEventAfterALostConnection() {
    willAnswer(
        200,
        "retry: 2000\n\nevent: ready\nid: p0\ndata: {'shards':64}\n\n: still there\n\n"
            + "event: put\nid: p1\ndata: {'key':'k','shard':1,'revision':5}\n\n"
            + "event: bye\nid: p1\ndata: {}\n\n");
    willAnswer(503, "{'code':'draining','message':'the node is shutting down'}");
    willAnswer(
        200,
        "event: ready\nid: p1\ndata: {'shards':64}\n\n"
            + "event: gap\nid: p2\ndata: {'shard':1,'from':5,'to':9,'reason':'slow_consumer'}\n\n"
            + "event: delete\nid: p3\ndata: {'key':'k','shard':1,'revision':10}\n\n");

    var outcome =
        kv("watch", "--prefix", "k", "--values", "--events", "put,delete", "--count", "2");

    assertThat(outcome.code()).isZero();
    assertThat(outcome.out().replace('"', '\''))
        .isEqualTo(
            """
            {'event':'ready','shards':64,'position':'p0'}
            {'event':'put','key':'k','shard':1,'revision':5,'position':'p1'}
            {'event':'gap','shard':1,'from':5,'to':9,'reason':'slow_consumer','position':'p2'}
            {'event':'delete','key':'k','shard':1,'revision':10,'position':'p3'}
            """);
    assertThat(outcome.err()).contains("watch interrupted (", "draining: ", "again in ");
    assertThat(asked)
        .extracting(Asked::line)
        .containsExactly(
            "GET /api/v1/watch?include_values=true&prefix=k&events=put%2Cdelete",
            "GET /api/v1/watch?include_values=true&prefix=k&events=put%2Cdelete&position=p1",
            "GET /api/v1/watch?include_values=true&prefix=k&events=put%2Cdelete&position=p1");
  }

  @Test
  void watchThatCannotBeginEnds() {
    willAnswer(400, "{'code':'invalid_position','message':'x'}");
    willAnswer(503, "{'code':'watch_limit','message':'1000 watchers'}");

    assertThat(kv("watch", "--position", "x").code()).isEqualTo(2);
    assertThat(kv("watch").code()).isEqualTo(3);
  }

  private static String backup(String... entries) throws Exception {
    String lines =
        "{\"format\":\"leasehold-kv\",\"version\":1}\n"
            + String.join("", List.of(entries).stream().map(each -> each + "\n").toList());
    byte[] sum =
        MessageDigest.getInstance("SHA-256").digest(lines.getBytes(StandardCharsets.UTF_8));
    return lines
        + "{\"end\":true,\"entries\":%d,\"sha256\":\"%s\"}\n"
            .formatted(entries.length, HexFormat.of().formatHex(sum));
  }

  @Test
  void backupSavesAWholeBackup(@TempDir Path dir) throws Exception {
    String whole = backup("{\"key\":\"a\"}", "{\"key\":\"b\"}");
    answers.add(new Answer(200, whole));
    answers.add(new Answer(200, whole));
    Path file = dir.resolve("store.ndjson");

    var printed = kv("backup", "--prefix", "o/");
    assertThat(printed.code()).isZero();
    assertThat(printed.out()).isEqualTo(whole);
    assertThat(printed.err()).startsWith("saved: 2 entries, 0.0 MB in ");
    assertThat(kv("backup", file.toString(), "--quiet").err()).isEmpty();
    assertThat(file).hasContent(whole);
    assertThat(asked.get(0).line()).isEqualTo("GET /api/v1/backup?prefix=o%2F");
  }

  @Test
  void backupThatIsNotWholeDoesNotTakeThePlaceOfAGoodOne(@TempDir Path dir) throws Exception {
    String whole = backup("{\"key\":\"a\"}", "{\"key\":\"b\"}");
    answers.add(new Answer(200, whole.substring(0, whole.indexOf("{\"end"))));
    answers.add(new Answer(200, whole.replace("\"b\"", "\"c\"")));
    answers.add(new Answer(200, whole.replace("{\"key\":\"b\"}\n", "")));
    answers.add(new Answer(200, whole.stripTrailing()));
    Path file = Files.writeString(dir.resolve("store.ndjson"), "good");

    for (String problem :
        List.of(
            "its last line is missing",
            "its checksum does not fit",
            "it has 1 entries, its last line says 2",
            "its last line is missing")) {
      var outcome = kv("backup", file.toString());
      assertThat(outcome.code()).isEqualTo(3);
      assertThat(outcome.err()).contains("backup is not whole: " + problem);
      assertThat(file).hasContent("good");
      assertThat(dir.toFile().list()).containsExactly("store.ndjson");
    }
  }

  @Test
  void restoreSendsTheFileAsItIs(@TempDir Path dir) throws Exception {
    String whole = backup("{\"key\":\"a\"}");
    Path file = Files.writeString(dir.resolve("store.ndjson"), whole);
    willAnswer(
        200, "{'success':true,'mode':'skip','restored':1,'skipped':2,'expired':3,'total':6}");
    willAnswer(200, "{'success':true}");
    willAnswer(422, "{'code':'bad_backup','message':'the checksum does not fit'}");

    var fromFile = kv("restore", file.toString());
    assertThat(fromFile.code()).isZero();
    assertThat(fromFile.out()).isEqualTo("restored 1, skipped 2, expired 3, total 6\n");
    assertThat(fromFile.err()).startsWith("sent: 1 entries, ");
    shell.piping(whole.getBytes(StandardCharsets.UTF_8));
    assertThat(kv("restore", "--mode", "overwrite", "--json", "--quiet").out())
        .isEqualTo("{\"success\":true}\n");
    var damaged = kv("restore", "--mode", "replace", file.toString());
    assertThat(damaged.code()).isEqualTo(1);
    assertThat(damaged.err()).contains("bad_backup: the checksum does not fit");

    assertThat(asked)
        .extracting(Asked::line)
        .containsExactly(
            "POST /api/v1/restore?mode=skip",
            "POST /api/v1/restore?mode=overwrite",
            "POST /api/v1/restore?mode=replace");
    assertThat(asked).extracting(Asked::body).containsOnly(whole);
    assertThat(asked.get(0).headers())
        .containsEntry("Content-length", Integer.toString(whole.length()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "get", "put", "delete", "list", "watch", "backup", "restore"})
  void everyHelpTeachesByExampleAndNamesTheExitCodes(String command) {
    var outcome = shell.run(("kv " + command + " --help").split(" +"));

    assertThat(outcome.code()).isZero();
    assertThat(outcome.out()).contains("Examples:", "leasehold kv " + command, "Exit codes: 0 ");
  }
}
