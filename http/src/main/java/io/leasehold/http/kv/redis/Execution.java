package io.leasehold.http.kv.redis;

import io.leasehold.actors.kv.redis.EmbeddedInstances;
import io.leasehold.actors.kv.redis.EmbeddedInstances.Outcome;
import io.leasehold.actors.kv.redis.InstanceCommands;
import io.leasehold.domain.access.CommandRule;
import io.leasehold.domain.access.CommandTable;
import io.leasehold.domain.access.Denials;
import io.leasehold.domain.access.KeyGrant;
import io.leasehold.domain.access.KeyRules;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.redis.Reply;
import io.leasehold.domain.time.Clock;
import io.leasehold.http.access.RawCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.http.javadsl.model.HttpResponse;
import org.apache.pekko.util.ByteString;
import org.jspecify.annotations.Nullable;

/**
 * Runs commands whose key, instance and limit have been looked at: what the key may not do is
 * refused, the rest goes to the instance. Safe for any thread.
 */
final class Execution {
  private static final int OK = 200;
  private static final int BAD = 400;
  private static final int FORBIDDEN = 403;
  private static final int TOO_LARGE = 413;

  private final DataPlane.Setup setup;
  private final Denials denials;
  private final GatewayMeter meter;
  private final GatewayAnswers answers;
  private final Clock clock;

  /** Commands of a request that may go on. */
  record Work(
      InstanceCommands instance,
      KeyGrant grant,
      RawCall call,
      AnswerForm form,
      List<List<Bytes>> commands) {}

  Execution(
      DataPlane.Setup setup,
      Denials denials,
      GatewayMeter meter,
      GatewayAnswers answers,
      Clock clock) {
    this.answers = answers;
    this.setup = setup;
    this.denials = denials;
    this.meter = meter;
    this.clock = clock;
  }

  /** One command. Never fails its stage; throws what it is refused with before it is sent. */
  CompletionStage<HttpResponse> single(Work work) {
    List<Bytes> command = work.commands().get(0);
    GatewayRefusal no = whyNot(work, command);
    if (no != null) {
      throw no;
    }
    long started = clock.nanos();
    return work.instance()
        .run(command, setup.commandTimeout())
        .handle((outcome, failure) -> single(work, command, outcome, failure, started));
  }

  /** Its answer in one step: each one less that waits for an instance is felt. */
  private HttpResponse single(
      Work work,
      List<Bytes> command,
      @Nullable Outcome outcome,
      @Nullable Throwable failure,
      long started) {
    if (outcome == null) {
      return answers.failed(
          work.call(), failure == null ? new IllegalStateException("no outcome") : failure);
    }
    try {
      count(command, outcome, started);
      return answer(work.form(), outcome);
    } catch (RuntimeException e) {
      return answers.failed(work.call(), e);
    }
  }

  private HttpResponse answer(AnswerForm form, Outcome outcome) {
    if (!(outcome instanceof Outcome.Replied replied)) {
      throw refusal(outcome);
    }
    Reply reply = replied.reply();
    ByteString plain = ReplyWriter.plain(form, reply, setup.maxResponse());
    if (plain != null) {
      return GatewayAnswers.of(OK, form, plain);
    }
    var out = new ReplyWriter(form, setup.maxResponse());
    if (!out.write(reply)) {
      reply = new Reply.Failure(out.fullText());
      out.write(reply);
    }
    return GatewayAnswers.of(reply instanceof Reply.Failure ? BAD : OK, form, out.whole());
  }

  /** Commands in order; what is wrong with one of them is its own reply. */
  CompletionStage<HttpResponse> pipeline(Work work) {
    List<List<Bytes>> commands = work.commands();
    meter.batch(commands.size());
    var refused = new ArrayList<@Nullable GatewayRefusal>(commands.size());
    var runnable = new ArrayList<List<Bytes>>(commands.size());
    for (List<Bytes> command : commands) {
      GatewayRefusal no = whyNot(work, command);
      refused.add(no);
      if (no == null) {
        runnable.add(command);
      }
    }
    long started = clock.nanos();
    CompletionStage<HttpResponse> answer =
        work.instance()
            .pipeline(runnable, setup.batchTimeout())
            .thenApply(
                outcomes -> {
                  var replies = new ArrayList<Reply>(commands.size());
                  int next = 0;
                  for (int i = 0; i < commands.size(); i++) {
                    GatewayRefusal no = refused.get(i);
                    if (no != null) {
                      replies.add(new Reply.Failure(no.text()));
                    } else {
                      Outcome outcome = outcomes.get(next++);
                      count(commands.get(i), outcome, started);
                      replies.add(reply(outcome));
                    }
                  }
                  return batch(work.form(), replies);
                });
    return told(work, answer);
  }

