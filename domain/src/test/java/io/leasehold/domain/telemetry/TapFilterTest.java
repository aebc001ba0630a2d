package io.leasehold.domain.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TapFilterTest {
  private static final Set<MessageType> ALL = EnumSet.noneOf(MessageType.class);

  private static boolean matches(TapFilter filter, String line) {
    var reader = new MessageReader();
    byte[] bytes = line.getBytes(UTF_8);
    assertThat(
            reader.read(bytes, 0, bytes.length, false, 1_000, new MessageReader.Window(0, 1_000)))
        .isNull();
    return filter.matches(reader.text(MessageReader.Field.SRC), reader);
  }

  private static String event(String src, String level, String more) {
    return "{\"v\":1,\"src\":\""
        + src
        + "\",\"ts\":1000,\"type\":\"event\""
        + more
        + ",\"data\":{\"level\":\""
        + level
        + "\",\"msg\":\"m\"}}";
  }

  @Test
  void aSourceIsAPattern() {
    var filter = new TapFilter("bill*-**x", ALL, null, "");
    assertThat(matches(filter, event("billing-1x", "info", ""))).isTrue();
    assertThat(matches(filter, event("billing-1", "info", ""))).isFalse();
    assertThat(matches(filter, event("a.billing-x", "info", ""))).isFalse();
    assertThat(matches(new TapFilter("", ALL, null, ""), event("x", "info", ""))).isTrue();
    assertThat(matches(new TapFilter("a.c", ALL, null, ""), event("abc", "info", ""))).isFalse();
  }

  @Test
  void aLevelIsAskedOfEventsOnly() {
    var filter = new TapFilter("", ALL, Level.WARN, "");
    assertThat(matches(filter, event("a", "info", ""))).isFalse();
    assertThat(matches(filter, event("a", "warning", ""))).isTrue();
    assertThat(matches(filter, "{\"v\":1,\"src\":\"a\",\"ts\":1000,\"type\":\"heartbeat\"}"))
        .isTrue();
  }

  @Test
  void typesAndTracesMustBeThose() {
    var filter = new TapFilter("", EnumSet.of(MessageType.EVENT), null, "t-1");
    assertThat(matches(filter, event("a", "info", ",\"tid\":\"t-1\""))).isTrue();
    assertThat(matches(filter, event("a", "info", ",\"tid\":\"t-2\""))).isFalse();
    assertThat(matches(filter, event("a", "info", ""))).isFalse();
    assertThat(
            matches(
                filter,
                "{\"v\":1,\"src\":\"a\",\"ts\":1000,\"type\":\"resource\",\"tid\":\"t-1\"}"))
        .isFalse();
  }

  @Test
  void aTextHasABound() {
    assertThatThrownBy(() -> new TapFilter("x".repeat(257), ALL, null, ""))
        .hasMessage("src and tid have at most 256 characters");
  }
}
