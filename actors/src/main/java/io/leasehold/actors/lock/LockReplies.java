package io.leasehold.actors.lock;

import io.leasehold.domain.lock.LockAnswer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Answers to requests of one connection, in the order in which they were decided. As many as one
 * step of a key's actor gave: one message instead of many. Not changed once it is sent.
 */
public final class LockReplies {
  private final @Nullable String node;
  private long[] sequences = new long[1];
  private LockAnswer[] answers = new LockAnswer[1];
  private int size;

  /**
   * @param node lock address of the node that answers, null if it has none
   */
  LockReplies(@Nullable String node) {
    this.node = node;
  }

  /** Where the lock protocol of the node that owns the key is spoken, null if nowhere. */
  public @Nullable String node() {
    return node;
  }

  void add(long sequence, LockAnswer answer) {
    if (size == sequences.length) {
      sequences = Arrays.copyOf(sequences, size * 4);
      answers = Arrays.copyOf(answers, size * 4);
    }
    sequences[size] = sequence;
    answers[size++] = answer;
  }

  /** One answer, for tests and single requests. */
  public static LockReplies of(long sequence, LockAnswer answer) {
    var replies = new LockReplies(null);
    replies.add(sequence, answer);
    return replies;
  }

  public int size() {
    return size;
  }

  public long sequence(int index) {
    return sequences[index];
  }

  public LockAnswer answer(int index) {
    return answers[index];
  }

  @Override
  public String toString() {
    var text = new StringBuilder("LockReplies[");
    for (int i = 0; i < size; i++) {
      text.append(i == 0 ? "" : ", ").append(sequences[i]).append(": ").append(answers[i]);
    }
    return text.append(']').toString();
  }
}
