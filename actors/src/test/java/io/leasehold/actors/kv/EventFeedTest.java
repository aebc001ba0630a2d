package io.leasehold.actors.kv;

import static org.assertj.core.api.Assertions.assertThat;

import io.leasehold.actors.kv.redis.InstanceEvents.Event;
import io.leasehold.actors.kv.redis.InstanceEvents.Interest;
import io.leasehold.actors.kv.redis.InstanceEvents.Listener;
import io.leasehold.domain.kv.Bytes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** What the streams of a node have their shard told, and when. */
class EventFeedTest {
  private static final long PATIENCE = 20_000_000_000L;

  private final List<String> said = new ArrayList<>();
  private final List<String> confirmed = new ArrayList<>();
  private long last;
  private long now = Long.MAX_VALUE - 1_000_000_000L; // wraps in the middle of it
  private final EventFeed feed =
      new EventFeed(
          (version, channels, patterns, monitors) ->
              said.add(version + " " + names(channels) + " " + names(patterns) + " " + monitors),
          () -> ++last);

  private static String names(List<EventTraffic.Wanted> wanted) {
    return wanted.stream()
        .map(each -> each.name().text() + "=" + each.streams())
        .sorted()
        .collect(Collectors.joining(",", "[", "]"));
  }

  /** Remembers what it heard. */
  private static final class Ear implements Listener {
    int heard;

    @Override
    public void heard(Event event) {
      heard++;
    }

    @Override
    public void ended(String why) {}
  }

  private static Interest channels(String... names) {
    return new Interest(
        Arrays.stream(names).map(Bytes::utf8).collect(Collectors.toSet()), Set.of(), false);
  }

  private boolean put(Ear ear, Interest interest) {
    long version = last + 1;
    return feed.put(ear, interest, 1_000, now + PATIENCE, now, () -> confirmed.add("" + version));
  }

  @Test
  void oneWordIsUnderWayAtATimeAndWhatChangesMeanwhileGoesTogether() {
    put(new Ear(), channels("a"));
    put(new Ear(), channels("a", "b"));
    var third = new Ear();
    put(third, new Interest(Set.of(), Set.of(Bytes.utf8("a*")), true));
    assertThat(said).containsExactly("1 [a=1] [] 0");

    feed.confirmed(1, now);

    assertThat(confirmed).containsExactly("1");
    assertThat(said).containsExactly("1 [a=1] [] 0", "3 [a=2,b=1] [a*=1] 1");
    feed.confirmed(3, now);
    assertThat(confirmed).containsExactly("1", "2", "3");
    feed.leave(third, now);
    assertThat(said).hasSize(3).last().isEqualTo("4 [a=2,b=1] [] 0");
  }

  @Test
  void whatIsNotConfirmedIsSaidAgainAndWhatIsConfirmedIsRenewed() {
    put(new Ear(), channels("a"));
    now += EventFeed.REPEAT_NANOS;
    feed.tick(now);
    assertThat(said).hasSize(2);
    feed.confirmed(1, now);
    now += EventFeed.RENEW_NANOS - 1;
    feed.tick(now);
    assertThat(said).hasSize(2);
    now += 1;
    feed.tick(now);
    assertThat(said).containsOnly("1 [a=1] [] 0").hasSize(3);
    feed.confirmed(1, now);
    feed.lost(now);
    assertThat(said).hasSize(4);
  }

  @Test
  void whoIsNotConfirmedInTimeLeaves() {
    var late = new Ear();
    put(late, channels("a"));

    now += PATIENCE - 1;
    assertThat(feed.tick(now)).isEmpty();
    now += 1;
    assertThat(feed.tick(now)).containsExactly(late);

    assertThat(feed.isEmpty()).isTrue();
    assertThat(said).last().isEqualTo("2 [] [] 0");
    feed.confirmed(2, now);
    assertThat(confirmed).isEmpty();
  }

  @Test
  void whoIsLateWithSeveralWordsLeavesOnce() {
    var late = new Ear();
    put(late, channels("a"));
    put(late, channels("a", "b"));
    now += PATIENCE;

    assertThat(feed.tick(now)).containsExactly(late);
  }

  @Test
  void namesAreBoundedAndGiveTheirRoomBack() {
    var ear = new Ear();
    String large = "x".repeat(500);
    assertThat(put(ear, channels(large))).isTrue();
    assertThat(put(new Ear(), channels(large))).isTrue(); // the same name
    var third = new Ear();
    assertThat(put(third, channels("y".repeat(500)))).isFalse();
    assertThat(feed.has(third)).isFalse();
    assertThat(feed.nameBytes()).isEqualTo(532);

    assertThat(put(ear, channels("a", "b"))).isTrue();

    assertThat(feed.nameBytes()).isEqualTo(532 + 66);
    feed.ears().forEach(each -> feed.leave(each, now));
    assertThat(feed.nameBytes()).isZero();
  }

  @Test
  void eachStreamHearsWhatItWantsAndNothingElse() {
    var channel = new Ear();
    var pattern = new Ear();
    var both = new Ear();
    put(channel, channels("abc"));
    put(pattern, new Interest(Set.of(), Set.of(Bytes.utf8("a*"), Bytes.utf8("*c")), false));
    put(both, new Interest(Set.of(Bytes.utf8("abc")), Set.of(Bytes.utf8("x")), true));

    feed.give(new EventTraffic.Said(Bytes.utf8("abc"), Bytes.EMPTY));
    feed.give(new EventTraffic.Said(Bytes.utf8("axx"), Bytes.EMPTY));
    feed.give(new EventTraffic.Ran(1, "", List.of(Bytes.utf8("GET"))));

    assertThat(List.of(channel.heard, pattern.heard, both.heard)).containsExactly(1, 3, 2);
    put(both, channels());
    feed.give(new EventTraffic.Said(Bytes.utf8("abc"), Bytes.EMPTY));
    assertThat(both.heard).isEqualTo(2);
  }
}
