package io.leasehold.sdk.telemetry;

import java.io.IOException;
import java.net.*;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import java.util.regex.*;

/**
 * Sends events, metrics, progress, resource figures and spans to a telemetry sidecar, as JSON lines over TCP. Safe for
 * any thread. No call blocks or throws: messages wait in a ring of 1,000 for the one daemon thread that sends them.
 * What the ring holds is lost with the process, but for what {@link #close} can still send; a shutdown hook calls it.
 */
public final class MonitoringSDK implements AutoCloseable {
  /** Counts since the object was made. State: connected, disconnected, overflow. Breaker: closed, open, half_open. */
  public record Stats(String source, String state, long messagesSent, long messagesBuffered, long messagesDropped,
      int bufferSize, long overflowCount, long reconnectCount, String breaker, String lastError) {}
  /** What may be set besides the source. Times in seconds; ack is none, received or durable; null is not set. */
  public static final class Options {
    public String tcpHost = System.getenv().getOrDefault("MONITORING_TCP_HOST", "localhost");
    public String socketPath, traceId, parentId, token, ack = "none";
    public int tcpPort = Integer.parseInt(System.getenv().getOrDefault("MONITORING_TCP_PORT", "17000"));
    public double timeout = 5, reconnectMin = 1;
    public boolean debug;
  }
  private static final int RING = 1000, MAX_LINE = 65536, MAX_DEPTH = 60; // messages, bytes with the newline, levels
  private static final long SECOND = 1_000_000_000, MAX_DELAY = 30 * SECOND; // the longest between two tries to connect
  private static final Pattern REPLY = Pattern.compile("\"(\\w+)\"\\s*:\\s*\"?((?<=\")(?:[^\"\\\\]|\\\\.)*|\\w+)");
  private static final Pattern ESCAPED = Pattern.compile("[\"\\\\\\x00-\\x1f]");
  private final String source, stream = id();
  private final Options o;
  private final Thread sender = new Thread(this::run, "monitoring-sdk"), hook = new Thread(this::close);
  // Guarded by this. The ring begins with number base + 1; those up to high were sent at some time, `sent` of them on
  // this connection. `fill` numbers went with a full ring, but the server counts lines: heartbeats take their place.
  private final List<byte[]> ring = new ArrayList<>();
  private final List<String[]> spans = new ArrayList<>(); // id and trace id, the innermost last
  private final Map<String, Object> context = new LinkedHashMap<>();
  private long base, high, sent, fill, settled, buffered, dropped, overflows, tries;
  private volatile String traceId, lastError = "", breaker = "closed";
  private volatile boolean closed, connected, proven, acks;
  // Of the sender alone. Times are those of System.nanoTime.
  private SocketChannel channel;
  private ByteBuffer out = ByteBuffer.allocate(0), chunk = ByteBuffer.allocate(4096);
  private String in = "", refused = "";
  private long credit, since, retryAt = System.nanoTime(), resumeAt = retryAt, delay, minDelay;
  /** Starts the thread that connects, and does not wait for it. */
  public MonitoringSDK(String source, Options options) {
    if (source.isEmpty() || !List.of("none", "received", "durable").contains(options.ack)) {
      throw new IllegalArgumentException("ack = " + options.ack + ": a source, and one of none received durable");
    }
    this.source = source; this.o = options; this.traceId = o.traceId; this.acks = !o.ack.equals("none");
    minDelay = (long) (o.reconnectMin * SECOND);
    sender.setDaemon(true); sender.start(); Runtime.getRuntime().addShutdownHook(hook);
  }
  public boolean logEvent(String level, String msg) { return logEvent(level, msg, Map.of()); }
  public synchronized boolean logEvent(String level, String msg, Map<String, ?> ctx) {
    var all = new LinkedHashMap<>(context); all.putAll(ctx != null ? ctx : Map.of());
    return put("event", "level", level, "msg", msg, "ctx", all);
  }
  public boolean logMetric(String name, Number value) { return logMetric(name, value, "", Map.of()); }
  public boolean logMetric(String name, Number value, String unit, Map<String, ?> tags) {
    return put("metric", "name", name, "value", value, "unit", unit, "tags", tags);
  }
  public boolean logProgress(String jobId, double percent) { return logProgress(jobId, percent, "running"); }
  public boolean logProgress(String jobId, double percent, String status) {
    Number cut = Double.isFinite(percent) ? (long) Math.max(0, Math.min(100, percent)) : (Number) percent;
    return put("progress", "job_id", jobId, "percent", cut, "status", status);
  }
  /** With CPU percent of this process, its memory, MB it moved to and from disks, MB of the machine's network. */
  public boolean logResource() {
    var cpu = java.lang.management.ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class);
    return logResource(Math.max(0, cpu.getProcessCpuLoad()) * cpu.getAvailableProcessors() * 100,
        sum("/proc/self/status", "^VmRSS:\\s+(\\d+)()") * 1024, sum("/proc/self/io", "^(?:read|write)_bytes: (\\d+)()"),
        sum("/proc/net/dev", "^ *(?!lo:)\\S+: *(\\d+)(?: +\\d+){7} +(\\d+)"));
  }
  public boolean logResource(double cpu, double mem, double disk, double net) {
    return put("resource", "cpu", cpu, "mem", mem, "disk", disk, "net", net, "pid", ProcessHandle.current().pid());
  }
  public String startSpan(String name) { return startSpan(name, null); }
  public synchronized String startSpan(String name, String trace) {
    String id = id(), parent = top(o.parentId);
    traceId = trace != null ? trace : traceId != null ? traceId : id();
    spans.add(new String[] {id, traceId});
    spans.subList(0, Math.max(0, spans.size() - RING)).clear();
    send("span", traceId, id, parent,
        "name", name, "start", System.currentTimeMillis(), "end", null, "status", "started", "tags", Map.of());
    return id;
  }
  public boolean endSpan(String id) { return endSpan(id, "success", Map.of()); }
  public synchronized boolean endSpan(String id, String status, Map<String, ?> tags) {
    String own = spans.stream().filter(span -> span[0].equals(id)).map(span -> span[1]).findFirst().orElse(traceId);
    spans.removeIf(span -> span[0].equals(id));
    return send("span", own != null ? own : id(), id, null,
        "name", "", "start", 0, "end", System.currentTimeMillis(), "status", status, "tags", tags);
  }
  public synchronized void setTraceId(String id) { traceId = id; }
  public synchronized void setContext(String key, Object value) { context.put(key, value); }
  public synchronized Stats getStats() {
    return new Stats(source, ring.size() >= RING ? "overflow" : connected ? "connected" : "disconnected", high,
        buffered, dropped, ring.size(), overflows, Math.max(0, tries - 1), breaker, lastError);
  }
  /** Sends what waits if there is a connection, for at most the timeout, then goodbye. Harmless twice. */
  @Override public void close() {
    synchronized (this) { closed = true; notifyAll(); }
    try { sender.join((long) (o.timeout * 1000) + 100); Runtime.getRuntime().removeShutdownHook(hook);
    } catch (InterruptedException e) { Thread.currentThread().interrupt();
    } catch (IllegalStateException e) { return; } // the process ends, the hook is running
  }
  private static String id() { return UUID.randomUUID().toString().replace("-", "").substring(16); }
  private String top(String otherwise) { return spans.isEmpty() ? otherwise : spans.get(spans.size() - 1)[0]; }
  private static double sum(String file, String bytes) { // in MiB; 0 where there is no such file
    try {
      return Pattern.compile(bytes, Pattern.MULTILINE).matcher(Files.readString(Path.of(file))).results()
          .mapToDouble(m -> Double.parseDouble(m.group(1)) + Double.parseDouble("0" + m.group(2))).sum() / (1 << 20);
    } catch (IOException | RuntimeException e) { return 0; }
  }
  private static Map<String, Object> fields(Object... pairs) {
    var fields = new LinkedHashMap<String, Object>();
    for (int i = 0; i < pairs.length; i += 2) { fields.put((String) pairs[i], pairs[i + 1]); }
    return fields;
  }
  private static String json(Object value, int depth) {
    if (depth > MAX_DEPTH || (value instanceof Number n && !Double.isFinite(n.doubleValue()))) {
      throw new IllegalArgumentException("a number that is not finite, or more than " + MAX_DEPTH + " levels");
    } else if (value instanceof Map<?, ?> map) {
      return "{" + String.join(",", map.entrySet().stream()
          .map(e -> json(e.getKey() + "", depth) + ":" + json(e.getValue(), depth + 1)).toList()) + "}";
    } else if (value instanceof Collection<?> list) {
      return "[" + String.join(",", list.stream().map(each -> json(each, depth + 1)).toList()) + "]";
    }
    boolean bare = value == null || value instanceof Boolean || value instanceof Number;
    return bare ? value + "" : '"' + ESCAPED.matcher(value + "").replaceAll(
        m -> String.format("\\\\u%04x", (int) m.group().charAt(0))) + '"';
  }
  private byte[] line(String type, String tid, String sid, String pid, Map<String, Object> data) {
    var message = fields("v", 1, "src", source, "ts", System.currentTimeMillis(), "type", type, "tid", tid, "sid", sid,
        "pid", pid, "data", data);
    message.values().removeIf(Objects::isNull);
    return (json(message, 0) + '\n').getBytes(StandardCharsets.UTF_8);
  }
  private boolean put(String type, Object... data) { return send(type, traceId, top(null), null, data); }
  private synchronized boolean send(String type, String tid, String sid, String pid, Object... data) {
    try {
      byte[] line = line(type, tid, sid, pid, fields(data));
      if (closed || line.length > MAX_LINE) { return note(closed ? "closed" : line.length + " bytes: too long", 1); }
      push(line);
    } catch (RuntimeException e) { return note(e.getMessage(), 1); }
    buffered += connected ? 0 : 1; notifyAll();
    return true;
  }
  private synchronized boolean note(String why, int lost) {
    lastError = String.valueOf(why); dropped += lost;
    if (o.debug) { System.err.println("MonitoringSDK " + source + ": " + why); }
    return false;
  }
  private void push(byte[] line) {
    if (ring.size() >= RING) {
      ring.remove(0); overflows++; dropped++;
      if (base < high) { base++; fill += connected && acks && sent == 0 ? 1 : 0; } // else it had no number yet
      sent = Math.max(0, sent - 1);
    }
    ring.add(line);
  }
  private void run() {
    for (long end = 0, goodbye = 0, now = retryAt; ; now = System.nanoTime()) {
      try {
        if (connected) { read(now); }
        if (!connected && now - retryAt >= 0) { connect(now); }
        while (connected && next(now) && channel.write(out) > 0) {}
      } catch (IOException | RuntimeException e) { lost(e.toString(), true, now); }
      synchronized (this) {
        end = closed && end == 0 ? now + (long) (o.timeout * SECOND) : end;
        boolean written = !out.hasRemaining() && sent == ring.size(), idle = written && sent == 0;
        if (closed && (!breaker.equals("closed") || now - end >= 0 || (goodbye > 0 && idle))) { break; }
        if (closed && connected && written && goodbye++ == 0) { say("goodbye"); continue; }
        // A call ends the wait. What the peer does is looked for each millisecond, while something waits for it.
        try { wait(idle ? 1000 : channel != null ? 1 : 20); } catch (InterruptedException e) { closed = true; }
      }
    }
    synchronized (this) { release(); dropped += ring.size(); ring.clear(); }
  }
  private void connect(long now) throws IOException {
    if (channel == null) {
      synchronized (this) { tries++; breaker = breaker.equals("open") ? "half_open" : "closed"; }
      since = now; proven = false; refused = "";
      channel = o.socketPath != null ? SocketChannel.open(StandardProtocolFamily.UNIX) : SocketChannel.open();
      channel.configureBlocking(false);
      channel.connect(o.socketPath != null ? UnixDomainSocketAddress.of(o.socketPath)
          : new InetSocketAddress(o.tcpHost, o.tcpPort));
    }
    if (now - since > o.timeout * SECOND) { throw new SocketTimeoutException("connect timed out"); }
    if (!channel.finishConnect()) { return; }
    var hello = acks ? fields("ack", o.ack, "stream", stream, "resume", base) : fields("ack", o.ack);
    if (o.token != null) { hello.put("token", o.token); }
    if (hello.size() > 1) { out = ByteBuffer.wrap(line("hello", null, null, null, hello)); }
    since = resumeAt = now; in = "";
    synchronized (this) { connected = true; breaker = "closed"; fill = 0; credit = 8192; }
  }
  private void say(String type) { out = ByteBuffer.wrap(line(type, traceId, null, null, Map.of())); }
  private synchronized boolean next(long now) { // whether there is a line to write, or the rest of one
    if (out.hasRemaining()) { return true; }
    if (!acks) { settle(base + sent); } // written is all there is to know
    if (fill > 0) { fill--; say("heartbeat"); }
    else if (sent < Math.min(ring.size(), credit) && now - resumeAt >= 0) {
      out = ByteBuffer.wrap(ring.get((int) sent++));
      high = Math.max(high, base + sent); settle(settled);
    }
    return out.hasRemaining();
  }
  private void settle(long number) {
    settled = Math.max(settled, number);
    for (; sent > 0 && base < settled; sent--, base++) { ring.remove(0); } // only what this connection has counted
  }
  private void read(long now) throws IOException {
    for (int got; (got = channel.read(chunk.clear())) != 0; ) {
      if (got < 0) { lost("closed by the sidecar", false, now); return; }
      in += StandardCharsets.UTF_8.decode(chunk.flip());
      for (int end; (end = in.indexOf('\n')) >= 0; in = in.substring(end + 1)) { reply(in.substring(0, end), now); }
      if (in.length() > MAX_LINE) { throw new IOException("a reply without an end"); }
    }
  }
  private synchronized void reply(String line, long now) {
    var reply = new HashMap<String, String>();
    REPLY.matcher(line).results().forEach(m -> reply.put(m.group(1), m.group(2)));
    credit = Long.parseLong(reply.getOrDefault("credit", "" + credit));
    long index = Long.parseLong(reply.getOrDefault("nack", "0")) - base - 1;
    if (index >= 0 && index < sent) {
      byte[] again = ring.set((int) index, line("heartbeat", null, null, null, Map.of())); // the number stays taken
      if (reply.containsKey("retry")) { push(again); resumeAt = now + minDelay; }
      else { note("refused: " + reply.get("code"), 1); }
    }
    proven |= reply.containsKey("ack"); settle(Long.parseLong(reply.getOrDefault("ack", "0")));
    if (reply.containsKey("error")) { refused = reply.get("error") + ": " + reply.get("why"); }
  }
  private void lost(String why, boolean failed, long now) {
    // A peer that refuses us, or closes at once, does not work: then the delay goes on growing.
    boolean works = connected && refused.isEmpty() && (proven || now - since >= minDelay);
    note(refused.isEmpty() ? why : refused, 0); release();
    delay = works && !failed ? 0 : works || delay == 0 ? minDelay : Math.min(MAX_DELAY, delay * 2);
    breaker = delay > 0 ? "open" : breaker;
    retryAt = now + (long) (delay * (0.8 + 0.4 * Math.random()));
  }
  private synchronized void release() {
    try { if (channel != null) { channel.close(); } } catch (IOException e) { note(e.toString(), 0); }
    channel = null; out = ByteBuffer.allocate(0); connected = false; sent = 0;
  }
}
