package io.leasehold.streams.kv.redis;

import io.leasehold.domain.access.KeyRules;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.Replies;
import io.leasehold.domain.kv.redis.Reply;
import java.io.ByteArrayOutputStream;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The commands of one connection that are about listening. Confined to its stage. */
final class RespListening {
  private final RespSession session;
  private final RespSubscriptions subscriptions;
  private final ReplyQueue replies;
  private final RespPeer peer;

  RespListening(
      RespSession session, RespSubscriptions subscriptions, ReplyQueue replies, RespPeer peer) {
    this.session = session;
    this.subscriptions = subscriptions;
    this.replies = replies;
    this.peer = peer;
  }

  /** (P)SUBSCRIBE, (P)UNSUBSCRIBE, MONITOR. */
  void take(String name, List<Bytes> command, ReplyQueue.Slot slot) {
    RespUser who = session.user();
    String lower = name.toLowerCase(Locale.ROOT);
    List<Bytes> names = command.subList(1, command.size());
    boolean isChannel = !name.startsWith("P");
    if (who == null) {
      session.fail(slot, "NOAUTH Authentication required.");
    } else if (name.equals("MONITOR")) {
      monitor(who, names, slot);
    } else if (name.endsWith("UNSUBSCRIBE")) {
      unsubscribe(who, lower, isChannel, names, slot);
    } else if (names.isEmpty()) {
      replies.fill(slot, RespAnswers.arity(lower));
    } else {
      subscribe(who, lower, isChannel, names, slot);
    }
  }

  /** Whether a user may hear all that is listened to. */
  boolean mayKeep(RespUser next) {
    List<Bytes> channels = subscriptions.names(true);
    List<Bytes> patterns = subscriptions.names(false);
    return (channels.isEmpty() || KeyRules.subscribe(next.grant(), false, channels) == null)
        && (patterns.isEmpty() || KeyRules.subscribe(next.grant(), true, patterns) == null)
        && (!subscriptions.isMonitor() || KeyRules.monitor(next.grant()) == null);
  }

  private void monitor(RespUser who, List<Bytes> rest, ReplyQueue.Slot slot) {
    Reply.Failure no =
        rest.isEmpty()
            ? session.denied(who, KeyRules.monitor(who.grant()), "monitor")
            : RespAnswers.arity("monitor");
    if (no != null) {
      replies.fill(slot, no);
      return;
    }
    session.await();
    subscriptions.monitor(
        who.instance().id(),
        why -> {
          if (goesOn(why, slot)) {
            replies.fill(slot, Replies.OK);
          }
        });
  }

  /** After a change: whether the connection goes on. */
  private boolean goesOn(@Nullable String why, ReplyQueue.Slot slot) {
    session.goOn();
    if (why != null) {
      session.fail(slot, "ERR instance unavailable: " + why);
      session.end(); // what it listened to before is lost too
    }
    return why == null;
  }

  private void subscribe(
      RespUser who, String kind, boolean isChannel, List<Bytes> names, ReplyQueue.Slot slot) {
    Reply.Failure no =
        session.denied(who, KeyRules.subscribe(who.grant(), !isChannel, names), kind);
    if (no == null && !subscriptions.mayAdd(names.size())) {
      no = new Reply.Failure("ERR too many subscriptions, at most " + RespSubscriptions.MAX_NAMES);
    }
    if (no != null) {
      replies.fill(slot, no);
      return;
    }
    session.await();
    subscriptions.add(
        who.instance().id(),
        isChannel,
        names,
        why -> {
          if (goesOn(why, slot)) {
            var out = new ByteArrayOutputStream();
            for (Bytes name : names) {
              int count = subscriptions.confirm(isChannel, name);
              out.writeBytes(confirmation(slot, kind, Replies.bulk(name), count));
            }
            peer.subscribed(subscriptions.channels(), subscriptions.patterns());
            replies.fill(slot, out.toByteArray());
          }
        });
  }

  private static byte[] confirmation(ReplyQueue.Slot slot, String kind, Reply name, int count) {
    return ReplyQueue.pushed(
        slot.protocol(), List.of(Replies.bulk(kind), name, Replies.number(count)));
  }

  private void unsubscribe(
      RespUser who, String kind, boolean isChannel, List<Bytes> wanted, ReplyQueue.Slot slot) {
    List<Bytes> names = wanted.isEmpty() ? subscriptions.names(isChannel) : wanted;
    var out = new ByteArrayOutputStream();
    for (Bytes name : names) {
      int left = subscriptions.remove(isChannel, name);
      out.writeBytes(confirmation(slot, kind, Replies.bulk(name), left));
    }
    if (names.isEmpty()) {
      out.writeBytes(confirmation(slot, kind, Replies.NIL, subscriptions.count()));
    }
    peer.subscribed(subscriptions.channels(), subscriptions.patterns());
    session.await();
    subscriptions.shrink(
        who.instance().id(),
        why -> {
          if (goesOn(why, slot)) {
            replies.fill(slot, out.toByteArray());
          }
        });
  }
}
