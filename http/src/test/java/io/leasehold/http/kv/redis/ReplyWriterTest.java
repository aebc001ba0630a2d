package io.leasehold.http.kv.redis;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Replies;
import io.leasehold.domain.kv.redis.Reply;
import org.apache.pekko.util.ByteString;
import org.junit.jupiter.api.Test;

/** Replies as JSON, whatever stands in them. */
class ReplyWriterTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static String written(Reply reply) {
    var out = new ReplyWriter(AnswerForm.JSON, 1_000);
    assertThat(out.write(reply)).isTrue();
    return out.whole().utf8String();
  }

  @Test
  void everyByteOfAStringIsWrittenSoThatItIsReadAgain() throws Exception {
    for (int each = 0; each < 256; each++) {
      Bytes bytes = Bytes.of(new byte[] {'a', (byte) each, 'z'});

      String json = written(new Reply.Bulk(bytes));

      assertThat(json).isEqualTo("{\"result\":" + JSON.writeValueAsString(bytes.text()) + "}");
      assertThat(JSON.readTree(json).get("result").textValue()).isEqualTo(bytes.text());
    }
  }

  @Test
  void aStringMadeInOnePieceIsWhatIsWritten() {
    for (int each = 0; each < 256; each++) {
      Reply reply = new Reply.Bulk(Bytes.of(new byte[] {'a', (byte) each, 'z'}));

      ByteString whole = ReplyWriter.plain(AnswerForm.JSON, reply, 16);

      boolean isItsOwnText = each >= ' ' && each < 0x80 && each != '"' && each != '\\';
      assertThat(whole == null ? null : whole.utf8String())
          .isEqualTo(isItsOwnText ? written(reply) : null);
    }
    Reply reply = Replies.bulk("abc");
    assertThat(ReplyWriter.plain(AnswerForm.JSON, reply, 15)).isNull(); // no room
    assertThat(ReplyWriter.plain(new AnswerForm(true, false), reply, 1_000)).isNull();
    assertThat(ReplyWriter.plain(new AnswerForm(false, true), reply, 1_000)).isNull();
    ByteString ok = ReplyWriter.plain(AnswerForm.JSON, Replies.OK, 15);
    assertThat(ok == null ? null : ok.utf8String()).isEqualTo(written(Replies.OK));
    assertThat(ReplyWriter.plain(AnswerForm.JSON, Replies.OK, 14)).isNull();
    assertThat(ReplyWriter.plain(new AnswerForm(false, true), Replies.OK, 1_000)).isNull();
  }

  @Test
  void aStringWithoutRoomLeavesNothingBehind() {
    var out = new ReplyWriter(AnswerForm.JSON, 20);

    assertThat(out.write(Replies.bulk("1234567"))).isTrue();
    assertThat(out.write(Replies.bulk("1"))).isFalse();
    assertThat(out.whole().utf8String()).isEqualTo("{\"result\":\"1234567\"}");
    var other = new ReplyWriter(AnswerForm.JSON, 19);
    assertThat(other.write(Replies.bulk("1234567"))).isFalse();
    assertThat(other.whole().isEmpty()).isTrue();
  }
}
