package io.leasehold.domain.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Traces as they are put together, with the time told by hand. */
class TraceTableTest {
  private static final long T = 1_795_211_115_194L;
  private static final long MIB = 1 << 20;
  private static final MessageReader.Window ANY =
      new MessageReader.Window(Long.MAX_VALUE >> 2, Long.MAX_VALUE >> 2, true);
  private static final TraceTable.Limits LIMITS =
      new TraceTable.Limits(
          millis(500), millis(30_000), millis(300_000), millis(300_000), 24 * MIB, MIB);

  private static long millis(long millis) {
    return TimeUnit.MILLISECONDS.toNanos(millis);
  }

  private final List<TraceRecord> closed = new ArrayList<>();
  private final Map<TraceAnomaly, Integer> odd = new EnumMap<>(TraceAnomaly.class);
  private TraceTable table = table(LIMITS);
  private long now;

  private TraceTable table(TraceTable.Limits limits) {
    return new TraceTable(
        limits,
        new TraceTable.Listener() {
          @Override
          public void closed(TraceRecord record) {
            closed.add(record);
          }

          @Override
          public void odd(TraceAnomaly what, int count) {
            odd.merge(what, count, Integer::sum);
          }
        });
  }

  private static TraceMessage message(String text) {
    byte[] line = text.replace('\'', '"').getBytes(UTF_8);
    var reader = new MessageReader();
    assertThat(reader.read(line, 0, line.length, false, T, ANY)).as(text).isNull();
    assertThat(TraceMessage.isTraced(reader)).isTrue();
    return TraceMessage.of(reader, line);
  }

  private void add(String text) {
    table.add(message(text), now);
  }

  private void whole(String tid, long took) {
    add(start("a", tid, "r", "", T));
    add(end("a", tid, "r", T + took));
  }

  @Test
  void theSlowestOfTheClosedTracesComeFirst() {
    for (int i = 1; i <= 30; i++) {
      whole("t" + i, 10L * (i * 7 % 31)); // each of 10, 20 … 300 once, in another order
    }
    add(start("b", "open", "r", "", T - 9_000));
    at(500);
    add(event("c", "rootless", "'m'"));
    at(40_000);

    List<SlowTrace> slowest = table.slowest(4);

    assertThat(slowest.get(0))
        .isEqualTo(new SlowTrace("t22", "n-r", "a", T, 300, TraceEnd.ROOT_END, 1));
    assertThat(slowest)
        .extracting(SlowTrace::durationMillis)
        .containsExactly(300L, 290L, 280L, 270L);
    assertThat(table.slowest(100)).hasSize(32).last().extracting(SlowTrace::name).isEqualTo("");
    at(400_000);
    assertThat(table.slowest(4)).as("they are not kept any more").isEmpty();
  }

  @Test
  void timesInAnotherUnitDoNotMakeATraceTheSlowest() {
    whole("slow", 300);
    add(start("a", "seconds", "r", "", T).replace("'start':" + T, "'start':" + T / 1_000));
    add(end("a", "seconds", "r", T + 20));
    add(start("a", "micros", "r", "", T));
    add(end("a", "micros", "r", T + 30).replace("'end':" + (T + 30), "'end':" + T * 1_000));
    at(500);

    assertThat(table.slowest(3))
        .containsExactly(
            new SlowTrace("slow", "n-r", "a", T, 300, TraceEnd.ROOT_END, 1),
            new SlowTrace("micros", "n-r", "a", T, 30, TraceEnd.ROOT_END, 1),
            new SlowTrace("seconds", "n-r", "a", T, 20, TraceEnd.ROOT_END, 1));
  }

  private void at(long millis) {
    now = millis(millis);
    table.tick(now);
  }

  private static String start(String src, String tid, String sid, String pid, long at) {
    return "{'v':1,'src':'"
        + src
        + "','ts':"
        + at
        + ",'type':'span','tid':'"
        + tid
        + "','sid':'"
        + sid
        + "'"
        + (pid.isEmpty() ? ",'pid':null" : ",'pid':'" + pid + "'")
        + ",'data':{'name':'n-"
        + sid
        + "','start':"
        + at
        + ",'end':null,'status':'started','tags':{}}}";
  }

