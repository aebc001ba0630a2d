package io.leasehold.streams.lock.wire;

import io.leasehold.domain.lock.LockOperation;
import io.leasehold.domain.lock.Mode;
import io.leasehold.domain.lock.Owners;
import org.jspecify.annotations.Nullable;

/**
 * Reads the requests of one connection, one after another. Reusable; not thread safe.
 *
 * <p>In steps, because the protocol fixes the order of its checks: {@link #read}, then the caller
 * looks at the API key, {@link #decodeAction}, then at draining, {@link #decodeMembers}. Each step
 * returns the first error, null if there is none.
 */
public final class RequestReader {
  static final int MAX_KEY_BYTES = 2_048;
  private static final int MAX_OWNER_BYTES = 512;
  private static final int MAX_METADATA_BYTES = 256;
  private static final int MAX_REASON_BYTES = 256;
  private static final int MAX_ID_BYTES = 128;
  private static final int MAX_LIMIT = 1 << 20;
  private static final int MAX_PAGE = 1_000;
  private static final int DEFAULT_PAGE = 100;
  private static final int SHOWN_HOLDERS = 1_000;
  private static final int SHOWN_WAITERS = 100;
  private static final long MAX_TTL_SECONDS = 86_400;
  private static final long MIN_TTL_MILLIS = 100;
  private static final long MAX_MILLIS = 86_400_000;
  private static final long MAX_EXACT = (1L << 53) - 1;

  private final MemberTable members;
  private final MemberRules rules;
  private final KvRequestReader kv;
  private @Nullable RequestId id;
  private Action action = Action.PING;
  private String key = "";
  private @Nullable LockOperation operation;
  private @Nullable RequestId target;
  private String prefix = "";
  private String cursor = "";
  private String reason = "";
  private int pageSize;
  private long ttlMillis;
  private String lastOwner = Owners.ANONYMOUS;

  /** Reads the lines of the lock port. */
  public RequestReader() {
    this(false);
  }

  private RequestReader(boolean resourceForKey) {
    members = new MemberTable(resourceForKey);
    rules = new MemberRules(members);
    kv = new KvRequestReader(members);
  }

  /** Reads bodies in which {@code resource} stands for the key, and {@code retry} for a wait. */
  public static RequestReader forResources() {
    return new RequestReader(true);
  }

  /** Looks at encoding, JSON and id. */
  public @Nullable WireError read(byte[] text, int from, int to) {
    id = null;
    WireError error = members.read(text, from, to);
    return error != null ? error : decodeId();
  }

  private @Nullable WireError decodeId() {
    if (members.isAbsent(Member.ID)) {
      return null;
    }
    if (members.isString(Member.ID)) {
      int bytes = members.utf8Length(Member.ID);
      if (bytes >= 1 && bytes <= MAX_ID_BYTES) {
        id = new RequestId(members.string(Member.ID), true);
        return null;
      }
    } else if (members.isInteger(Member.ID)) {
      long number = members.integer(Member.ID);
      if (number >= -MAX_EXACT && number <= MAX_EXACT) {
        id = new RequestId(Long.toString(number), false);
        return null;
      }
    }
    return new WireError(
        ErrorCode.INVALID_ID,
        "id must be a string of 1 to 128 bytes or an integer below 2^53 in size, got "
            + WireError.shown(members.raw(Member.ID)));
  }

  /** Of the last line, also after an error if it could be read; null without one. */
  public @Nullable RequestId id() {
    return id;
  }

  /** Whether the line brings an API key, be it valid or not. */
  public boolean hasApiKey() {
    return !members.isAbsent(Member.API_KEY);
  }

  /** Null if there is none, or if it is no string. */
  public @Nullable String apiKey() {
    return members.isString(Member.API_KEY) ? members.string(Member.API_KEY) : null;
  }

  public @Nullable WireError decodeAction() {
    if (members.isAbsent(Member.ACTION)) {
      return new WireError(ErrorCode.MISSING_ACTION, "action is required");
    }
    Action named = members.action();
    if (named == null) {
      String got =
          members.isString(Member.ACTION)
              ? members.string(Member.ACTION)
              : members.raw(Member.ACTION);
      return new WireError(
          ErrorCode.UNKNOWN_ACTION, "unknown action '" + WireError.shown(got) + "'");
    }
    action = named;
    return null;
  }

  public Action action() {
    return action;
  }

  /** For requests whose door fixes the action. */
  public void fixAction(Action fixed) {
    action = fixed;
  }

