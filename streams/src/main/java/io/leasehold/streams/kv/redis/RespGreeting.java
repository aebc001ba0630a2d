package io.leasehold.streams.kv.redis;

import io.leasehold.domain.access.KeyRules;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.redis.RedisNumbers;
import io.leasehold.domain.kv.redis.Replies;
import io.leasehold.domain.kv.redis.Reply;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The commands of one connection that are about itself: who it is, what it is called, which
 * protocol it speaks. Confined to its stage.
 */
final class RespGreeting {
  private static final int MAX_NAME = 256;
  private static final String SYNTAX = "ERR syntax error";
  private static final String DEFAULT_USER = "default";
  private static final String NOT_LOGGED_IN =
      "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO"
          + " <proto> AUTH <user> <pass> option can be used to authenticate the client and select"
          + " the RESP protocol version at the same time";

  private final RespSession session;
  private final RespDoor door;
  private final RespBook book;
  private final ReplyQueue replies;
  private final RespPeer peer;
  private final RespLogin login;

  RespGreeting(
      RespSession session, RespDoor door, RespBook book, ReplyQueue replies, RespPeer peer) {
    this.session = session;
    this.door = door;
    this.book = book;
    this.replies = replies;
    this.peer = peer;
    this.login = door.login();
  }

  void auth(List<Bytes> command, ReplyQueue.Slot slot) {
    if (command.size() < 2) {
      replies.fill(slot, RespAnswers.arity("auth"));
    } else if (command.size() > 3) {
      session.fail(slot, SYNTAX);
    } else {
      logIn(
          command.size() == 3 ? command.get(1) : null,
          command.get(command.size() - 1),
          slot,
          () -> replies.fill(slot, Replies.OK));
    }
  }

  /** The last user stays if this one is none. */
  private void logIn(@Nullable Bytes user, Bytes token, ReplyQueue.Slot slot, Runnable andThen) {
    String name = user == null ? DEFAULT_USER : user.text();
    session.await();
    login
        .check(name.equals(DEFAULT_USER) ? null : name, token.text(), peer.address())
        .exceptionally(failure -> new RespLogin.Refused("ERR internal error"))
        .thenAccept(
            outcome ->
                session.later(
                    () -> {
                      session.goOn();
                      if (outcome instanceof RespLogin.In in) {
                        session.logIn(in.user());
                        andThen.run();
                      } else {
                        session.fail(slot, ((RespLogin.Refused) outcome).text());
                      }
                    }));
  }

  void hello(List<Bytes> command, ReplyQueue.Slot slot) {
    int wanted = session.protocol();
    if (command.size() > 1) {
      Long number = RedisNumbers.integer(command.get(1));
      if (number == null) {
        session.fail(slot, "ERR Protocol version is not an integer or out of range");
        return;
      }
      if (number < 2 || number > 3) {
        session.fail(slot, "NOPROTO unsupported protocol version");
        return;
      }
      wanted = number.intValue();
    }
    Bytes user = null;
    Bytes token = null;
    String called = null;
    for (int i = 2; i < command.size(); i++) {
      String option = command.get(i).text().toUpperCase(Locale.ROOT);
      if (option.equals("AUTH") && i + 2 < command.size()) {
        user = command.get(i + 1);
        token = command.get(i + 2);
        i += 2;
      } else if (option.equals("SETNAME") && i + 1 < command.size()) {
        called = command.get(++i).text();
        if (!isName(called)) {
          session.fail(slot, badName());
          return;
        }
      } else {
        session.fail(
            slot,
            "ERR Syntax error in HELLO option '"
                + command.get(i).text().replace('\r', ' ').replace('\n', ' ')
                + "'");
        return;
      }
    }
    int protocol = wanted;
    String name = called;
    if (token != null) {
      logIn(user, token, slot, () -> greet(protocol, name, slot));
    } else if (session.user() == null) {
      session.fail(slot, NOT_LOGGED_IN);
    } else {
      greet(protocol, name, slot);
    }
  }

  private void greet(int protocol, @Nullable String name, ReplyQueue.Slot slot) {
    session.speak(protocol);
    if (name != null) {
      peer.named(name);
    }
    replies.fill(slot, ReplyQueue.encoded(protocol, RespAnswers.hello(protocol, peer.id())));
  }