  private static String end(String src, String tid, String sid, long at) {
    return "{'v':1,'src':'"
        + src
        + "','ts':"
        + at
        + ",'type':'span','tid':'"
        + tid
        + "','sid':'"
        + sid
        + "','data':{'name':'','start':0,'end':"
        + at
        + ",'status':'success','tags':{}}}";
  }

  private static String event(String src, String tid, String msg) {
    return "{'v':1,'src':'"
        + src
        + "','ts':"
        + T
        + ",'type':'event','tid':'"
        + tid
        + "','sid':'a1','data':{'level':'info','msg':"
        + msg
        + "}}";
  }

  private String only() {
    assertThat(closed).hasSize(1);
    return text(closed.get(0));
  }

  private static String text(TraceRecord record) {
    return new String(record.line(), UTF_8);
  }

  private static String at(String json, String path) {
    return String.valueOf(JsonPath.at(json, path));
  }

  @Test
  void theRecordIsAMessageAsItIsDocumented() {
    add(start("queue-service", "job-1001", "a1", "", T).replace("n-a1", "process_job"));
    add(event("queue-service", "job-1001", "'Job dequeued'"));
    add(start("db-loader", "job-1001", "b2", "a1", T + 106).replace("n-b2", "load_data"));
    add(end("db-loader", "job-1001", "b2", T + 1_536).replace("'tags':{}", "'tags':{'rows':7}"));
    add(end("queue-service", "job-1001", "a1", T + 1_612));
    at(499);
    assertThat(closed).isEmpty();
    at(500);

    assertThat(only())
        .isEqualTo(
            ("{'v':1,'src':'queue-service','ts':1795211116806,'type':'trace','tid':'job-1001',"
                    + "'data':{'complete':true,'reason':'root_end','late':false,"
                    + "'start':1795211115194,'end':1795211116806,'duration_ms':1612,"
                    + "'sources':[{'src':'queue-service','messages':3,'busy_ms':1612},"
                    + "{'src':'db-loader','messages':2,'busy_ms':1430}],"
                    + "'counts':{'event':1,'metric':0,'progress':0,'resource':0,'span':4},"
                    + "'roots':[{'sid':'a1','name':'process_job','src':'queue-service',"
                    + "'start':1795211115194,'end':1795211116806,'duration_ms':1612,"
                    + "'status':'success','tags':{},'children':[{'sid':'b2','name':'load_data',"
                    + "'src':'db-loader','start':1795211115300,'end':1795211116730,"
                    + "'duration_ms':1430,'status':'success','tags':{'rows':7},'children':[]}]}],"
                    + "'items':[{'ts':1795211115194,'src':'queue-service','type':'event',"
                    + "'sid':'a1','level':'info','msg':'Job dequeued'}],'items_dropped':0}}")
                .replace('\'', '"'));
    assertThat(closed.get(0).source()).isEqualTo("queue-service");
    assertThat(closed.get(0).ts()).isEqualTo(T + 1_612);
    assertThat(odd).isEmpty();
  }

  @Property(tries = 200)
  void theOrderOfArrivalDoesNotMatter(@ForAll @IntRange(max = 719) int permutation) {
    var messages =
        new ArrayList<>(
            List.of(
                start("s", "t", "a", "", T),
                start("s", "t", "b", "a", T + 1).replace("'tags':{}", "'tags':{'k':1,'x':1}"),
                start("s", "t", "c", "b", T + 2),
                end("s", "t", "c", T + 3),
                end("s", "t", "b", T + 4).replace("'tags':{}", "'tags':{'k':2}"),
                end("s", "t", "a", T + 5)));
    messages.forEach(this::add);
    assertThat(table.closeOne(TraceEnd.ROOT_END, now)).isTrue();
    String expected = text(closed.remove(0));
    assertThat(at(expected, "data.roots.0.children.0.tags")).contains("\"k\":2");

    table = table(LIMITS);
    int left = permutation;
    for (int count = messages.size(); count > 0; count--) {
      add(messages.remove(left % count));
      left /= count;
    }
    assertThat(table.closeOne(TraceEnd.ROOT_END, now)).isTrue();

    // keys of an object have no order
    assertThat(text(closed.get(0)).replace("\"k\":2,\"x\":1", "\"x\":1,\"k\":2"))
        .isEqualTo(expected.replace("\"k\":2,\"x\":1", "\"x\":1,\"k\":2"));
    closed.clear();
    table = table(LIMITS);
  }

