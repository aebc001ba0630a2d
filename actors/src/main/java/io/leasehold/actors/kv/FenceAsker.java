package io.leasehold.actors.kv;

import io.leasehold.actors.lock.LockActor;
import io.leasehold.actors.lock.LockMessage;
import io.leasehold.actors.lock.LockReplies;
import io.leasehold.domain.kv.Fence;
import io.leasehold.domain.kv.KvMarks;
import io.leasehold.domain.lock.LockAnswer;
import io.leasehold.domain.lock.LockOperation;
import io.leasehold.domain.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/**
 * Asks locks whether tokens are those of live leases. Works with the same token share a question.
 * Confined to the actor of the shard.
 */
final class FenceAsker {
  static final long PATIENCE_NANOS = 2_000_000_000L;

  /** Is told once for each work. */
  interface Told {
    /**
     * The work may go on, or not.
     *
     * @param proof null = the lock did not answer
     * @param trouble why not
     */
    void told(GateWork work, KvMarks.@Nullable Proof proof, String trouble);
  }

  private record Question(Fence fence, long askedNanos, List<GateWork> works) {}

  private final Clock clock;
  private final ActorRef<LockMessage> locks;
  private final ActorRef<LockReplies> replyTo;

  /** By number, the oldest first. */
  private final Map<Long, Question> open = new LinkedHashMap<>();

  private final Map<Fence, Long> numbers = new LinkedHashMap<>();
  private long lastNumber;

  FenceAsker(Clock clock, ActorRef<LockMessage> locks, ActorRef<LockReplies> replyTo) {
    this.clock = clock;
    this.locks = locks;
    this.replyTo = replyTo;
  }

  void ask(Fence fence, GateWork work) {
    Long asked = numbers.get(fence);
    Question question = asked == null ? null : open.get(asked);
    if (question != null) {
      question.works.add(work);
      return;
    }
    long number = ++lastNumber;
    question = new Question(fence, clock.nanos(), new ArrayList<>());
    question.works.add(work);
    open.put(number, question);
    numbers.put(fence, number);
    send(number, fence);
  }

  private void send(long number, Fence fence) {
    var verify = new LockOperation.Verify(fence.token());
    locks.tell(
        new LockActor.Deliver(
            fence.lock(), List.of(new LockActor.Request(number, verify)), replyTo));
  }

  /** Takes answers. Those to questions that are not open any more are left aside. */
  void onReplies(LockReplies replies, Told told) {
    for (int i = 0; i < replies.size(); i++) {
      long number = replies.sequence(i);
      Question question = open.get(number);
      if (question == null) {
        continue;
      }
      LockAnswer answer = replies.answer(i);
      if (answer instanceof LockAnswer.Moved) {
        send(number, question.fence);
      } else if (answer instanceof LockAnswer.Verified) {
        close(number, question, KvMarks.Proof.LIVE, "", told);
      } else if (answer instanceof LockAnswer.Refused) {
        close(number, question, KvMarks.Proof.DEAD, "", told);
      } else {
        String why =
            answer instanceof LockAnswer.Unavailable unavailable ? unavailable.reason() : "";
        close(
            number,
            question,
            null,
            "lock " + question.fence.lock() + " is unavailable: " + why,
            told);
      }
    }
  }

  /** Ends the questions that have waited too long. */
  void expire(Told told) {
    long now = clock.nanos();
    var late = new ArrayList<Map.Entry<Long, Question>>();
    for (var each : open.entrySet()) {
      if (now - each.getValue().askedNanos < PATIENCE_NANOS) {
        break;
      }
      late.add(Map.entry(each.getKey(), each.getValue()));
    }
    for (var each : late) {
      String lock = each.getValue().fence.lock();
      close(
          each.getKey(),
          each.getValue(),
          null,
          "lock " + lock + " did not answer within 2000 ms",
          told);
    }
  }

  private void close(
      long number, Question question, KvMarks.@Nullable Proof proof, String trouble, Told told) {
    open.remove(number);
    numbers.remove(question.fence);
    for (int i = question.works.size() - 1; i >= 0; i--) {
      told.told(question.works.get(i), proof, trouble); // each is put before those after it
    }
  }

  /** Whoever waits has been told otherwise. */
  void clear() {
    open.clear();
    numbers.clear();
  }
}
