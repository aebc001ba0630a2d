package io.leasehold.streams.lock.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.leasehold.domain.lock.LockAnswer;
import io.leasehold.domain.lock.LockCapacity;
import io.leasehold.domain.lock.LockView;
import io.leasehold.domain.lock.Mode;
import io.leasehold.domain.lock.Refusal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class AnswerWriterTest {
  private static final RequestId ID = new RequestId("a1", true);
  private final LineBuffer out = new LineBuffer(8);

  private String line() {
    String line = new String(out.toByteArray(), StandardCharsets.UTF_8);
    out.clear();
    return line;
  }

  private String answer(LockAnswer answer, RequestId id) {
    AnswerWriter.answer(out, answer, id);
    return line();
  }

  private static LockAnswer refused(Refusal reason, long figure) {
    return new LockAnswer.Refused(reason, figure);
  }

  @Test
  void answersReadAsTheProtocolShowsThem() {
    assertThat(answer(new LockAnswer.Granted(71, 300_000, LockAnswer.NO_WAIT, 1), null))
        .isEqualTo("{\"success\":true,\"token\":71,\"ttl_ms\":300000}\n");
    assertThat(answer(new LockAnswer.Granted(72, 30_000, 412, 1), ID))
        .isEqualTo(
            "{\"success\":true,\"token\":72,\"ttl_ms\":30000,\"waited_ms\":412,\"id\":\"a1\"}\n");
    assertThat(answer(new LockAnswer.Granted(72, 30_000, 0, 2), new RequestId("5", false)))
        .isEqualTo(
            "{\"success\":true,\"token\":72,\"ttl_ms\":30000,\"waited_ms\":0,\"count\":2,\"id\":5}\n");
    assertThat(answer(refused(Refusal.HELD, 299_120), null))
        .isEqualTo("{\"success\":false,\"reason\":\"held\",\"ttl_ms\":299120}\n");
    assertThat(answer(refused(Refusal.TIMEOUT, 5_000), ID))
        .isEqualTo("{\"success\":false,\"reason\":\"timeout\",\"waited_ms\":5000,\"id\":\"a1\"}\n");
    assertThat(answer(refused(Refusal.LIMIT_MISMATCH, 5), null))
        .isEqualTo("{\"success\":false,\"reason\":\"limit_mismatch\",\"limit\":5}\n");
    assertThat(answer(LockAnswer.Refused.NOT_HELD, null))
        .isEqualTo("{\"success\":false,\"reason\":\"not_held\"}\n");
    assertThat(answer(LockAnswer.Released.FREED, null)).isEqualTo("{\"success\":true}\n");
    assertThat(answer(new LockAnswer.Released(1), null))
        .isEqualTo("{\"success\":true,\"count\":1}\n");
    assertThat(answer(new LockAnswer.Extended(71, 600_000, 1), null))
        .isEqualTo("{\"success\":true,\"token\":71,\"ttl_ms\":600000}\n");
    assertThat(answer(new LockAnswer.Verified("w7", 29_000), null))
        .isEqualTo("{\"success\":true,\"owner\":\"w7\",\"ttl_ms\":29000}\n");
  }

  @Test
  void thePublishedLimitTextsStandAlone() {
    assertThat(
            answer(new LockAnswer.LimitReached(LockCapacity.Limit.LOCKS, 100_000, 100_000), null))
        .isEqualTo(
            "{\"success\":false,\"error\":\"maximum locks limit reached: 100000/100000\"}\n");
    assertThat(answer(new LockAnswer.LimitReached(LockCapacity.Limit.MEMORY, 513, 512), ID))
        .isEqualTo(
            "{\"success\":false,\"error\":\"maximum memory limit reached: 513/512 MB\","
                + "\"code\":\"memory_limit_reached\",\"id\":\"a1\"}\n");
  }

  @Test
  void errorsNameTheirCodeTwiceAndTheirOutcome() {
    assertThat(answer(new LockAnswer.Unavailable("journal not writable", true), null))
        .isEqualTo(
            "{\"success\":false,\"error\":\"unavailable: journal not writable\","
                + "\"code\":\"unavailable\",\"outcome\":\"unknown\"}\n");
    AnswerWriter.error(out, WireError.draining(), ID);
    assertThat(line())
        .isEqualTo(
            "{\"success\":false,\"error\":\"draining: the node is shutting down\","
                + "\"code\":\"draining\",\"outcome\":\"not_applied\",\"id\":\"a1\"}\n");
  }

  @Test
  void aPictureIsWrittenAsInspectShowsIt() {
    var view =
        new LockView(
            "job",
            Mode.EXCLUSIVE,
            1,
            List.of(
                new LockView.Holder(
                    "w7", null, 72, 1, 1, Mode.EXCLUSIVE, 29_000, 1_000, "build 41")),
            List.of(new LockView.Waiter("w8", 1, Mode.EXCLUSIVE, 1, 800, 4_200)),
            1,
            1,
            0);
    assertThat(answer(new LockAnswer.Inspected(view), null))
        .isEqualTo(
            "{\"success\":true,\"key\":\"job\",\"mode\":\"exclusive\",\"limit\":1,"
                + "\"lock_delay_ms\":0,\"holders\":[{\"owner\":\"w7\",\"token\":72,\"permits\":1,"
                + "\"count\":1,\"mode\":\"exclusive\",\"ttl_ms\":29000,\"held_ms\":1000,"
                + "\"metadata\":\"build 41\"}],\"waiters\":[{\"owner\":\"w8\",\"permits\":1,"
                + "\"mode\":\"exclusive\",\"position\":1,\"waited_ms\":800,"
                + "\"wait_left_ms\":4200}],\"holders_total\":1,\"waiters_total\":1}\n");
    AnswerWriter.list(out, List.of(view), "Yw", null);
    assertThat(line())
        .isEqualTo(
            "{\"success\":true,\"locks\":[{\"key\":\"job\",\"mode\":\"exclusive\",\"limit\":1,"
                + "\"holders\":1,\"waiters\":1,\"owner\":\"w7\",\"token\":72,\"ttl_ms\":29000}],"
                + "\"cursor\":\"Yw\"}\n");
  }

  @Test
  void everyTextComesBackAsItWas() throws Exception {
    var all = new StringBuilder();
    for (char c = 0; c < 0x300; c++) {
      all.append(c);
    }
    all.append("\u20ac\ud83d\ude00\u2028\uffff");
    String owner = all.toString();
    String line = answer(new LockAnswer.Verified(owner, 1), new RequestId(owner, true));
    var tree = new ObjectMapper().readTree(line);
    assertThat(tree.get("owner").textValue()).isEqualTo(owner);
    assertThat(tree.get("id").textValue()).isEqualTo(owner);
    assertThat(line.indexOf('\n')).isEqualTo(line.length() - 1);
  }
}
