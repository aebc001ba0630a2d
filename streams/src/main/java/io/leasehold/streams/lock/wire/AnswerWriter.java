package io.leasehold.streams.lock.wire;

import io.leasehold.domain.lock.LockAnswer;
import io.leasehold.domain.lock.LockCapacity;
import io.leasehold.domain.lock.LockStats;
import io.leasehold.domain.lock.LockView;
import io.leasehold.domain.lock.Refusal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes answers as lines of JSON. The order of the members is part of the protocol's examples and
 * stays. No state; safe for any thread.
 */
public final class AnswerWriter {
  private static final byte[] END = ascii("}\n");
  private static final byte[] SUCCESS = ascii("{\"success\":true");
  private static final byte[] GRANTED = ascii("{\"success\":true,\"token\":");
  private static final byte[] REFUSED = ascii("{\"success\":false,\"reason\":\"");
  private static final byte[] ERROR = ascii("{\"success\":false,\"error\":");
  private static final byte[] TTL_MS = ascii(",\"ttl_ms\":");
  private static final byte[] PLAIN_SUCCESS = ascii("{\"success\":true}\n");

  /** What an answer counts as. */
  public enum Status {
    SUCCESS("success"),
    REFUSED("refused"),
    ERROR("error");

    private final String wire;

    Status(String wire) {
      this.wire = wire;
    }

    public String wire() {
      return wire;
    }
  }

  private AnswerWriter() {}

  /** Writes the answer to an operation on a key, and says what it counts as. */
  public static Status answer(LineBuffer out, LockAnswer answer, @Nullable RequestId id) {
    if (answer instanceof LockAnswer.Granted granted) {
      out.append(GRANTED);
      out.number(granted.token());
      out.append(TTL_MS);
      out.number(granted.ttlMillis());
      if (granted.waitedMillis() != LockAnswer.NO_WAIT) {
        out.ascii(",\"waited_ms\":");
        out.number(granted.waitedMillis());
      }
      count(out, granted.count());
      end(out, id);
      return Status.SUCCESS;
    }
    if (answer instanceof LockAnswer.Released released) {
      if (released.count() == 0 && id == null) {
        out.append(PLAIN_SUCCESS);
        return Status.SUCCESS;
      }
      out.append(SUCCESS);
      if (released.count() > 0) {
        out.ascii(",\"count\":");
        out.number(released.count());
      }
      end(out, id);
      return Status.SUCCESS;
    }
    if (answer instanceof LockAnswer.Refused refused) {
      refused(out, refused, id);
      return Status.REFUSED;
    }
    if (answer instanceof LockAnswer.Extended extended) {
      out.append(GRANTED);
      out.number(extended.token());
      out.append(TTL_MS);
      out.number(extended.ttlMillis());
      count(out, extended.count());
      end(out, id);
      return Status.SUCCESS;
    }
    if (answer instanceof LockAnswer.Exists || answer instanceof LockAnswer.WaitCancelled) {
      out.append(SUCCESS);
      end(out, id);
      return Status.SUCCESS;
    }
    if (answer instanceof LockAnswer.Verified verified) {
      out.append(SUCCESS);
      out.ascii(",\"owner\":");
      out.json(verified.owner());
      out.append(TTL_MS);
      out.number(verified.ttlMillis());
      end(out, id);
      return Status.SUCCESS;
    }
    if (answer instanceof LockAnswer.Inspected inspected) {
      out.append(SUCCESS);
      ViewWriter.inspect(out, inspected.view());
      end(out, id);
      return Status.SUCCESS;
    }
    if (answer instanceof LockAnswer.ForceReleased released) {
      out.append(SUCCESS);
      ViewWriter.released(out, released.leases());
      end(out, id);
      return Status.SUCCESS;
    }
    if (answer instanceof LockAnswer.LimitReached full) {
      limitReached(out, full, id);
      return Status.ERROR;
    }
    error(out, errorOf(answer), id);
    return Status.ERROR;
  }

  /**
   * The same, naming the node that owns the key: the client may connect there next time. Errors
   * name none.
   *
   * @param ownerNode {@code host:port} of its lock protocol, null = this one
   */
  public static Status answer(
      LineBuffer out, LockAnswer answer, @Nullable String ownerNode, @Nullable RequestId id) {
    if (ownerNode == null || id == null || errorCode(answer) != null) {
      return answer(out, answer, id);
    }
    Status status = answer(out, answer, null);
    out.dropLast(END.length);
    out.ascii(",\"owner_node\":");
    out.json(ownerNode);
    end(out, id);
    return status;
  }

  /** The one place where a broken or misused operation becomes an error of the wire. */
  static WireError errorOf(LockAnswer answer) {
    if (answer instanceof LockAnswer.Unavailable unavailable) {
      return WireError.unavailable(unavailable.reason(), unavailable.outcomeUnknown());
    }
    if (answer instanceof LockAnswer.Moved) {
      return WireError.unavailable("the key moves to another node", false);
    }
    if (answer instanceof LockAnswer.IdConflict) {
      return new WireError(ErrorCode.ID_CONFLICT, "id was used on this key with other members");
    }
    if (answer instanceof LockAnswer.AnonymousReentry) {
      return RequestReader.anonymousReentry();
    }
    throw new IllegalArgumentException(answer + " is no error");
  }

  /** The error an answer to an operation is, null if it is none. */
  public static @Nullable ErrorCode errorCode(LockAnswer answer) {
    if (answer instanceof LockAnswer.LimitReached full) {
      return codeOf(full);
    }
    boolean isError =
        answer instanceof LockAnswer.Unavailable
            || answer instanceof LockAnswer.Moved
            || answer instanceof LockAnswer.IdConflict
            || answer instanceof LockAnswer.AnonymousReentry;
    return isError ? errorOf(answer).code() : null;
  }

