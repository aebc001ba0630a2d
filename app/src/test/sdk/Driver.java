import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import io.leasehold.sdk.telemetry.MonitoringSDK;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;

/** Drives the SDK for Java: reads {"op":"log_event","args":[...]} a line and prints {"result":...}. */
class Driver {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static MonitoringSDK sdk;

  public static void main(String[] args) throws Exception {
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = in.readLine()) != null; ) {
      JsonNode call = JSON.readTree(line);
      JsonNode arguments = call.path("args");
      Object result =
          switch (call.get("op").textValue()) {
            case "new" -> create(call);
            case "repeat" -> repeat(call, arguments);
            case "threads" -> threads(call.get("n").intValue(), call.get("each").intValue());
            default -> call(call.get("op").textValue(), arguments);
          };
      var answer = new LinkedHashMap<String, Object>();
      answer.put("result", result);
      System.out.println(JSON.writeValueAsString(answer));
    }
  }

  private static boolean create(JsonNode call) {
    var options = new MonitoringSDK.Options();
    JsonNode o = call.path("options");
    options.tcpHost = o.path("tcp_host").asText(options.tcpHost);
    options.tcpPort = o.path("tcp_port").asInt(options.tcpPort);
    options.timeout = o.path("timeout").asDouble(options.timeout);
    options.debug = o.path("debug").asBoolean();
    options.traceId = o.path("trace_id").textValue();
    options.parentId = o.path("parent_id").textValue();
    options.ack = o.path("ack").asText(options.ack);
    options.token = o.path("token").textValue();
    options.socketPath = o.path("socket_path").textValue();
    options.reconnectMin = o.path("reconnect_min").asDouble(options.reconnectMin);
    sdk = new MonitoringSDK(o.get("source").textValue(), options);
    return true;
  }

  /**
   * Calls n times; # in a text argument stands for the number of the call. Times in microseconds. With "waits" also how
   * many calls took over 50 ms because they waited.
   */
  private static Map<String, Object> repeat(JsonNode request, JsonNode arguments) throws Exception {
    int n = request.get("n").intValue();
    String op = request.get("call").textValue();
    boolean counts = request.path("waits").asBoolean();
    var micros = new double[n];
    int good = 0;
    int waited = 0;
    for (int i = 0; i < n; i++) {
      var numbered = JSON.createArrayNode();
      for (JsonNode argument : arguments) {
        numbered.add(
            argument.isTextual()
                ? TextNode.valueOf(argument.textValue().replace("#", String.valueOf(i)))
                : argument);
      }
      long before = counts ? waits() : 0;
      long start = System.nanoTime();
      Object result = call(op, numbered);
      micros[i] = (System.nanoTime() - start) / 1e3;
      waited += counts && micros[i] > 50_000 && waits() > before ? 1 : 0;
      good += Boolean.TRUE.equals(result) ? 1 : 0;
    }
    java.util.Arrays.sort(micros);
    return Map.of(
        "true", good, "false", n - good, "p99_us", micros[n * 99 / 100], "max_us", micros[n - 1], "waited_50_ms", waited);
  }

  /** How often this thread has given up the processor to wait, and not because its time was over. */
  private static long waits() throws Exception {
    for (String line : Files.readAllLines(Path.of("/proc/thread-self/status"))) {
      if (line.startsWith("voluntary_ctxt_switches:")) {
        return Long.parseLong(line.substring(line.indexOf(':') + 1).trim());
      }
    }
    throw new IllegalStateException("no voluntary_ctxt_switches");
  }

  /** Threads that send "i" of 0, 1 ... each, and wait while the ring is half full. */
  private static int threads(int n, int each) throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    var sent = new java.util.concurrent.atomic.AtomicInteger();
    for (int t = 0; t < n; t++) {
      int thread = t;
      threads.add(
          new Thread(
              () -> {
                for (int i = 0; i < each; i++) {
                  while (sdk.getStats().bufferSize() > 500) {
                    LockSupport.parkNanos(100_000);
                  }
                  var ctx = Map.of("thread", thread, "i", i, "pad", "x".repeat(i % 300));
                  sent.addAndGet(sdk.logEvent("info", "threads", ctx) ? 1 : 0);
                }
              }));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    return sent.get();
  }

  private static Object call(String op, JsonNode a) {
    return switch (op) {
      case "log_event" -> a.size() > 2 ? sdk.logEvent(text(a, 0), text(a, 1), map(a.get(2))) : sdk.logEvent(text(a, 0), text(a, 1));
      case "log_metric" -> a.size() > 2
          ? sdk.logMetric(text(a, 0), number(a, 1), text(a, 2), map(a.path(3)))
          : sdk.logMetric(text(a, 0), number(a, 1));
      case "log_progress" -> a.size() > 2
          ? sdk.logProgress(text(a, 0), number(a, 1).doubleValue(), text(a, 2))
          : sdk.logProgress(text(a, 0), number(a, 1).doubleValue());
      case "log_resource" -> a.isEmpty()
          ? sdk.logResource()
          : sdk.logResource(
              number(a, 0).doubleValue(), number(a, 1).doubleValue(), number(a, 2).doubleValue(), number(a, 3).doubleValue());
      case "start_span" -> a.size() > 1 ? sdk.startSpan(text(a, 0), text(a, 1)) : sdk.startSpan(text(a, 0));
      case "end_span" -> a.size() > 1 ? sdk.endSpan(text(a, 0), text(a, 1), map(a.path(2))) : sdk.endSpan(text(a, 0));
      case "set_trace_id" -> {
        sdk.setTraceId(text(a, 0));
        yield true;
      }
      case "set_context" -> {
        sdk.setContext(text(a, 0), value(a.get(1)));
        yield true;
      }
      case "get_stats" -> stats();
      case "close" -> {
        sdk.close();
        yield true;
      }
      default -> throw new IllegalArgumentException("op = " + op + ": unknown");
    };
  }

  private static Map<String, Object> stats() {
    var s = sdk.getStats();
    return Map.of(
        "source", s.source(), "state", s.state(), "messages_sent", s.messagesSent(), "messages_buffered", s.messagesBuffered(),
        "messages_dropped", s.messagesDropped(), "buffer_size", s.bufferSize(), "overflow_count", s.overflowCount(),
        "reconnect_count", s.reconnectCount(), "breaker", s.breaker(), "last_error", s.lastError());
  }

  private static String text(JsonNode a, int index) {
    Object value = value(a.path(index));
    return value == null ? null : value.toString();
  }

  private static Number number(JsonNode a, int index) {
    return (Number) value(a.path(index));
  }

  /** {"float":"nan"} and {"repeat":["x",n]} stand for what JSON cannot say, or only at length. */
  private static Object value(JsonNode node) {
    if (node.has("float")) {
      return switch (node.get("float").textValue()) {
        case "nan" -> Double.NaN;
        case "inf" -> Double.POSITIVE_INFINITY;
        default -> Double.NEGATIVE_INFINITY;
      };
    }
    if (node.has("repeat")) {
      return node.at("/repeat/0").textValue().repeat(node.at("/repeat/1").intValue());
    }
    return node.isObject() ? map(node) : JSON.convertValue(node, Object.class);
  }

  private static Map<String, Object> map(JsonNode node) {
    var map = new LinkedHashMap<String, Object>();
    node.properties().forEach(field -> map.put(field.getKey(), value(field.getValue())));
    return map;
  }
}
