package io.leasehold.streams.lock;

import io.leasehold.domain.lock.LockAnswer;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which grants of a connection nobody will read: those that come after their request was answered
 * {@code unavailable}, and a second one for a wait that was confirmed while its answer was on the
 * way. They are to be given back. Remembers the last {@value #MAX} requests; the grant of an older
 * one ends with its ttl. Confined to its connection.
 */
final class LateGrants {
  private static final int MAX = 4_096;

  /**
   * @param token of the grant that was read, 0 = none
   */
  private record Answered(String key, long token) {}

  private final Map<Long, Answered> answered =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, Answered> eldest) {
          return size() > MAX;
        }
      };

  /** The request was answered without a grant: whatever is granted to it is late. */
  void expect(long sequence, String key) {
    answered.put(sequence, new Answered(key, 0));
  }

  /** The request has this answer: another grant would be one too many. */
  void expectAnother(long sequence, String key, LockAnswer answer) {
    long token = answer instanceof LockAnswer.Granted granted ? granted.token() : 0;
    answered.put(sequence, new Answered(key, token));
  }

  /** The key on which this answer is to be given back, null if it is not. */
  @Nullable String keyToGiveBack(long sequence, LockAnswer.Granted granted) {
    Answered before = answered.get(sequence);
    return before == null || before.token == granted.token() ? null : before.key;
  }
}