  @Test
  void severalRootsMustAllHaveEnded() {
    add(start("s", "t", "a", "", T));
    add(end("s", "t", "a", T + 1));
    at(400);
    add(start("s", "t", "b", "", T + 2)); // a new root within the linger
    at(1_000);
    assertThat(closed).isEmpty();
    add(end("s", "t", "b", T + 3));
    at(1_499);
    assertThat(closed).isEmpty();
    at(1_500);

    assertThat(at(only(), "data.roots.0.sid")).isEqualTo("\"a\"");
    assertThat(at(only(), "data.roots.1.sid")).isEqualTo("\"b\"");
    assertThat(at(only(), "data.reason")).isEqualTo("\"root_end\"");
  }

  @Test
  void aChildThatHasNotEndedMakesItIncomplete() {
    add(start("s", "t", "a", "", T));
    add(start("s", "t", "b", "a", T));
    add(end("s", "t", "a", T + 1));
    at(500);

    assertThat(at(only(), "data.complete")).isEqualTo("false");
    assertThat(at(only(), "data.reason")).isEqualTo("\"open_spans\"");
    assertThat(at(only(), "data.roots.0.children.0.end")).isEqualTo("null");
    assertThat(at(only(), "data.roots.0.children.0.duration_ms")).isEqualTo("null");
  }

  @Test
  void withoutAnEndOfItsRootsItIsClosedByIdleOrByAge() {
    add(start("s", "idle", "a", "", T));
    add(event("s", "old", "'1'"));
    for (int second = 20; second < 300; second += 20) {
      at(second * 1_000);
      add(event("s", "old", "'2'"));
    }
    assertThat(only()).contains("\"reason\":\"idle\"").contains("\"tid\":\"idle\"");
    closed.clear();
    at(300_000);

    assertThat(only()).contains("\"reason\":\"max_age\"");
    assertThat(at(only(), "data.counts.event")).isEqualTo("15");
    assertThat(at(only(), "data.roots")).isEqualTo("[]");
    assertThat(closed.get(0).source()).isEqualTo("s");
  }

  @Test
  void theFirstEndCountsAndAnotherOnesTagsAreMerged() {
    add(start("s", "t", "a", "", T));
    add(start("s", "t", "b", "a", T));
    add(end("s", "t", "b", T + 1).replace("'tags':{}", "'tags':{'k':1}"));
    add(end("s", "t", "b", T + 9).replace("'tags':{}", "'tags':{'k':2,'l':3}"));
    at(30_000);

    String b = at(only(), "data.roots.0.children.0");
    assertThat(at(b, "end")).isEqualTo(Long.toString(T + 1));
    assertThat(at(b, "tags")).isEqualTo("{\"k\":1,\"l\":3}");
    assertThat(at(only(), "data.reason")).isEqualTo("\"idle\"");
    assertThat(odd).containsExactly(Map.entry(TraceAnomaly.DUPLICATE_END, 1));
  }

  @Test
  void clocksThatDifferAndParentsThatAreMissingAreTold() {
    add(start("s", "t", "a", "", T));
    add(end("s", "t", "a", T - 5));
    add(start("s", "t", "b", "nobody", T));
    add(end("s", "t", "b", T + 2));
    add(end("s", "t", "c", T + 2)); // its start never comes
    at(500);

    assertThat(at(only(), "data.complete")).isEqualTo("false");
    assertThat(at(only(), "data.roots.0.skew")).isEqualTo("true");
    assertThat(at(only(), "data.roots.0.duration_ms")).isEqualTo("0");
    assertThat(at(only(), "data.roots.1.orphan")).isEqualTo("true");
    assertThat(at(only(), "data.roots.1.pid")).isEqualTo("\"nobody\"");
    assertThat(at(only(), "data.roots.2.start")).isEqualTo("null");
    assertThat(at(only(), "data.roots.2.orphan")).isEqualTo("true");
    assertThat(odd)
        .containsExactly(Map.entry(TraceAnomaly.ORPHAN, 2), Map.entry(TraceAnomaly.SKEW, 1));
  }