  /** Looks at the key, the ttl, and the other members of the action. */
  public @Nullable WireError decodeMembers() {
    operation = null;
    WireError error = action.needsKey() ? decodeKey() : null;
    if (error != null) {
      return error;
    }
    return switch (action) {
      case ACQUIRE -> acquire();
      case RELEASE -> release();
      case EXTEND -> extend();
      case VERIFY -> verify();
      case FORCE_RELEASE -> forceRelease();
      case CANCEL -> cancel();
      case LIST -> list();
      case EXISTS -> {
        operation = LockOperation.Exists.INSTANCE;
        yield null;
      }
      case INSPECT -> {
        operation = new LockOperation.Inspect(SHOWN_HOLDERS, SHOWN_WAITERS);
        yield null;
      }
      case STATS, PING, AUTH, KV_GET, KV_PUT, KV_DELETE, KV_LIST -> null;
    };
  }

  /** Reads the members of the actions on the store. */
  public KvRequestReader kv() {
    return kv;
  }

  public String key() {
    return key;
  }

  /** What is asked of the key; only for actions on a key. */
  public LockOperation operation() {
    if (operation == null) {
      throw new IllegalStateException(action + " is no operation on a key");
    }
    return operation;
  }

  /** Of a cancel: whose wait; null if its own id names it. */
  public @Nullable RequestId target() {
    return target;
  }

  public String prefix() {
    return prefix;
  }

  /** Of a list: as it came, empty for the first page. */
  public String cursor() {
    return cursor;
  }

  /** Of a release by force: why, for the record. */
  public String reason() {
    return reason;
  }

  public int pageSize() {
    return pageSize;
  }

  /**
   * Of a body with {@code resource}: how many retries it asks for, -1 if it has no {@code retry}.
   * Fills {@code error[0]} if {@code retry} is wrong.
   */
  public int retryAttempts(@Nullable WireError[] error) {
    return members.retryAttempts(error);
  }

  private @Nullable WireError decodeKey() {
    Member member = members.keyMember();
    if (members.isAbsent(member) || (members.isString(member) && members.utf8Length(member) == 0)) {
      return new WireError(
          ErrorCode.MISSING_KEY, (member == Member.KEY ? "key" : "resource") + " is required");
    }
    if (!members.isString(member)
        || members.utf8Length(member) > MAX_KEY_BYTES
        || members.string(member).indexOf('\0') >= 0) {
      return new WireError(
          ErrorCode.INVALID_KEY,
          "key must be a string of 1 to 2048 bytes without U+0000, got "
              + WireError.shown(members.raw(member)));
    }
    key = members.string(member);
    return null;
  }

  private @Nullable WireError decodeTtl() {
    boolean seconds = !members.isAbsent(Member.TTL);
    boolean millis = !members.isAbsent(Member.TTL_MS);
    if (seconds && millis) {
      return WireError.exclude("ttl and ttl_ms");
    }
    if (!seconds && !millis) {
      return new WireError(ErrorCode.INVALID_TTL, "ttl or ttl_ms is required");
    }
    Member member = seconds ? Member.TTL : Member.TTL_MS;
    long min = seconds ? 1 : MIN_TTL_MILLIS;
    long max = seconds ? MAX_TTL_SECONDS : MAX_MILLIS;
    if (!members.isIntegerFrom(member, min, max)) {
      return WireError.invalidTtl(member.wire(), min, max, members.raw(member));
    }
    ttlMillis = members.integer(member) * (seconds ? 1_000 : 1);
    return null;
  }

  private @Nullable WireError acquire() {
    WireError error = decodeTtl();
    error = error != null ? error : rules.ownerPart(Member.PID);
    error = error != null ? error : rules.ownerPart(Member.HOST);
    error = error != null ? error : rules.text(Member.OWNER, 1, MAX_OWNER_BYTES);
    error = error != null ? error : rules.unsupported(Member.SESSION);
    error = error != null ? error : rules.integer(Member.WAIT_MS, 0, MAX_MILLIS);
    error = error != null ? error : rules.integer(Member.LIMIT, 1, MAX_LIMIT);
    if (error != null) {
      return error;
    }
    int limit = (int) members.integerOr(Member.LIMIT, 1);
    error = rules.integer(Member.PERMITS, 1, limit);
    error = error != null ? error : rules.mode();
    error = error != null ? error : rules.bool(Member.REENTRANT);
    error = error != null ? error : rules.text(Member.METADATA, 0, MAX_METADATA_BYTES);
    error = error != null ? error : rules.unsupported(Member.EXPIRING_MS);
    if (error != null) {
      return error;
    }
    boolean shared = members.isText(Member.MODE, Mode.SHARED.wire());
    boolean reentrant = members.isTrue(Member.REENTRANT);
    if (shared && limit > 1) {
      return WireError.exclude("mode shared and limit " + limit);
    }
    if (reentrant && (shared || limit > 1)) {
      return WireError.exclude("reentrant and " + (shared ? "mode shared" : "limit " + limit));
    }
    String owner = owner();
    if (reentrant && Owners.isAnonymous(owner)) {
      return anonymousReentry();
    }
    operation =
        new LockOperation.Acquire(
            owner,
            ttlMillis,
            members.integerOr(Member.WAIT_MS, 0),
            limit,
            (int) members.integerOr(Member.PERMITS, 1),
            shared ? Mode.SHARED : Mode.EXCLUSIVE,
            reentrant,
            members.isAbsent(Member.METADATA) ? null : members.string(Member.METADATA),
            id == null ? null : id.canonical());
    return null;
  }

