package io.leasehold.http.kv;

import io.leasehold.domain.kv.Fence;
import io.leasehold.http.access.Answer.Problem;
import io.leasehold.http.access.ApiCall;
import io.leasehold.http.access.Refused;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How the lock is named under which a request is made. */
final class Fences {
  /** Bytes of the key of a lock at most. */
  static final int MAX_LOCK_BYTES = 2_048;

  private Fences() {}

  static Fence of(String lock, long token) {
    checkedLock(lock);
    if (token < 1 || token > Fence.MAX_TOKEN) {
      throw new Refused(
          Problem.INVALID_FENCE, "token = " + token + ": must be 1 to " + Fence.MAX_TOKEN);
    }
    return new Fence(lock, token);
  }

  /** The key of a lock, if it can be one. */
  static String checkedLock(String lock) {
    int bytes = lock.getBytes(StandardCharsets.UTF_8).length;
    if (lock.isEmpty() || bytes > MAX_LOCK_BYTES || lock.indexOf(0) >= 0) {
      throw new Refused(
          Problem.INVALID_FENCE,
          "a lock key has 1 to " + MAX_LOCK_BYTES + " bytes and no U+0000, this one has " + bytes);
    }
    if (!Fields.isWellFormed(lock)) { // the mark would be another one once it is stored
      throw new Refused(Problem.INVALID_FENCE, "a lock key has no half of a surrogate pair");
    }
    return lock;
  }

  /** Of the header {@code If-Fence}; null without it. */
  static @Nullable Fence ofHeader(ApiCall call) {
    if (!call.isConditional()) {
      return null;
    }
    List<String> sent = call.headers("If-Fence");
    if (sent.isEmpty()) {
      return null;
    }
    if (sent.size() > 1 || sent.get(0).indexOf(',') >= 0) {
      throw new Refused(Problem.INVALID_FENCE, "If-Fence may be given once");
    }
    String text = sent.get(0).strip();
    int slash = text.lastIndexOf('/');
    String token = slash < 0 ? "" : text.substring(slash + 1);
    if (!token.matches("[1-9][0-9]{0,15}")) {
      throw new Refused(
          Problem.INVALID_FENCE, "If-Fence must be <lock key>/<token>, the token a decimal number");
    }
    return of(decoded(text.substring(0, slash)), Long.parseLong(token));
  }

  /** Of the header or of the body, not of both. */
  static @Nullable Fence of(ApiCall call, Fields body) {
    var header = ofHeader(call);
    var member = body.fence();
    if (header != null && member != null) {
      throw new Refused(Problem.INVALID_FENCE, "the fence is given twice: in header and body");
    }
    return header != null ? header : member;
  }

  private static String decoded(String text) {
    byte[] bytes = new byte[text.length()];
    int length = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 0x21 || c > 0x7e) {
        throw new Refused(
            Problem.INVALID_FENCE, "what is not visible ASCII must be percent-encoded in If-Fence");
      }
      if (c != '%') {
        bytes[length++] = (byte) c;
        continue;
      }
      int high = i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
      int low = i + 2 < text.length() ? Character.digit(text.charAt(i + 2), 16) : -1;
      if (high < 0 || low < 0) {
        throw new Refused(Problem.INVALID_FENCE, "a percent sign in If-Fence needs two hex digits");
      }
      bytes[length++] = (byte) (high << 4 | low);
      i += 2;
    }
    try {
      var buffer = ByteBuffer.wrap(bytes, 0, length);
      return StandardCharsets.UTF_8.newDecoder().decode(buffer).toString();
    } catch (CharacterCodingException e) {
      throw new Refused(Problem.INVALID_FENCE, "the lock key in If-Fence is not valid UTF-8");
    }
  }
}