  @Test
  void spansInARingAndDeepOnesStandInTheRecordOnce() {
    add(start("s", "t", "r", "", T));
    add(start("s", "t", "x", "y", T + 1));
    add(start("s", "t", "y", "x", T + 2));
    add(start("s", "t", "self", "self", T + 3));
    String parent = "r";
    for (int i = 0; i < 1_000; i++) {
      add(start("s", "t", "d" + i, parent, T + 4 + i));
      parent = "d" + i;
    }
    add(end("s", "t", "r", T + 9_000));
    at(500);

    byte[] line = closed.get(0).line();
    var reader = new MessageReader(); // which takes a depth of 64 at most
    assertThat(reader.read(line, 0, line.length, false, T, ANY)).isNull();
    assertThat(reader.type()).isEqualTo(MessageType.TRACE);
    assertThat(only().split("\"sid\":", -1)).hasSize(1 + 1_004);
    assertThat(only()).contains("\"pid\":\"d998\"");
    assertThat(odd).containsExactly(Map.entry(TraceAnomaly.ORPHAN, 2));
  }

  @Test
  void nobodySendsATraceAsAMessage() {
    byte[] line = "{\"v\":1,\"src\":\"s\",\"ts\":1,\"type\":\"trace\",\"data\":{}}".getBytes(UTF_8);
    var window = new MessageReader.Window(60_000, 60_000);

    assertThat(new MessageReader().read(line, 0, line.length, false, 1, window))
        .isEqualTo(DropReason.UNKNOWN_TYPE);
  }

  @Test
  void messagesStandInShortFormAndAreCountedBeyondTheirBound() {
    add(event("s", "t", "'" + "x".repeat(2_000) + "'"));
    add(event("s", "t", "{'a': [1]}"));
    add("{'v':1,'src':7,'ts':5,'type':'metric','tid':'t','data':{'value':71.00,'name':'m'}}");
    add(
        "{'v':1,'src':'s','ts':5,'type':'progress','tid':'t',"
            + "'data':{'job_id':'j','percent':5,'status':'run','more':1}}");
    add("{'v':1,'src':'s','ts':5,'type':'resource','tid':'t','data':{'cpu':1}}");
    for (int i = 0; i < 300; i++) {
      add(event("s", "t", "" + i));
    }
    at(30_000);

    assertThat(at(only(), "data.items.0.msg")).isEqualTo('"' + "x".repeat(1_024) + "…\"");
    assertThat(at(only(), "data.items.1.msg")).isEqualTo("{\"a\": [1]}");
    assertThat(at(only(), "data.items.2"))
        .isEqualTo("{\"ts\":5,\"src\":\"7\",\"type\":\"metric\",\"name\":\"m\",\"value\":71.00}");
    assertThat(at(only(), "data.items.3"))
        .isEqualTo(
            "{\"ts\":5,\"src\":\"s\",\"type\":\"progress\",\"job_id\":\"j\",\"percent\":5,"
                + "\"status\":\"run\"}");
    assertThat(at(only(), "data.items.4"))
        .isEqualTo("{\"ts\":5,\"src\":\"s\",\"type\":\"resource\"}");
    assertThat(at(only(), "data.items_dropped")).isEqualTo("105");
    assertThat(at(only(), "data.counts.event")).isEqualTo("302");
    assertThat(at(only(), "data.sources.1")).contains("\"src\":\"7\",\"messages\":1");
  }