  static WireError anonymousReentry() {
    return new WireError(
        ErrorCode.INVALID_FIELD, "reentrant needs an owner, got the anonymous one");
  }

  private @Nullable WireError release() {
    WireError error = rules.text(Member.OWNER, 1, MAX_OWNER_BYTES);
    error = error != null ? error : rules.integer(Member.TOKEN, 1, MAX_EXACT);
    error = error != null ? error : rules.unsupported(Member.SESSION);
    if (error == null) {
      operation =
          new LockOperation.Release(
              members.isAbsent(Member.OWNER) ? null : ownerText(),
              members.integerOr(Member.TOKEN, 0),
              id == null ? null : id.canonical());
    }
    return error;
  }

  private @Nullable WireError extend() {
    WireError error = decodeTtl();
    error = error != null ? error : rules.text(Member.OWNER, 0, MAX_OWNER_BYTES);
    error = error != null ? error : rules.integer(Member.TOKEN, 1, MAX_EXACT);
    error = error != null ? error : rules.unsupported(Member.SESSION);
    if (error != null) {
      return error;
    }
    boolean hasOwner = !members.isAbsent(Member.OWNER);
    if (!hasOwner && members.isAbsent(Member.TOKEN)) {
      return WireError.missingField("owner");
    }
    operation =
        new LockOperation.Extend(
            hasOwner ? ownerText() : null, members.integerOr(Member.TOKEN, 0), ttlMillis);
    return null;
  }

  private @Nullable WireError verify() {
    WireError error = rules.integer(Member.TOKEN, 1, MAX_EXACT);
    if (error == null && members.isAbsent(Member.TOKEN)) {
      error = WireError.missingField("token");
    }
    if (error == null) {
      operation = new LockOperation.Verify(members.integer(Member.TOKEN));
    }
    return error;
  }

  private @Nullable WireError forceRelease() {
    WireError error = rules.integer(Member.TOKEN, 1, MAX_EXACT);
    if (error == null && members.isAbsent(Member.REASON)) {
      error = WireError.missingField("reason");
    }
    error = error != null ? error : rules.text(Member.REASON, 1, MAX_REASON_BYTES);
    if (error == null) {
      operation = new LockOperation.ForceRelease(members.integerOr(Member.TOKEN, 0));
      reason = members.string(Member.REASON);
    }
    return error;
  }

  private @Nullable WireError cancel() {
    target = null;
    if (members.isAbsent(Member.TARGET)) {
      return id == null ? WireError.missingField("target or id") : null;
    }
    if (members.isString(Member.TARGET)) {
      target = new RequestId(members.string(Member.TARGET), true);
    } else if (members.isInteger(Member.TARGET)) {
      target = new RequestId(Long.toString(members.integer(Member.TARGET)), false);
    } else {
      return WireError.invalidField(
          "target", "must be the id of a wait", members.raw(Member.TARGET));
    }
    return null;
  }

  private @Nullable WireError list() {
    WireError error = rules.text(Member.PREFIX, 0, MAX_KEY_BYTES);
    error = error != null ? error : rules.integer(Member.LIMIT, 1, MAX_PAGE);
    error = error != null ? error : rules.text(Member.CURSOR, 0, 4 * MAX_KEY_BYTES);
    prefix = members.isString(Member.PREFIX) ? members.string(Member.PREFIX) : "";
    cursor = members.isString(Member.CURSOR) ? members.string(Member.CURSOR) : "";
    pageSize = error == null ? (int) members.integerOr(Member.LIMIT, DEFAULT_PAGE) : 0;
    return error;
  }

  /** Of a cursor that was never handed out. */
  public WireError invalidCursor() {
    return WireError.invalidField("cursor", "must be one that list gave", cursor);
  }

  private String owner() {
    if (!members.isAbsent(Member.OWNER)) {
      return ownerText();
    }
    String pid = members.isAbsent(Member.PID) ? "" : members.stringOrDigits(Member.PID);
    String host = members.isAbsent(Member.HOST) ? "" : members.string(Member.HOST);
    return pid.isEmpty() && host.isEmpty() ? Owners.ANONYMOUS : pid + "@" + host;
  }

  /** A connection mostly names one owner: its text is made once. */
  private String ownerText() {
    if (!members.isText(Member.OWNER, lastOwner)) {
      lastOwner = members.string(Member.OWNER);
    }
    return lastOwner;
  }
}