  public static void error(LineBuffer out, WireError error, @Nullable RequestId id) {
    out.append(ERROR);
    out.json(error.code().wire() + ": " + error.text());
    out.ascii(",\"code\":\"");
    out.ascii(error.code().wire());
    out.put('"');
    var outcome = error.outcome();
    if (outcome != null) {
      out.ascii(",\"outcome\":\"");
      out.ascii(outcome);
      out.put('"');
    }
    if (error.retryAfterMillis() > 0) {
      figure(out, "retry_after_ms", error.retryAfterMillis());
    }
    end(out, id);
  }

  /** An authentication that succeeded. */
  public static void authenticated(LineBuffer out, boolean admin, @Nullable RequestId id) {
    out.append(SUCCESS);
    out.ascii(admin ? ",\"admin\":true" : ",\"admin\":false");
    end(out, id);
  }

  /** The answer to a cancel that found its wait. */
  public static void cancelled(LineBuffer out, RequestId target, @Nullable RequestId id) {
    out.append(SUCCESS);
    out.ascii(",\"cancelled\":");
    id(out, target);
    end(out, id);
  }

  public static void ping(
      LineBuffer out, String version, String node, String durability, @Nullable RequestId id) {
    out.append(SUCCESS);
    out.ascii(",\"version\":");
    out.json(version);
    out.ascii(",\"protocol\":1,\"node\":");
    out.json(node);
    out.ascii(",\"durability\":");
    out.json(durability);
    end(out, id);
  }

  public static void stats(LineBuffer out, LockStats stats, @Nullable RequestId id) {
    out.append(SUCCESS);
    out.ascii(",\"data\":{\"TotalRequests\":");
    out.number(stats.totalRequests());
    figure(out, "ActiveLocks", stats.activeLocks());
    figure(out, "AcquireRequests", stats.acquireRequests());
    figure(out, "ReleaseRequests", stats.releaseRequests());
    figure(out, "ExistsRequests", stats.existsRequests());
    figure(out, "ExtendRequests", stats.extendRequests());
    figure(out, "StatsRequests", stats.statsRequests());
    figure(out, "RejectedRequests", stats.rejectedMaxLocks() + stats.rejectedMemory());
    figure(out, "Waiters", stats.waiters());
    figure(out, "ActiveConnections", stats.connections());
    figure(out, "UptimeSeconds", stats.uptimeSeconds());
    out.put('}');
    end(out, id);
  }

  /**
   * One page of held keys.
   *
   * @param cursor null on the last page
   */
  public static void list(
      LineBuffer out, List<LockView> locks, @Nullable String cursor, @Nullable RequestId id) {
    out.append(SUCCESS);
    ViewWriter.list(out, locks);
    if (cursor != null) {
      out.ascii(",\"cursor\":");
      out.json(cursor);
    }
    end(out, id);
  }

  /** The success of the convenience form. */
  public static void resourceGranted(
      LineBuffer out, String resource, String owner, LockAnswer.Granted granted) {
    out.append(SUCCESS);
    out.ascii(",\"resource\":");
    out.json(resource);
    out.ascii(",\"owner\":");
    out.json(owner);
    out.ascii(",\"token\":");
    out.number(granted.token());
    out.append(TTL_MS);
    out.number(granted.ttlMillis());
    end(out, null);
  }

  /** The refusal of the convenience form. */
  public static void resourceRefused(LineBuffer out, String resource, Refusal reason) {
    out.ascii("{\"success\":false,\"resource\":");
    out.json(resource);
    out.ascii(",\"reason\":\"");
    out.ascii(reason.wire());
    out.put('"');
    end(out, null);
  }

  private static void refused(LineBuffer out, LockAnswer.Refused refused, @Nullable RequestId id) {
    out.append(REFUSED);
    out.ascii(refused.reason().wire());
    out.put('"');
    var name = refused.reason().figureName();
    if (name != null) {
      figure(out, name, refused.figure());
    }
    end(out, id);
  }

  private static ErrorCode codeOf(LockAnswer.LimitReached full) {
    return full.limit() == LockCapacity.Limit.LOCKS
        ? ErrorCode.MAX_LOCKS_REACHED
        : ErrorCode.MEMORY_LIMIT_REACHED;
  }

  /** Two published texts, which stand alone: without a code in front. */
  private static void limitReached(
      LineBuffer out, LockAnswer.LimitReached full, @Nullable RequestId id) {
    boolean locks = full.limit() == LockCapacity.Limit.LOCKS;
    out.append(ERROR);
    out.ascii(locks ? "\"maximum locks limit reached: " : "\"maximum memory limit reached: ");
    out.number(full.used());
    out.put('/');
    out.number(full.max());
    out.ascii(locks ? "\"" : " MB\"");
    if (id != null) {
      out.ascii(",\"code\":\"");
      out.ascii(codeOf(full).wire());
      out.put('"');
    }
    end(out, id);
  }

  private static void count(LineBuffer out, int count) {
    if (count > 1) {
      out.ascii(",\"count\":");
      out.number(count);
    }
  }

  private static void figure(LineBuffer out, String name, long value) {
    out.ascii(",\"");
    out.ascii(name);
    out.ascii("\":");
    out.number(value);
  }

  static void end(LineBuffer out, @Nullable RequestId id) {
    if (id != null) {
      out.ascii(",\"id\":");
      id(out, id);
    }
    out.append(END);
  }

  private static void id(LineBuffer out, RequestId id) {
    if (id.isString()) {
      out.json(id.text());
    } else {
      out.ascii(id.text());
    }
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