  private static boolean isName(String name) {
    return name.length() <= MAX_NAME && name.chars().allMatch(c -> c > ' ' && c < 127);
  }

  private static String badName() {
    return "ERR Client names cannot contain spaces, newlines or special characters.";
  }

  /** CLIENT, SELECT, COMMAND, CONFIG. */
  void take(String name, List<Bytes> command, ReplyQueue.Slot slot) {
    switch (name) {
      case "CLIENT" -> replies.fill(slot, client(command));
      case "SELECT" -> replies.fill(slot, select(command));
      case "CONFIG" -> replies.fill(slot, config(command));
      default -> replies.fill(slot, RespAnswers.command(command));
    }
  }

  private static Reply select(List<Bytes> command) {
    if (command.size() != 2) {
      return RespAnswers.arity("select");
    }
    Long index = RedisNumbers.integer(command.get(1));
    if (index == null) {
      return new Reply.Failure("ERR value is not an integer or out of range");
    }
    return index == 0 ? Replies.OK : new Reply.Failure("ERR DB index is out of range");
  }

  private Reply client(List<Bytes> command) {
    if (command.size() < 2) {
      return RespAnswers.arity("client");
    }
    String sub = command.get(1).text().toUpperCase(Locale.ROOT);
    int wanted =
        switch (sub) {
          case "ID", "GETNAME" -> 2;
          case "SETNAME" -> 3;
          case "SETINFO" -> 4;
          default -> command.size();
        };
    if (command.size() != wanted) {
      return RespAnswers.arity("client|" + sub.toLowerCase(Locale.ROOT));
    }
    return switch (sub) {
      case "ID" -> Replies.number(peer.id());
      case "GETNAME" -> peer.name().isEmpty() ? Replies.NIL : Replies.bulk(peer.name());
      case "SETNAME" -> named(command.get(2).text());
      case "SETINFO" -> info(command.get(2).text(), command.get(3).text());
      case "LIST" -> list(command);
      default -> RespAnswers.subcommand("CLIENT", command.get(1));
    };
  }

  private Reply named(String name) {
    if (!isName(name)) {
      return new Reply.Failure(badName());
    }
    peer.named(name);
    return Replies.OK;
  }

  /** What a library says of itself, which nobody is shown. */
  private static Reply info(String what, String value) {
    String option = what.toUpperCase(Locale.ROOT);
    if (!option.equals("LIB-NAME") && !option.equals("LIB-VER")) {
      return new Reply.Failure("ERR Unrecognized option '" + (isName(what) ? what : "?") + "'");
    }
    return isName(value)
        ? Replies.OK
        : new Reply.Failure(
            "ERR "
                + option.toLowerCase(Locale.ROOT)
                + " cannot contain spaces, newlines or special characters.");
  }

  /** The connections at the same instance, on this node. */
  private Reply list(List<Bytes> command) {
    RespUser who = session.user();
    if (who == null || command.size() != 2) {
      return new Reply.Failure(SYNTAX);
    }
    Reply.Failure no = session.denied(who, KeyRules.check(who.grant(), command), "client");
    if (no != null) {
      return no;
    }
    long now = door.clock().nanos();
    var lines = new StringBuilder();
    for (RespPeer each : book.at(who.instance().id())) {
      lines.append(each.line(now)).append('\n');
    }
    return Replies.bulk(lines.toString());
  }

  private Reply config(List<Bytes> command) {
    RespUser who = session.user();
    if (who == null || command.size() < 2) {
      return RespAnswers.arity("config");
    }
    Reply.Failure no = session.denied(who, KeyRules.check(who.grant(), command), "config");
    if (no != null) {
      return no;
    }
    if (!command.get(1).text().equalsIgnoreCase("GET")) {
      return RespAnswers.subcommand("CONFIG", command.get(1));
    }
    return command.size() < 3
        ? RespAnswers.arity("config|get")
        : RespAnswers.config(
            command.subList(2, command.size()), who.instance().maxMemory(), door.rules().durable());
  }
}
