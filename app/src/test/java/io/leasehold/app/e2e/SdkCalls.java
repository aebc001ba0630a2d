package io.leasehold.app.e2e;

import static io.leasehold.app.e2e.SdkKit.content;
import static io.leasehold.app.e2e.SdkKit.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Case K1: every call of a telemetry SDK, made once, and the lines that have to come of them.
 *
 * @param span as the SDK named it
 * @param other the same of a span in a trace of its own
 */
record SdkCalls(String span, String other) {
  static final int LINES = 14;

  /** Makes them with an SDK that was given the trace t-1 and the parent p-1. */
  static SdkCalls make(SdkDriver sdk) throws IOException {
    assertThat(sdk.takes("log_event", "info", "hello", Map.of("a", 1))).isTrue();
    assertThat(sdk.takes("log_event", "warn", "bare")).isTrue();
    assertThat(sdk.takes("log_metric", "response_ms", 125.5, "milliseconds", Map.of("m", "GET")))
        .isTrue();
    assertThat(sdk.takes("log_metric", "requests", 42)).isTrue();
    assertThat(sdk.takes("log_progress", "job-1", 50.9, "processing")).isTrue();
    assertThat(sdk.takes("log_progress", "job-1", 250)).isTrue();
    assertThat(sdk.takes("log_progress", "job-1", -3)).isTrue();
    assertThat(sdk.takes("log_resource", 45.5, 2048, 100, 50)).isTrue();
    assertThat(sdk.takes("log_resource")).isTrue();
    sdk.call("set_context", "host", "h1");
    sdk.call("set_context", "a", "context");
    assertThat(sdk.takes("log_event", "info", "with", Map.of("a", "call"))).isTrue();
    sdk.call("set_trace_id", "t-2");
    String span = sdk.call("start_span", "work").textValue();
    assertThat(span).matches("[A-Za-z0-9]{16}");
    assertThat(sdk.takes("end_span", span, "failed", Map.of("k", "v"))).isTrue();
    String other = sdk.call("start_span", "other", "t-3").textValue();
    assertThat(sdk.takes("end_span", other)).isTrue();
    return new SdkCalls(span, other);
  }

  /** Fails unless the next lines are those, field by field. */
  void check(Iterator<JsonNode> lines) throws IOException {
    for (String expected :
        List.of(
            "{'type':'event','tid':'t-1','data':{'level':'info','msg':'hello','ctx':{'a':1}}}",
            "{'type':'event','tid':'t-1','data':{'level':'warn','msg':'bare','ctx':{}}}",
            "{'type':'metric','tid':'t-1','data':{'name':'response_ms','value':125.5,"
                + "'unit':'milliseconds','tags':{'m':'GET'}}}",
            "{'type':'metric','tid':'t-1','data':{'name':'requests','value':42,'unit':'','tags':{}}}",
            "{'type':'progress','tid':'t-1',"
                + "'data':{'job_id':'job-1','percent':50,'status':'processing'}}",
            "{'type':'progress','tid':'t-1',"
                + "'data':{'job_id':'job-1','percent':100,'status':'running'}}",
            "{'type':'progress','tid':'t-1',"
                + "'data':{'job_id':'job-1','percent':0,'status':'running'}}")) {
      assertThat((JsonNode) content(lines.next())).isEqualTo(json(expected));
    }
    resource(lines.next(), true);
    resource(lines.next(), false);
    assertThat((JsonNode) content(lines.next()))
        .isEqualTo(
            json(
                "{'type':'event','tid':'t-1','data':{'level':'info','msg':'with',"
                    + "'ctx':{'host':'h1','a':'call'}}}"));
    started(lines.next(), "t-2", span, "p-1", "work");
    ended(lines.next(), "t-2", span, "failed", "{'k':'v'}");
    started(lines.next(), "t-3", other, "p-1", "other");
    ended(lines.next(), "t-3", other, "success", "{}");
  }

  private static void resource(JsonNode line, boolean given) throws IOException {
    ObjectNode content = content(line);
    var data = (ObjectNode) content.get("data");
    assertThat(data.remove("pid").longValue()).isPositive();
    assertThat(content.get("tid").textValue()).isEqualTo("t-1");
    var keys = new TreeSet<String>();
    data.fieldNames().forEachRemaining(keys::add);
    assertThat(keys).containsExactly("cpu", "disk", "mem", "net");
    List<Double> figures =
        Stream.of("cpu", "mem", "disk", "net").map(key -> data.get(key).doubleValue()).toList();
    if (given) {
      assertThat(figures).containsExactly(45.5, 2048.0, 100.0, 50.0);
    } else {
      assertThat(figures).allSatisfy(figure -> assertThat(figure).isNotNegative());
      assertThat(figures.get(1)).as("MB of memory").isBetween(1.0, 1000.0);
    }
  }

  static void started(JsonNode line, String tid, String sid, String pid, String name)
      throws IOException {
    long start = line.at("/data/start").longValue();
    assertThat(start).isBetween(line.get("ts").longValue() - 1000, line.get("ts").longValue());
    ((ObjectNode) line.get("data")).put("start", 0);
    assertThat((JsonNode) content(line))
        .isEqualTo(
            json(
                "{'type':'span','tid':'"
                    + tid
                    + "','sid':'"
                    + sid
                    + (pid == null ? "'" : "','pid':'" + pid + "'")
                    + ",'data':{'name':'"
                    + name
                    + "','start':0,'end':null,'status':'started','tags':{}}}"));
  }

  static void ended(JsonNode line, String tid, String sid, String status, String tags)
      throws IOException {
    long end = line.at("/data/end").longValue();
    assertThat(end).isBetween(line.get("ts").longValue() - 1000, line.get("ts").longValue());
    ((ObjectNode) line.get("data")).put("end", 1);
    assertThat((JsonNode) content(line))
        .isEqualTo(
            json(
                "{'type':'span','tid':'"
                    + tid
                    + "','sid':'"
                    + sid
                    + "','data':{'name':'','start':0,'end':1,'status':'"
                    + status
                    + "','tags':"
                    + tags
                    + "}}"));
  }
}
