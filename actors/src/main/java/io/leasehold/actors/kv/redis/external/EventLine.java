package io.leasehold.actors.kv.redis.external;

import io.leasehold.actors.kv.redis.InstanceEvents.Event;
import io.leasehold.actors.kv.redis.InstanceEvents.Listener;
import io.leasehold.actors.kv.redis.InstanceEvents.Message;
import io.leasehold.actors.kv.redis.InstanceEvents.PatternMessage;
import io.leasehold.actors.kv.redis.InstanceEvents.Shown;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Reply;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection that tells many streams what happens in an instance. It is made for the first of
 * them and closed behind the last; a topic is asked for once, however many want it. When the
 * connection breaks, all streams end. Safe for any thread; nothing blocks.
 */
final class EventLine {
  /** Names of channels and patterns with what goes with them, of all streams of an instance. */
  static final long MAX_NAME_BYTES = 1L << 20;

  /** Topics that a Redis may leave unanswered, so that one that says nothing is asked no more. */
  private static final int MAX_UNANSWERED = 10_000;

  /** Where its connections come from. */
  interface Source {
    /** A connection that nobody else has; fails if there is none to be had. */
    CompletionStage<Link> connect();

    /** A connection that was made is not needed any more. Told once of each. */
    void over();
  }

  /** Redis refused a topic, in its own words. */
  static final class Refused extends IOException {
    private static final long serialVersionUID = 1;

    Refused(String text) {
      super(text);
    }
  }

  /** A topic that was asked for, or given up, and what Redis says to it. */
  private record Asked(EventTopic topic, CompletableFuture<Void> answer) {}

  /** One connection, from the wish for it to its end. */
  private final class Round implements EventReader.Ear {
    final EventReader reader = new EventReader(maxReply, this);
    final ArrayDeque<Asked> unanswered = new ArrayDeque<>();
    @Nullable Link link;
    boolean ready;

    @Override
    public void ready() {
      isReady(this);
    }

    @Override
    public void said(Reply reply) {
      heard(this, reply);
    }

    @Override
    public void tooLarge() {
      end(this, "it told of something larger than " + maxReply + " bytes");
    }
  }

  private final Source source;
  private final Room room;
  private final long maxReply;
  private final Consumer<Listener> onEnd;
  private final Map<EventTopic, Set<Listener>> ears = new LinkedHashMap<>();
  private final IdentityHashMap<Listener, Set<EventTopic>> streams = new IdentityHashMap<>();
  private final Map<EventTopic, Asked> asked = new HashMap<>();
  private @Nullable Round round;
  private long nameBytes;

  /**
   * @param room of names, on all instances
   * @param maxReply bytes of one event
   * @param onEnd told of each stream that this ends, before the stream itself is
   */
  EventLine(Source source, Room room, long maxReply, Consumer<Listener> onEnd) {
    this.source = source;
    this.room = room;
    this.maxReply = maxReply;
    this.onEnd = onEnd;
  }

  synchronized boolean has(Listener ear) {
    return streams.containsKey(ear);
  }

  synchronized boolean isEmpty() {
    return streams.isEmpty();
  }

  /** Whether there is a connection. */
  synchronized boolean isOpen() {
    return round != null && round.ready;
  }

  /**
   * A stream listens for these from now on, and for nothing else.
   *
   * @param topics none = the stream leaves
   * @return done when Redis has confirmed all of them; fails if it does not, and then the stream
   *     has not left yet
   */
  CompletableFuture<Void> put(Listener ear, Set<EventTopic> topics) {
    if (topics.isEmpty()) {
      leave(ear);
      return CompletableFuture.completedFuture(null);
    }
    var waits = new ArrayList<CompletableFuture<Void>>();
    Round begun = null;
    synchronized (this) {
      Set<EventTopic> before = streams.put(ear, Set.copyOf(topics));
      var commands = new ArrayList<List<Bytes>>();
      for (EventTopic topic : topics) {
        String why = add(topic, ear, commands);
        if (why != null) {
          waits.clear();
          waits.add(CompletableFuture.failedFuture(new IOException(why)));
          break; // it leaves at once
        }
        Asked open = asked.get(topic);
        if (open != null) {
          waits.add(open.answer());
        }
      }
      forget(ear, before == null ? Set.of() : before, topics, commands);
      if (round == null) {
        round = new Round();
        begun = round;
      } else {
        send(round, commands);
      }
    }
    if (begun != null) {
      connect(begun);
    }
    return CompletableFuture.allOf(waits.toArray(CompletableFuture<?>[]::new));
  }

  /** Says why there is no room for it; null if there is. */
  private @Nullable String add(EventTopic topic, Listener ear, List<List<Bytes>> commands) {
    Set<Listener> of = ears.get(topic);
    if (of == null) {
      if (round != null && round.unanswered.size() >= MAX_UNANSWERED) {
        return "it has left " + MAX_UNANSWERED + " subscriptions unanswered";
      }
      if (nameBytes + topic.bytes() > MAX_NAME_BYTES || !room.take(1, topic.bytes())) {
        return "there are too many subscriptions";
      }
      nameBytes += topic.bytes();
      of = Collections.newSetFromMap(new IdentityHashMap<>());
      ears.put(topic, of);
      var fresh = new Asked(topic, new CompletableFuture<>());
      asked.put(topic, fresh);
      if (round != null && round.ready) {
        round.unanswered.add(fresh);
        commands.add(topic.begin());
      }
    }
    of.add(ear);
    return null;
  }

