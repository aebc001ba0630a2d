package io.leasehold.http.kv.redis;

import io.leasehold.actors.kv.redis.InstanceEvents.Event;
import io.leasehold.actors.kv.redis.InstanceEvents.Message;
import io.leasehold.actors.kv.redis.InstanceEvents.PatternMessage;
import io.leasehold.actors.kv.redis.InstanceEvents.Ran;
import io.leasehold.actors.kv.redis.InstanceEvents.Shown;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.MonitorLine;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.pekko.util.ByteString;

/**
 * Events as they stand in a stream. One blank behind the colon: the official client of Upstash
 * skips lines without it. No state; safe for any thread.
 */
final class StreamText {
  static final ByteString PING = ByteString.fromString(": ping\n\n");

  private static final String DATA = "data: ";
  private static final Pattern LINE_END = Pattern.compile("\r\n|\r|\n");

  private StreamText() {}

  /** A text as one event; its line ends are told as line feeds. */
  static ByteString of(String text) {
    return ByteString.fromString(DATA + LINE_END.matcher(text).replaceAll("\n" + DATA) + "\n\n");
  }

  /** What a stream begins with: one event for each channel, with how many there are so far. */
  static ByteString opening(RequestForm form, List<Bytes> channels) {
    if (form == RequestForm.MONITOR) {
      return of("\"OK\"");
    }
    String kind = form == RequestForm.PSUBSCRIBE ? "psubscribe" : "subscribe";
    ByteString all = ByteString.emptyByteString();
    int count = 0;
    for (Bytes channel : channels) {
      all = all.concat(of(kind + "," + channel.text() + "," + ++count));
    }
    return all;
  }

  /** Something that happened. */
  static ByteString of(Event event) {
    if (event instanceof Message message) {
      return of("message," + message.channel().text() + "," + message.text().text());
    }
    if (event instanceof PatternMessage message) {
      return of(
          "pmessage,"
              + message.pattern().text()
              + ","
              + message.channel().text()
              + ","
              + message.text().text());
    }
    if (event instanceof Shown shown) {
      return of(shown.line());
    }
    var ran = (Ran) event;
    return of(MonitorLine.of(ran.micros(), ran.client(), ran.command()));
  }
}