  @Test
  void whatComesLateIsAFragmentAndAmendsWhatIsKept() {
    add(start("s", "t", "a", "", T));
    add(start("s", "t", "b", "a", T));
    add(end("s", "t", "a", T + 1));
    at(500);
    closed.clear();
    at(10_000);
    add(end("s", "t", "b", T + 2));

    assertThat(at(table.shown("t"), "state")).isEqualTo("\"closed\"");
    assertThat(at(table.shown("t"), "roots.0.children.0.end")).isEqualTo(Long.toString(T + 2));
    at(11_999);
    assertThat(closed).isEmpty();
    at(12_000);

    assertThat(at(only(), "data.late")).isEqualTo("true");
    assertThat(at(only(), "data.complete")).isEqualTo("false");
    assertThat(at(only(), "data.reason")).isEqualTo("\"late\"");
    assertThat(at(only(), "data.counts.span")).isEqualTo("1");
    assertThat(odd).containsExactly(Map.entry(TraceAnomaly.LATE, 1));
    at(300_499);
    assertThat(table.shown("t")).isNotNull();
    at(300_500);
    assertThat(table.shown("t")).isNull();
    assertThat(table.bytes()).isZero();
    at(611_999);
    add(event("s", "t", "1"));
    assertThat(odd).containsExactly(Map.entry(TraceAnomaly.LATE, 2));
    at(614_000);
    at(614_000 + 600_000);
    add(event("s", "t", "1")); // nobody remembers it
    assertThat(at(table.shown("t"), "state")).isEqualTo("\"open\"");
    assertThat(odd).containsExactly(Map.entry(TraceAnomaly.LATE, 2));
  }

  @Test
  void aTraceOfFiftyThousandSpansStaysWithinItsBounds() {
    int spans = 50_000;
    long most = 0;
    add(start("s", "t", "root", "", T));
    for (int i = 1; i < spans; i++) {
      now += 1_000;
      add(start("s", "t", "s" + i, "root", T + i));
      most = Math.max(most, table.bytes());
    }
    at(5_000_000);

    assertThat(most).isLessThan(3 * MIB); // one that is kept, and a fragment
    assertThat(text(closed.get(0))).contains("\"reason\":\"too_big\"");
    long all = 0;
    for (TraceRecord each : closed) {
      assertThat(each.line().length).isLessThan((int) MIB);
      all += Long.parseLong(at(text(each), "data.counts.span"));
    }
    assertThat(all).isEqualTo(spans);
    assertThat(closed.stream().skip(1)).allMatch(each -> each.reason() == TraceEnd.LATE);
    assertThat(odd.get(TraceAnomaly.LATE)).isPositive();
  }

  @Test
  void whenAllTakeTooMuchWhatIsShownGoesThenWhatIsIdleTheLongest() {
    table =
        table(
            new TraceTable.Limits(
                0, millis(30_000), millis(300_000), millis(300_000), 10_000, 5_000));
    add(start("s", "done", "a", "", T));
    add(end("s", "done", "a", T + 1));
    at(1);
    assertThat(table.kept()).isEqualTo(1);
    closed.clear();
    int count = 0;
    while (closed.isEmpty()) {
      now++;
      add(event("s", "t" + count++, "1"));
      assertThat(table.bytes()).isLessThanOrEqualTo(10_000);
    }

    assertThat(table.kept()).isZero();
    assertThat(count).isBetween(10, 20);
    assertThat(only()).contains("\"tid\":\"t0\"").contains("\"reason\":\"evicted\"");
    assertThat(table.shown("t0")).isNull();
  }

  @Test
  void aTraceOfWhichMessagesWereLostSaysSo() {
    add(start("s", "t", "a", "", T));
    table.lost("t");
    table.lost("u");
    add(end("s", "t", "a", T));
    add(start("s", "u", "a", "", T));
    add(end("s", "u", "a", T));
    add(start("s", "v", "a", "", T));
    table.lostSome(tid -> tid.equals("v"));
    add(end("s", "v", "a", T));
    add(start("s", "w", "a", "", T));
    add(end("s", "w", "a", T));
    at(500);

    assertThat(closed.stream().map(TraceRecord::reason))
        .containsExactly(TraceEnd.OVERRUN, TraceEnd.OVERRUN, TraceEnd.OVERRUN, TraceEnd.ROOT_END);
    assertThat(text(closed.get(0))).contains("\"complete\":false,\"reason\":\"overrun\"");
  }