  /** Takes a stream out of what it wanted, except for what it wants still. */
  private void forget(
      Listener ear, Set<EventTopic> before, Set<EventTopic> kept, List<List<Bytes>> commands) {
    for (EventTopic topic : before) {
      Set<Listener> of = kept.contains(topic) ? null : ears.get(topic);
      if (of == null || !of.remove(ear) || !of.isEmpty()) {
        continue;
      }
      ears.remove(topic);
      asked.remove(topic);
      giveBack(topic);
      List<Bytes> end = topic.end();
      if (!end.isEmpty() && round != null && round.ready) {
        round.unanswered.add(new Asked(topic, new CompletableFuture<>()));
        commands.add(end);
      }
    }
  }

  private void giveBack(EventTopic topic) {
    nameBytes -= topic.bytes();
    room.give(1, topic.bytes());
  }

  private static void send(Round to, List<List<Bytes>> commands) {
    if (to.ready && !commands.isEmpty()) {
      to.reader.send(commands);
    }
  }

  /** A stream is over. */
  void leave(Listener ear) {
    Link idle = null;
    synchronized (this) {
      Set<EventTopic> before = streams.remove(ear);
      if (before == null) {
        return;
      }
      var commands = new ArrayList<List<Bytes>>();
      forget(ear, before, Set.of(), commands);
      if (!streams.isEmpty()) {
        if (round != null) {
          send(round, commands);
        }
      } else if (round != null) {
        idle = round.link;
        round = null; // a connection that is being made is closed when it is
      }
    }
    close(idle);
  }

  private void close(@Nullable Link link) {
    if (link != null) {
      link.close();
      source.over();
    }
  }

  private void connect(Round begun) {
    source
        .connect()
        .whenComplete(
            (link, failure) -> {
              if (link == null) {
                end(begun, Causes.text(failure));
                return;
              }
              boolean wanted;
              synchronized (this) {
                begun.link = link;
                wanted = round == begun;
              }
              if (wanted) {
                link.onEnd(gone -> end(begun, "the connection to the instance was lost"));
                link.handOver(begun.reader);
              } else {
                close(link);
              }
            });
  }

  private synchronized void isReady(Round of) {
    if (round != of) {
      return;
    }
    of.ready = true;
    var commands = new ArrayList<List<Bytes>>();
    for (EventTopic topic : ears.keySet()) {
      Asked open = asked.get(topic);
      if (open != null) {
        of.unanswered.add(open);
        commands.add(topic.begin());
      }
    }
    send(of, commands);
  }

  private void heard(Round by, Reply reply) {
    Asked answered = null;
    String refusal = null;
    synchronized (this) {
      if (round != by) {
        return;
      }
      Event event = eventOf(by, reply);
      if (event != null) {
        tell(event);
        return;
      }
      answered = by.unanswered.poll();
      if (reply instanceof Reply.Failure no) {
        refusal = no.text();
      }
      if (answered != null && asked.remove(answered.topic(), answered) && refusal != null) {
        ears.remove(answered.topic()); // whoever comes now asks anew
        giveBack(answered.topic());
      }
    }
    if (answered == null) {
      end(by, refusal == null ? "the instance said what nobody understands" : refusal);
    } else if (refusal == null) {
      answered.answer().complete(null);
    } else {
      answered.answer().completeExceptionally(new Refused(refusal));
    }
  }

  /** What a reply tells; null if it is an answer. */
  private static @Nullable Event eventOf(Round by, Reply reply) {
    if (reply instanceof Reply.Simple line) {
      return by.unanswered.isEmpty() ? new Shown(line.text()) : null;
    }
    if (!(reply instanceof Reply.Array array)) {
      return null;
    }
    List<Bytes> words = new ArrayList<>();
    for (Reply each : array.items()) {
      if (each instanceof Reply.Bulk word) {
        words.add(word.bytes());
      }
    }
    String kind = words.isEmpty() ? "" : words.get(0).text();
    if (kind.equals("message") && words.size() == 3) {
      return new Message(words.get(1), words.get(2));
    }
    return kind.equals("pmessage") && words.size() == 4
        ? new PatternMessage(words.get(1), words.get(2), words.get(3))
        : null;
  }

  private void tell(Event event) {
    EventTopic topic = EventTopic.MONITOR;
    if (event instanceof Message message) {
      topic = new EventTopic(EventTopic.Kind.CHANNEL, message.channel());
    } else if (event instanceof PatternMessage message) {
      topic = new EventTopic(EventTopic.Kind.PATTERN, message.pattern());
    }
    Set<Listener> hearing = ears.get(topic);
    if (hearing != null) { // else it was given up meanwhile
      hearing.forEach(ear -> ear.heard(event));
    }
  }

  /** Ends all streams. */
  void end(String why) {
    Round now;
    synchronized (this) {
      now = round;
    }
    if (now != null) {
      end(now, why);
    }
  }

  private void end(Round of, String why) {
    List<Listener> ended;
    List<Asked> open;
    Link link;
    synchronized (this) {
      if (round != of) {
        return;
      }
      round = null;
      link = of.link; // one that comes later is closed by who made it
      ended = List.copyOf(streams.keySet());
      open = List.copyOf(asked.values());
      room.give(ears.size(), nameBytes);
      nameBytes = 0;
      streams.clear();
      ears.clear();
      asked.clear();
    }
    close(link);
    open.forEach(each -> each.answer().completeExceptionally(new IOException(why)));
    ended.forEach(
        ear -> {
          onEnd.accept(ear);
          ear.ended(why);
        });
  }
}
