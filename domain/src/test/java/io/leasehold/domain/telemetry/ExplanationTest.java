package io.leasehold.domain.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ExplanationTest {
  private static final long NOW = 1_000_000_000_000L;
  private static final MessageReader.Window WINDOW = new MessageReader.Window(60_000, 86_400_000);

  private static Rule rule(
      String name,
      int target,
      int priority,
      Set<MessageType> types,
      Level level,
      @Nullable Change change) {
    return new Rule(
        name, "t" + target, target, true, priority, types, level, List.of(), 1, change, -1);
  }

  private static final Rule DISABLED =
      new Rule("off", "t0", 0, false, 1, Rule.USUAL_TYPES, Level.DEBUG, List.of(), 1, null, -1);
  private static final Rule TAGGED =
      new Rule(
          "tagged",
          "t3",
          3,
          true,
          6,
          Rule.USUAL_TYPES,
          Level.DEBUG,
          List.of(new TagMatch("env", List.of("prod")), new TagMatch("n", List.of("8"))),
          1,
          null,
          -1);
  private static final Rule SAMPLED =
      new Rule("some", "t4", 4, true, 7, Rule.USUAL_TYPES, Level.DEBUG, List.of(), 0.25, null, 0);
  private static final Routing ROUTING =
      Routing.of(
          Map.of(),
          List.of(
              DISABLED,
              rule("spans", 1, 2, EnumSet.of(MessageType.SPAN), Level.DEBUG, null),
              rule("errors", 1, 3, Rule.USUAL_TYPES, Level.ERROR, null),
              rule(
                  "hidden",
                  2,
                  4,
                  Rule.USUAL_TYPES,
                  Level.DEBUG,
                  new Change(List.of("data.ctx.password"), Map.of())),
              rule("again", 2, 5, Rule.USUAL_TYPES, Level.DEBUG, null),
              TAGGED,
              SAMPLED),
          List.of());

  private static Explanation explain(Routing routing, String line) {
    return Explanation.of(routing, line.replace('\'', '"').getBytes(UTF_8), NOW, WINDOW);
  }

  private static final String EVENT =
      " {'v':1,'src':'a','ts':1000000000000,'type':'event','data':{'level':'warn','msg':'m',"
          + "'ctx':{'env':'prod','n':7,'password':'x'}}} \r";

  @Test
  void everyRuleIsNamedWithItsReason() {
    assertThat(explain(ROUTING, EVENT).lines())
        .containsExactly(
            "valid: event of a",
            "rule off -> t0: no, it or its backend is disabled",
            "rule spans -> t1: no, type event is not among span",
            "rule errors -> t1: no, level warn is below error",
            "rule hidden -> t2: matches",
            "rule again -> t2: no, its target gets a copy by hidden",
            "rule tagged -> t3: no, tag n does not match",
            "rule some -> t4: matches, at random for a share of 0.25",
            ("target t2: importance 2, {'v':1,'src':'a','ts':1000000000000,'type':'event',"
                    + "'data':{'level':'warn','msg':'m','ctx':{'env':'prod','n':7,'password':'***'}}}")
                .replace('\'', '"'),
            "target t4: importance 0, " + EVENT.strip().replace('\'', '"'));
  }

  @Test
  void whatGoesNowhereHasAReason() {
    assertThat(explain(ROUTING, "{'v':1}").lines())
        .containsExactly("invalid, dropped: missing_field");
    assertThat(explain(ROUTING, "x".repeat(65_537)).rejected()).isEqualTo(DropReason.TOO_LONG);
    assertThat(explain(Routing.of(Map.of(), null, List.of()), EVENT).lines())
        .containsExactly("valid: event of a", "dropped: no_route");
    var filtered = explain(Routing.of(Map.of(), List.of(TAGGED), List.of()), EVENT);
    assertThat(filtered.dropped()).isEqualTo(DropReason.FILTERED);
    assertThat(filtered.isDelivered()).isFalse();
    assertThat(explain(ROUTING, "{'v':1,'src':'a','ts':1000000000000,'type':'goodbye'}").lines())
        .containsExactly("valid: goodbye of a", "ends its connection, goes nowhere");
  }

  private static Fixture fixture(
      @Nullable String dropped,
      @Nullable List<String> targets,
      Map<String, Map<String, String>> messages) {
    String input =
        "{\"src\":\"a\",\"type\":\"event\",\"data\":{\"level\":\"warn\",\"msg\":[1.50,{\"k\":\"\\u0041\"}],"
            + "\"ctx\":{\"password\":\"x\"}}}";
    return new Fixture("f", input, dropped, targets, messages);
  }

  private static List<String> differences(Fixture fixture) {
    return fixture.differences(
        Explanation.of(ROUTING, fixture.line(NOW).getBytes(UTF_8), NOW, WINDOW));
  }

  @Test
  void aFixtureThatIsMetHasNoDifference() {
    assertThat(
            differences(
                fixture(
                    null,
                    List.of("t4", "t2"),
                    Map.of(
                        "t2",
                        Map.of(
                            "data.ctx.password", "\"***\"",
                            "data.ctx.user", "null",
                            "data.msg.0", "1.5",
                            "data.msg.1", "{\"k\":\"\\u0041\"}",
                            "data.msg.1.k", "\"A\"",
                            "v", "1")))))
        .isEmpty();
    var old = new Fixture("old", "{\"ts\":1}", "missing_field", null, Map.of());
    assertThat(differences(old)).isEmpty();
    var past =
        new Fixture(
            "past", "{\"src\":1,\"type\":\"resource\",\"ts\":1}", "ts_past", null, Map.of());
    assertThat(differences(past)).isEmpty();
  }

  @Test
  void aFixtureThatFailsShowsBothSides() {
    assertThat(differences(fixture("filtered", null, Map.of())))
        .containsExactly("- dropped: filtered", "+ targets: t2, t4");
    assertThat(
            differences(
                fixture(
                    null,
                    List.of("t1"),
                    Map.of(
                        "t1", Map.of("v", "1"),
                        "t4", Map.of("data.ctx.password", "\"***\"", "data.msg", "[1.5]")))))
        .containsExactly(
            "- targets: t1",
            "+ targets: t2, t4",
            "- a copy for t1",
            "+ targets: t2, t4",
            "- t4 data.ctx.password: \"***\"",
            "+ t4 data.ctx.password: \"x\"",
            "- t4 data.msg: [1.5]",
            "+ t4 data.msg: [1.50,{\"k\":\"\\u0041\"}]");
  }
}