  @Test
  void whatMovesIsClosedAndForgotten() {
    add(start("s", "here", "a", "", T));
    add(start("s", "gone", "a", "", T));
    assertThat(table.hasAny("gone"::equals)).isTrue();

    table.moved("gone"::equals, now);

    assertThat(only()).contains("\"tid\":\"gone\"").contains("\"reason\":\"moved\"");
    assertThat(table.hasAny("gone"::equals)).isFalse();
    assertThat(table.open()).isEqualTo(1);
    add(event("s", "gone", "1")); // not late: it may come back
    assertThat(odd).isEmpty();
  }

  @Test
  void otherBoundsCountForOpenTracesToo() {
    add(start("s", "t", "a", "", T));
    table.limits(new TraceTable.Limits(0, millis(5), millis(300_000), millis(1), 24 * MIB, MIB));
    at(5);

    assertThat(only()).contains("\"reason\":\"idle\"");
  }

  @Test
  void theNewestAreListedFirst() {
    add(start("s", "closed", "a", "", T));
    add(end("s", "closed", "a", T));
    at(500);
    add(event("s", "one", "1"));
    add(event("s", "two", "1"));
    add(start("x", "two", "a", "", T));

    assertThat(table.newest(10))
        .containsExactly(
            new TraceSummary("two", null, "s", T, 1, 2),
            new TraceSummary("one", null, "s", T, 0, 1),
            new TraceSummary("closed", TraceEnd.ROOT_END, "s", T, 1, 2));
    assertThat(table.newest(1)).hasSize(1);
  }

  private static String anything(int[] choices) {
    String tid = "t" + choices[0] % 5;
    String sid = "s" + choices[1] % 6;
    long at = T + choices[2] % 50;
    String src = choices[3] % 3 == 0 ? "a\\u0022\\ud800" : "ü" + choices[3] % 3;
    return switch (choices[4] % 6) {
      case 0, 1 -> start(src, tid, sid, choices[3] % 2 == 0 ? "" : "s" + choices[0] % 7, at);
      case 2, 3 ->
          end(src, tid, sid, at)
              .replace("'tags':{}", "'tags':{'t" + choices[3] % 3 + "':[[[[[[[[[1]]]]]]]]]}");
      case 4 -> event(src, tid, "'\\u0000\\n\\ud83d\\ude00ä'");
      default -> "{'v':1,'src':'s','ts':" + at + ",'type':'resource','tid':'" + tid + "'}";
    };
  }

  @Property(tries = 300)
  void everyMessageIsInOneRecordAndEveryRecordIsAMessage(
      @ForAll long seed, @ForAll @IntRange(max = 120) int messages) {
    var random = new Random(seed);
    table =
        table(new TraceTable.Limits(millis(3), millis(30), millis(200), millis(50), 12_000, 3_000));
    now = 0;
    for (int i = 0; i < messages; i++) {
      int[] choices = random.ints(5, 0, 1_000).toArray();
      now += millis(choices[4] % 7);
      table.add(message(anything(choices)), now);
      assertThat(table.bytes()).isBetween(0L, 12_000L);
      if (choices[2] % 3 == 0) {
        table.tick(now);
      }
    }
    while (table.closeOne(TraceEnd.SHUTDOWN, now)) {
      assertThat(table.bytes()).isNotNegative();
    }
    table.tick(now + millis(1_000_000));

    assertThat(table.open()).isZero();
    assertThat(table.bytes()).isZero();
    long counted = 0;
    var reader = new MessageReader();
    for (TraceRecord each : closed) {
      assertThat(reader.read(each.line(), 0, each.line().length, false, T, ANY)).isNull();
      assertThat(reader.text(MessageReader.Field.TID)).isEqualTo(each.tid());
      assertThat(reader.ts()).isEqualTo(each.ts());
      for (String type : List.of("event", "metric", "progress", "resource", "span")) {
        counted += Long.parseLong(at(text(each), "data.counts." + type));
      }
    }
    assertThat(counted).isEqualTo(messages);
    closed.clear();
  }
}
