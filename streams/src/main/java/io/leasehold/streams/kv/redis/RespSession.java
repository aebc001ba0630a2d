package io.leasehold.streams.kv.redis;

import io.leasehold.actors.kv.redis.EmbeddedInstances;
import io.leasehold.domain.access.CommandRule;
import io.leasehold.domain.access.CommandTable;
import io.leasehold.domain.access.KeyRules;
import io.leasehold.domain.access.RateDecision;
import io.leasehold.domain.access.RatePolicy;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.redis.Replies;
import io.leasehold.domain.kv.redis.Reply;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * What the commands of one connection do: who it is, what it has begun, which of them go to its
 * instance. Where one has to wait for something, those behind it wait too. Confined to its stage.
 */
final class RespSession {
  /** Commands that are not answered. */
  static final int MAX_UNANSWERED = 1_024;

  /** Before somebody has shown a key. */
  private static final Set<String> OPEN = Set.of("AUTH", "HELLO", "QUIT", "RESET");

  private static final Set<String> WHILE_SUBSCRIBED =
      Set.of("SUBSCRIBE", "PSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "PING", "QUIT", "RESET");

  private static final Set<String> IN_TRANSACTION =
      Set.of("MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH", "QUIT", "RESET");

  /** It is only asked for where there is another. */
  private static final RateDecision NEVER_SEEN =
      RateDecision.refused(new RatePolicy(1, 1), 0, RateDecision.NEVER);

  /** How it tells its connection what it cannot do itself. */
  interface Connection extends RespSubscriptions.Sink {
    /** It is closed when all has been answered. */
    void quit();

    /** A key was shown, or taken back. */
    void keyed(boolean now);
  }

  private final RespDoor door;
  private final RespPeer peer;
  private final ReplyQueue replies;
  private final Executor stage;
  private final Connection connection;
  private final RespBatches batches;
  private final RespMulti multi;
  private final RespSubscriptions subscriptions;
  private final RespListening listening;
  private final RespGreeting greeting;
  private int protocol = 2;
  private long taken;
  private String last = "";
  private boolean waits;
  private boolean over;
  private @Nullable RespUser user;

  /**
   * @param stage runs things where this is confined to, and lets the connection go on then
   */
  RespSession(
      RespDoor door,
      RespBook book,
      RespPeer peer,
      ReplyQueue replies,
      Executor stage,
      Connection connection) {
    this.door = door;
    this.peer = peer;
    this.replies = replies;
    this.stage = stage;
    this.connection = connection;
    this.batches = new RespBatches(door, replies, stage);
    this.subscriptions =
        new RespSubscriptions(door.events(), stage, connection, door.rules().commandTimeout());
    this.listening = new RespListening(this, subscriptions, replies, peer);
    this.greeting = new RespGreeting(this, door, book, replies, peer);
    this.multi = new RespMulti(this, door, batches, replies, peer);
  }

  int protocol() {
    return protocol;
  }

  @Nullable RespUser user() {
    return user;
  }

  /** Whether another command may be taken. */
  boolean mayTake() {
    return !waits && !over && batches.hasRoom() && replies.unanswered() < MAX_UNANSWERED;
  }

  /** Whether all commands are answered. */
  boolean isIdle() {
    return replies.unanswered() == 0;
  }

  /** Whether nothing that was taken is left to be done, or waits for something. */
  boolean isResting() {
    return !waits && isIdle();
  }

  /** Whether a user who takes the place of this one may hear what this one listens to. */
  boolean mayKeepListening(RespUser next) {
    return listening.mayKeep(next);
  }

  /** Nothing more can be read: says why, behind all other replies, and ends. */
  void refuse(String text) {
    fail(replies.open(protocol), text);
    end();
  }

  /** Sends what was taken to its instance. */
  void flush() {
    batches.flush();
  }

  /** Takes a command; {@link #mayTake} has just said so. */
  void take(List<Bytes> command) {
    String name = name(command);
    last = name;
    taken++;
    ReplyQueue.Slot slot = replies.open(protocol);
    if (user == null && !OPEN.contains(name)) {
      fail(slot, "NOAUTH Authentication required.");
    } else if (protocol == 2 && subscriptions.count() > 0 && !WHILE_SUBSCRIBED.contains(name)) {
      fail(
          slot,
          "ERR Can't execute '"
              + name.toLowerCase(Locale.ROOT)
              + "': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in"
              + " this context");
    } else if (multi.isOpen() && !IN_TRANSACTION.contains(name)) {
      limited(slot, () -> multi.queue(name, command, slot));
    } else {
      begin(name, command, slot);
    }
  }

  /** How many commands it has taken. */
  long taken() {
    return taken;
  }

  /** The last of them, in upper case; empty before it. */
  String last() {
    return last;
  }

  /** In upper case; of a long one the begin, which is no command either. */
  private static String name(List<Bytes> command) {
    String text = command.get(0).text();
    return text.substring(0, Math.min(64, text.length())).toUpperCase(Locale.ROOT);
  }

  /** A text may quote what the client sent, but never ends the line it stands in. */
  void fail(ReplyQueue.Slot slot, String text) {
    replies.fill(slot, new Reply.Failure(text.replace('\r', ' ').replace('\n', ' ')));
  }

  private void begin(String name, List<Bytes> command, ReplyQueue.Slot slot) {
    switch (name) {
      case "AUTH" -> greeting.auth(command, slot);
      case "HELLO" -> greeting.hello(command, slot);
      case "CLIENT", "SELECT", "COMMAND", "CONFIG" ->
          limited(slot, () -> greeting.take(name, command, slot));
      case "QUIT" -> quit(slot);
      case "RESET" -> whenIdle(() -> reset(slot));
      case "MULTI", "EXEC", "DISCARD", "UNWATCH" -> multi.take(name, command, slot);
      case "WATCH" -> limited(slot, () -> multi.take(name, command, slot));
      case "SUBSCRIBE", "PSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "MONITOR" ->
          limited(slot, () -> listening.take(name, command, slot));
      case "PING" -> ping(command, slot);
      default -> limited(slot, () -> run(command, slot));
    }
  }

  /** One that listens cannot be told apart from what it is told, except by its form. */
  private void ping(List<Bytes> command, ReplyQueue.Slot slot) {
    if (protocol == 2 && subscriptions.count() > 0 && command.size() <= 2) {
      Bytes text = command.size() == 1 ? Bytes.EMPTY : command.get(1);
      Reply pong = Replies.array(List.of(Replies.bulk("pong"), Replies.bulk(text)));
      limited(slot, () -> replies.fill(slot, pong));
    } else {
      limited(slot, () -> run(command, slot));
    }
  }

  private void quit(ReplyQueue.Slot slot) {
    over = true;
    replies.fill(slot, Replies.OK);
    connection.quit();
  }

  private void reset(ReplyQueue.Slot slot) {
    multi.clear();
    subscriptions.close();
    peer.subscribed(0, 0);
    peer.named("");
    logIn(null);
    speak(2);
    replies.fill(slot, new Reply.Simple("RESET"));
  }

  /** Somebody has logged in, or out; what was begun at another instance is over. */
  void logIn(@Nullable RespUser next) {
    RespUser before = user;
    if (before != null && (next == null || !next.instance().id().equals(before.instance().id()))) {
      multi.clear();
      subscriptions.close();
      peer.subscribed(0, 0);
    }
    user = next;
    peer.loggedIn(next);
    connection.keyed(next != null);
  }

  void speak(int next) {
    protocol = next;
    peer.speaks(next);
  }

  /** Nothing is taken until {@link #goOn}. */
  void await() {
    batches.flush();
    waits = true;
  }

  void goOn() {
    waits = false;
  }

  /** Runs something when all that was taken before is answered; what follows waits for it. */
  void whenIdle(Runnable task) {
    await();
    batches.whenIdle(
        () -> {
          goOn();
          task.run();
        });
  }

  /** Runs something in the stage. */
  void later(Runnable task) {
    stage.execute(task);
  }

  /** Ends the connection when all has been answered. */
  void end() {
    over = true;
    connection.quit();
  }

  /** Goes on if the limit of the key allows it; else the reply says when to come again. */
  private void limited(ReplyQueue.Slot slot, Runnable next) {
    RespUser who = user;
    CompletionStage<RateDecision> decision =
        who == null ? null : door.limits().ofKey(who.grant(), 1);
    if (decision == null) {
      next.run();
      return;
    }
    var future = decision.toCompletableFuture();
    if (future.isDone() && !future.isCompletedExceptionally()) {
      decided(future.getNow(NEVER_SEEN), slot, next);
      return;
    }
    await();
    decision.whenComplete(
        (taken, failure) ->
            stage.execute(
                () -> {
                  goOn();
                  if (taken == null) {
                    fail(slot, "ERR internal error");
                  } else {
                    decided(taken, slot, next);
                  }
                }));
  }

  private void decided(RateDecision taken, ReplyQueue.Slot slot, Runnable next) {
    if (taken.admitted()) {
      next.run();
    } else {
      fail(slot, RespTexts.limited(taken));
    }
  }

  /** Why the user may not run a command, or nobody can here; null = it goes to the instance. */
  Reply.@Nullable Failure whyNot(RespUser who, List<Bytes> command) {
    CommandRule rule = CommandTable.find(command);
    if (rule == null) {
      return null; // unknown to the instance, which says so
    }
    String name = command.get(0).text();
    if (!rule.isAvailable(command)) {
      return new Reply.Failure(
          "ERR command '"
              + name.toLowerCase(Locale.ROOT)
              + "' is not available through the gateway");
    }
    return denied(who, KeyRules.check(who.grant(), command), name);
  }

  /** What a refused user is told, and the audit log with it; null = it is not refused. */
  Reply.@Nullable Failure denied(RespUser who, KeyRules.@Nullable Denied denied, String name) {
    if (denied == null) {
      return null;
    }
    String text = KeyRules.text(denied, name);
    door.denials().forbidden(who.grant(), "redis protocol", text);
    return new Reply.Failure(text);
  }

  private void run(List<Bytes> command, ReplyQueue.Slot slot) {
    RespUser who = user;
    Reply.Failure no = who == null ? null : whyNot(who, command);
    if (who == null || no != null) {
      fail(slot, no == null ? "NOAUTH Authentication required." : no.text());
      return;
    }
    if (KvOperation.Commands.weightOf(command) > EmbeddedInstances.MAX_WEIGHT) {
      fail(slot, tooLarge());
      return;
    }
    batches.add(target(who), command, slot);
  }

  String tooLarge() {
    return "ERR max request size exceeded. Limit: " + door.rules().maxCommand() + " bytes";
  }

  EmbeddedInstances.Target target(RespUser who) {
    return who.target("resp-" + peer.id(), peer.remote());
  }

  /** The connection is gone. */
  void close() {
    over = true;
    subscriptions.close();
  }
}