  private CompletionStage<HttpResponse> told(Work work, CompletionStage<HttpResponse> answer) {
    return answer.exceptionally(failure -> answers.failed(work.call(), failure));
  }

  /** Commands as one, or none of them. */
  CompletionStage<HttpResponse> transaction(Work work) {
    List<List<Bytes>> commands = work.commands();
    meter.batch(commands.size());
    long bytes = 0;
    long weight = 0;
    for (int i = 0; i < commands.size(); i++) {
      GatewayRefusal no = whyNot(work, commands.get(i));
      if (no != null) {
        if (no.status() == TOO_LARGE) {
          throw no; // what holds it is too large as well
        }
        throw new GatewayRefusal(
            no.status() == FORBIDDEN ? FORBIDDEN : BAD,
            "EXECABORT Transaction discarded because of previous errors. (command "
                + (i + 1)
                + ": "
                + no.text()
                + ")");
      }
      bytes += bytesOf(commands.get(i));
      weight += KvOperation.Commands.weightOf(commands.get(i));
    }
    if (!work.instance().isExternal()
        && (bytes > setup.maxCommand() || weight > EmbeddedInstances.MAX_WEIGHT)) {
      throw GatewayRefusal.tooLarge(setup.maxCommand());
    }
    long started = clock.nanos();
    CompletionStage<HttpResponse> answer =
        work.instance()
            .transaction(commands, setup.batchTimeout())
            .thenApply(
                outcome -> {
                  if (outcome instanceof Outcome.Replied replied
                      && replied.reply() instanceof Reply.Array array) {
                    for (int i = 0; i < commands.size(); i++) {
                      Reply reply = array.items().get(i);
                      count(commands.get(i), new Outcome.Replied(reply), started);
                    }
                    return batch(work.form(), array.items());
                  }
                  commands.forEach(command -> count(command, outcome, started));
                  return answer(work.form(), outcome);
                });
    return told(work, answer);
  }

  private HttpResponse batch(AnswerForm form, List<Reply> replies) {
    var out = new ReplyWriter(form, setup.maxResponse());
    out.writeAll(replies);
    return GatewayAnswers.of(OK, form, out.whole());
  }

  private void count(List<Bytes> command, Outcome outcome, long startedNanos) {
    boolean failed =
        !(outcome instanceof Outcome.Replied replied) || replied.reply() instanceof Reply.Failure;
    meter.answered(command.get(0), failed, clock.nanos() - startedNanos);
  }

  /** Why a command does not go to its instance; null = it does. */
  private @Nullable GatewayRefusal whyNot(Work work, List<Bytes> command) {
    CommandRule rule = CommandTable.find(command);
    boolean external = work.instance().isExternal();
    String name = command.get(0).text();
    if (rule == null ? external && blocks(name) : !rule.isAvailable(command)) {
      return new GatewayRefusal(
          BAD,
          "ERR command '"
              + name.toLowerCase(Locale.ROOT)
              + "' is not available through the gateway");
    }
    // what is in no table is unknown to embedded instances, which say so; a Redis elsewhere may
    // have modules
    KeyRules.Denied denied =
        rule == null && !external ? null : KeyRules.check(work.grant(), rule, command);
    if (denied != null) {
      String text = KeyRules.text(denied, name);
      denials.forbidden(work.grant(), work.call().userAgent(), text);
      return new GatewayRefusal(FORBIDDEN, text);
    }
    boolean large =
        !external
            && (bytesOf(command) > setup.maxCommand()
                || KvOperation.Commands.weightOf(command) > EmbeddedInstances.MAX_WEIGHT);
    return large ? GatewayRefusal.tooLarge(setup.maxCommand()) : null;
  }

  /** Newer than the table, and it would hold up all others on its connection. */
  private static boolean blocks(String name) {
    return name.equalsIgnoreCase("waitaof");
  }

  private static long bytesOf(List<Bytes> command) {
    long bytes = 0;
    for (Bytes argument : command) {
      bytes += argument.size();
    }
    return bytes;
  }

  private static Reply reply(Outcome outcome) {
    return outcome instanceof Outcome.Replied replied
        ? replied.reply()
        : new Reply.Failure(refusal(outcome).text());
  }

  private static GatewayRefusal refusal(Outcome outcome) {
    if (outcome instanceof Outcome.Late late) {
      return new GatewayRefusal(
          504, "ERR timeout after " + late.waitedMillis() + " ms, the command may have run");
    }
    if (outcome instanceof Outcome.Lost) {
      return GatewayRefusal.lost();
    }
    var unavailable = (Outcome.Unavailable) outcome;
    return GatewayRefusal.unavailable(
        unavailable.cause() + (unavailable.mayHaveRun() ? ", the command may have run" : ""),
        unavailable.retryAfterSeconds());
  }
}
