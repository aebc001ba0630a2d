package io.leasehold.domain.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class RoutingTest {
  private static final long NOW = 1_000_000_000_000L;
  private static final MessageReader.Window WINDOW = new MessageReader.Window(60_000, 86_400_000);

  private static final class Builder {
    private final int target;
    private boolean enabled = true;
    private int priority = 1;
    private Set<MessageType> types = Rule.USUAL_TYPES;
    private Level minLevel = Level.DEBUG;
    private List<TagMatch> tags = List.of();
    private double sample = 1;
    private @Nullable Change change;
    private int importance = -1;

    Builder(int target) {
      this.target = target;
    }

    Rule build() {
      return new Rule(
          "rule",
          "target-" + target,
          target,
          enabled,
          priority,
          types,
          minLevel,
          tags,
          sample,
          change,
          importance);
    }
  }

  private final MessageReader reader = new MessageReader();
  private byte[] line = {};

  private Decision decide(Routing routing, String text) {
    line = text.replace('\'', '"').getBytes(UTF_8);
    assertThat(reader.read(line, 0, line.length, false, NOW, WINDOW)).isNull();
    return routing.of(reader.text(MessageReader.Field.SRC)).decide(reader, line, () -> 0.5);
  }

  private static List<Integer> targets(Decision decision) {
    var targets = new ArrayList<Integer>();
    for (int i = 0; i < decision.size(); i++) {
      targets.add(decision.target(i));
    }
    return targets;
  }

  private static String event(String src, String level, String more) {
    return "{'v':1,'src':'"
        + src
        + "','ts':1000000000000,'type':'event'"
        + more
        + ",'data':{'level':'"
        + level
        + "','msg':'m','ctx':{'env':'prod','n':7,'deep':{'env':'x'}}}}";
  }

  private static String of(String type) {
    return "{'v':1,'src':'a','ts':1000000000000,'type':'" + type + "','data':{'name':1,'value':1}}";
  }

  private static Routing one(Builder rule) {
    return Routing.of(Map.of(), List.of(rule.build()), List.of());
  }

  @Test
  void ownRulesReplaceTheDefaultAndGlobalOnesCountBesides() {
    var routing =
        Routing.of(
            Map.of("a", List.of(new Builder(1).build())),
            List.of(new Builder(2).build()),
            List.of(new Builder(3).build()));

    assertThat(targets(decide(routing, event("a", "info", "")))).containsExactly(1, 3);
    assertThat(targets(decide(routing, event("b", "info", "")))).containsExactly(2, 3);
  }

  @Test
  void aTargetGetsOneCopyByTheRuleWithTheLowestPriority() {
    var low = new Builder(1);
    low.priority = 1;
    low.importance = 3;
    var high = new Builder(1);
    high.priority = 2;
    var routing = Routing.of(Map.of(), List.of(high.build(), low.build()), List.of());

    var decision = decide(routing, event("a", "info", ""));

    assertThat(targets(decision)).containsExactly(1);
    assertThat(decision.importance(0)).isEqualTo(3);
    assertThat(decision.isPlain()).isFalse();
  }

  @Test
  void whyThereIsNoTarget() {
    var disabled = new Builder(1);
    disabled.enabled = false;
    var metrics = new Builder(1);
    metrics.types = EnumSet.of(MessageType.METRIC);

    assertThat(decide(Routing.of(Map.of(), null, List.of()), event("a", "info", "")).reason())
        .isEqualTo(DropReason.NO_ROUTE);
    assertThat(
            decide(Routing.of(Map.of("a", List.of()), null, List.of()), event("b", "info", ""))
                .reason())
        .isEqualTo(DropReason.NO_ROUTE);
    assertThat(decide(one(disabled), event("a", "info", "")).reason())
        .isEqualTo(DropReason.ROUTE_DISABLED);
    assertThat(decide(one(disabled), of("heartbeat")).reason())
        .isEqualTo(DropReason.ROUTE_DISABLED);
    assertThat(decide(one(metrics), event("a", "info", "")).reason())
        .isEqualTo(DropReason.FILTERED);
    assertThat(decide(one(new Builder(1)), of("heartbeat")).reason())
        .isEqualTo(DropReason.HEARTBEAT);
    assertThat(decide(one(metrics), of("metric")).reason()).isNull();
  }

  @Test
  void aLevelHoldsBackEventsOnly() {
    var errors = new Builder(1);
    errors.minLevel = Level.ERROR;
    var routing = one(errors);

    assertThat(decide(routing, event("a", "warn", "")).reason()).isEqualTo(DropReason.FILTERED);
    assertThat(decide(routing, event("a", "odd", "")).reason()).isEqualTo(DropReason.FILTERED);
    assertThat(targets(decide(routing, event("a", "err", "")))).containsExactly(1);
    assertThat(targets(decide(routing, event("a", "critical", "")))).containsExactly(1);
    assertThat(targets(decide(routing, of("metric")))).containsExactly(1);
  }

  @Test
  void tagsAreComparedAsText() {
    assertThat(tagged("env", "prod")).isTrue();
    assertThat(tagged("env", "test", "pr*")).isTrue();
    assertThat(tagged("env", "*o*")).isTrue();
    assertThat(tagged("env", "*")).isTrue();
    assertThat(tagged("n", "7")).isTrue();
    assertThat(tagged("env", "pro")).isFalse();
    assertThat(tagged("env", "p.od")).isFalse();
    assertThat(tagged("missing", "*")).isFalse();
    assertThat(tagged("deep", "*")).isFalse();
  }

  private boolean tagged(String key, String... values) {
    var rule = new Builder(1);
    rule.tags = List.of(new TagMatch(key, List.of(values)));
    return decide(one(rule), event("a", "info", "")).size() == 1;
  }

  @Test
  void aSampleKeepsTracesWholeAndErrorsAlways() {
    var rule = new Builder(1);
    rule.sample = 0.3;
    var routing = one(rule);
    int kept = 0;
    for (int i = 0; i < 1000; i++) {
      String tid = ",'tid':'t" + i + "'";
      boolean first = decide(routing, event("a", "info", tid)).size() == 1;
      boolean again = decide(routing, event("a", "debug", tid)).size() == 1;
      assertThat(again).isEqualTo(first);
      kept += first ? 1 : 0;
    }

    assertThat(kept).isBetween(250, 350);
    assertThat(decide(routing, event("a", "info", "")).size()).isZero(); // 0.5 is over 0.3
    assertThat(decide(routing, event("a", "error", "")).size()).isEqualTo(1);
  }

  @Test
  void aChangedCopyIsWrittenAnew() {
    String before =
        "{ 'data' : { 'level':'info', 'msg':'m', 'ctx':{'a':{'password':'x','b':[1, {'password':2}]},"
            + " 'password':'y', 'old':5, 'new':6, 'c':7} }, 'type':'event', 'ts':1000000000000,"
            + " 'src':'a', 'v':1, 'tid':'', 'sid':'s' }";

    String after =
        changed(
            before,
            List.of("data.ctx.*.password", "data.ctx.a.b.1.password"),
            Map.of("data.ctx.old", "new", "data.ctx.c", "d"));

    assertThat(after)
        .isEqualTo(
            "{'v':1,'src':'a','ts':1000000000000,'type':'event','sid':'s','data':{'level':'info',"
                + "'msg':'m','ctx':{'a':{'password':'***','b':[1,{'password':'***'}]},"
                + "'password':'y','old':5,'new':6,'d':7}}}");
  }

  private String changed(String text, List<String> redact, Map<String, String> rename) {
    line = text.replace('\'', '"').getBytes(UTF_8);
    assertThat(reader.read(line, 0, line.length, false, NOW, WINDOW)).isNull();
    byte[] out = new Change(redact, rename).apply(reader, line);
    assertThat(reader.read(out, 0, out.length, false, NOW, WINDOW)).isNull();
    return new String(out, UTF_8).replace('"', '\'');
  }
}
