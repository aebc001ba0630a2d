package io.leasehold.streams.lock.wire;

import io.leasehold.actors.kv.KvStore.Consistency;
import io.leasehold.actors.kv.KvStore.ListQuery;
import io.leasehold.domain.kv.Bytes;
import io.leasehold.domain.kv.Fence;
import io.leasehold.domain.kv.KvCursor;
import io.leasehold.domain.kv.KvEntry;
import io.leasehold.domain.kv.KvKeys;
import io.leasehold.domain.kv.KvOperation;
import io.leasehold.domain.kv.Precondition;
import io.leasehold.domain.kv.Ttl;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads the members of the actions on the store. Reusable; confined to the reader of its line.
 *
 * <p>Each step returns the first error, null if there is none.
 */
public final class KvRequestReader {
  private static final int MAX_VALUE_BYTES = 1 << 20;
  private static final int MAX_METADATA_ENTRIES = 64;
  private static final int MAX_METADATA_BYTES = 4_096;
  private static final int MAX_PAGE = 1_000;
  private static final int DEFAULT_PAGE = 100;
  private static final long MAX_VERSION = (1L << 53) - 1;
  private static final String ANY = "*";

  private final MemberTable members;
  private Bytes key = Bytes.EMPTY;
  private Bytes prefix = Bytes.EMPTY;
  private Consistency consistency = Consistency.CONSISTENT;
  private Precondition precondition = Precondition.NONE;
  private Ttl ttl = Ttl.NONE;
  private Map<String, String> metadata = Map.of();
  private Bytes value = Bytes.EMPTY;
  private @Nullable Fence fence;
  private @Nullable KvOperation operation;
  private @Nullable ListQuery listQuery;

  KvRequestReader(MemberTable members) {
    this.members = members;
  }

  /** Looks at what decides who may ask: the key or, of a list, the prefix. */
  public @Nullable WireError decodeScope(Action action) {
    return action == Action.KV_LIST ? decodePrefix() : decodeKey();
  }

  /** Looks at all other members; {@link #decodeScope} comes first. */
  public @Nullable WireError decodeRest(Action action) {
    operation = null;
    listQuery = null;
    return switch (action) {
      case KV_GET -> get();
      case KV_PUT -> put();
      case KV_DELETE -> delete();
      case KV_LIST -> list();
      default -> throw new IllegalArgumentException(action + " is no action on the store");
    };
  }

  /** The key or, of a list, the prefix. */
  public Bytes scope(Action action) {
    return action == Action.KV_LIST ? prefix : key;
  }

  public KvOperation operation() {
    if (operation == null) {
      throw new IllegalStateException("the request is no operation on a key");
    }
    return operation;
  }

  public ListQuery listQuery() {
    if (listQuery == null) {
      throw new IllegalStateException("the request is no list");
    }
    return listQuery;
  }

  public Consistency consistency() {
    return consistency;
  }

  private @Nullable WireError decodeKey() {
    if (members.isAbsent(Member.KEY)) {
      return new WireError(ErrorCode.MISSING_KEY, "key is required");
    }
    if (!members.isString(Member.KEY)) {
      return invalidKey("must be a string");
    }
    String text = members.string(Member.KEY);
    var fault = KvKeys.faultOf(text);
    if (fault != null) {
      return switch (fault) {
        case MISSING -> new WireError(ErrorCode.MISSING_KEY, "key is required");
        case TOO_LONG ->
            new WireError(
                ErrorCode.KEY_TOO_LONG,
                "key has "
                    + members.utf8Length(Member.KEY)
                    + " bytes, must have at most "
                    + KvKeys.MAX_BYTES);
        case INVALID -> invalidKey("must have no control characters and not be . or ..");
      };
    }
    key = Bytes.utf8(text);
    return null;
  }

  private WireError invalidKey(String rule) {
    return wrong(ErrorCode.INVALID_KEY, Member.KEY, rule);
  }

  private @Nullable WireError decodePrefix() {
    prefix = Bytes.EMPTY;
    if (members.isAbsent(Member.PREFIX)) {
      return null;
    }
    if (!members.isString(Member.PREFIX)) {
      return wrong(ErrorCode.INVALID_REQUEST, Member.PREFIX, "must be a string");
    }
    prefix = Bytes.of(members.bytes(Member.PREFIX));
    return null;
  }

  private @Nullable WireError get() {
    WireError error = decodePrecondition(false);
    error = error != null ? error : decodeFence();
    error = error != null ? error : decodeConsistency();
    if (error == null && fence != null && consistency == Consistency.STALE) {
      error =
          new WireError(
              ErrorCode.INVALID_REQUEST, "fence and consistency stale exclude each other");
    }
    if (error == null) {
      operation = new KvOperation.Get(key, precondition, fence);
    }
    return error;
  }

  private @Nullable WireError put() {
    consistency = Consistency.CONSISTENT;
    WireError error = decodeTtl();
    error = error != null ? error : decodeValue();
    error = error != null ? error : decodeMetadata();
    error = error != null ? error : decodePrecondition(true);
    error = error != null ? error : decodeFence();
    if (error == null) {
      operation = new KvOperation.Put(key, value, metadata, ttl, precondition, fence);
    }
    return error;
  }

  private @Nullable WireError delete() {
    consistency = Consistency.CONSISTENT;
    WireError error = decodePrecondition(false);
    error = error != null ? error : decodeFence();
    if (error == null) {
      operation = new KvOperation.Delete(key, precondition, fence);
    }
    return error;
  }

  private @Nullable WireError list() {
    if (!isFlag(Member.KEYS_ONLY)) {
      return wrong(ErrorCode.INVALID_REQUEST, Member.KEYS_ONLY, "must be true or false");
    }
    Bytes behind = null;
    if (!members.isAbsent(Member.CURSOR)) {
      behind =
          members.isString(Member.CURSOR)
              ? KvCursor.lastKey(members.string(Member.CURSOR), prefix)
              : null;
      if (behind == null) {
        return wrong(
            ErrorCode.INVALID_CURSOR, Member.CURSOR, "must be one that a list of this prefix gave");
      }
    }
    WireError error = decodeConsistency();
    if (error == null) {
      listQuery =
          new ListQuery(
              prefix,
              behind,
              pageSize(),
              WireError.MAX_LINE_BYTES,
              members.isTrue(Member.KEYS_ONLY),
              behind == null);
    }
    return error;
  }

  /** Whatever is no usable number is the default; more than the most is the most. */
  private int pageSize() {
    long limit = members.isInteger(Member.LIMIT) ? members.integer(Member.LIMIT) : 0;
    return limit <= 0 ? DEFAULT_PAGE : (int) Math.min(limit, MAX_PAGE);
  }

  private @Nullable WireError decodeTtl() {
    Member given = null;
    for (Member each : List.of(Member.TTL, Member.TTL_SECONDS, Member.TTL_MS)) {
      if (members.isAbsent(each)) {
        continue;
      }
      if (given != null) {
        return new WireError(
            ErrorCode.INVALID_TTL, given.wire() + " and " + each.wire() + " exclude each other");
      }
      given = each;
    }
    if (!isFlag(Member.KEEP_TTL)) {
      return wrong(ErrorCode.INVALID_TTL, Member.KEEP_TTL, "must be true or false");
    }
    boolean keeps = members.isTrue(Member.KEEP_TTL);
    long millis = 0;
    if (given != null) {
      long unit = given == Member.TTL_MS ? 1 : 1_000;
      if (!members.isIntegerFrom(given, 0, Ttl.MAX_MILLIS / unit)) {
        return WireError.invalidTtl(given.wire(), 0, Ttl.MAX_MILLIS / unit, members.raw(given));
      }
      millis = members.integer(given) * unit;
      if (keeps) {
        return new WireError(
            ErrorCode.INVALID_TTL, given.wire() + " and keep_ttl exclude each other");
      }
    }
    ttl = keeps ? Ttl.KEEP : millis == 0 ? Ttl.NONE : Ttl.after(millis);
    return null;
  }

  private @Nullable WireError decodeValue() {
    if (members.isAbsent(Member.VALUE)) {
      return new WireError(ErrorCode.MISSING_VALUE, "value is required");
    }
    if (!members.isString(Member.VALUE)) {
      return wrong(ErrorCode.INVALID_VALUE, Member.VALUE, "must be a string");
    }
    boolean base64 = members.isText(Member.ENCODING, "base64");
    if (!base64 && !members.isAbsent(Member.ENCODING)) {
      return wrong(ErrorCode.INVALID_VALUE, Member.ENCODING, "must be \"base64\" or absent");
    }
    byte[] bytes = members.bytes(Member.VALUE);
    if (base64) {
      try {
        bytes = Base64.getDecoder().decode(bytes);
      } catch (IllegalArgumentException e) {
        return wrong(ErrorCode.INVALID_VALUE, Member.VALUE, "must be base64 (RFC 4648, section 4)");
      }
    }
    if (bytes.length > MAX_VALUE_BYTES) {
      return new WireError(
          ErrorCode.VALUE_TOO_LARGE,
          "value has " + bytes.length + " bytes, must have at most " + MAX_VALUE_BYTES);
    }
    value = Bytes.of(bytes);
    return null;
  }

  private @Nullable WireError decodeMetadata() {
    metadata = Map.of();
    if (members.isAbsent(Member.METADATA)) {
      return null;
    }
    var named = new HashMap<String, String>();
    boolean[] onlyStrings = {true};
    boolean isObject =
        members.nested(
            Member.METADATA,
            (name, kind, text) -> {
              onlyStrings[0] &= isString(kind);
              named.put(name, text);
            });
    if (!isObject || !onlyStrings[0]) {
      return wrong(ErrorCode.INVALID_METADATA, Member.METADATA, "must be an object of strings");
    }
    int bytes = KvEntry.metadataBytes(named);
    if (named.size() > MAX_METADATA_ENTRIES || bytes > MAX_METADATA_BYTES) {
      return new WireError(
          ErrorCode.METADATA_TOO_LARGE,
          "metadata has "
              + named.size()
              + " entries of "
              + bytes
              + " bytes, must have at most "
              + MAX_METADATA_ENTRIES
              + " of "
              + MAX_METADATA_BYTES);
    }
    metadata = Map.copyOf(named);
    return null;
  }

  /**
   * Looks at {@code if_match} and, of a put, {@code if_none_match}. No version is 0, which stands
   * for any.
   */
  private @Nullable WireError decodePrecondition(boolean ofPut) {
    List<Long> ifMatch = List.of();
    if (members.isText(Member.IF_MATCH, ANY)) {
      ifMatch = Precondition.ANY;
    } else if (!members.isAbsent(Member.IF_MATCH)) {
      if (!members.isIntegerFrom(Member.IF_MATCH, 1, MAX_VERSION)) {
        return wrong(
            ErrorCode.INVALID_PRECONDITION,
            Member.IF_MATCH,
            "must be a version, an integer from 1 to " + MAX_VERSION + ", or \"*\"");
      }
      ifMatch = List.of(members.integer(Member.IF_MATCH));
    }
    List<Long> ifNoneMatch = List.of();
    if (ofPut) {
      if (!isFlag(Member.IF_NONE_MATCH)) {
        return wrong(ErrorCode.INVALID_PRECONDITION, Member.IF_NONE_MATCH, "must be true or false");
      }
      ifNoneMatch = members.isTrue(Member.IF_NONE_MATCH) ? Precondition.ANY : List.of();
    }
    boolean none = ifMatch.isEmpty() && ifNoneMatch.isEmpty();
    precondition = none ? Precondition.NONE : new Precondition(ifMatch, ifNoneMatch);
    return null;
  }

  private @Nullable WireError decodeFence() {
    fence = null;
    if (members.isAbsent(Member.FENCE)) {
      return null;
    }
    String[] lock = {""};
    long[] token = {0};
    boolean isObject =
        members.nested(
            Member.FENCE,
            (name, kind, text) -> {
              if (name.equals("lock")) {
                lock[0] = isString(kind) ? text : "";
              } else if (name.equals("token")) {
                token[0] = kind == JsonScanner.Kind.INTEGER ? tokenOf(text) : 0;
              }
            });
    if (!isObject || lock[0].isEmpty() || token[0] < 1 || token[0] > Fence.MAX_TOKEN) {
      return wrong(
          ErrorCode.INVALID_FENCE,
          Member.FENCE,
          "must have lock, a string that is not empty, and token, an integer from 1 to "
              + Fence.MAX_TOKEN);
    }
    boolean tooLong = lock[0].getBytes(StandardCharsets.UTF_8).length > RequestReader.MAX_KEY_BYTES;
    if (tooLong || lock[0].indexOf('\0') >= 0) { // a mark that no lock can ever move
      return wrong(
          ErrorCode.INVALID_FENCE,
          Member.FENCE,
          "must have a lock of at most " + RequestReader.MAX_KEY_BYTES + " bytes without U+0000");
    }
    fence = new Fence(lock[0], token[0]);
    return null;
  }

  /** 0 if it is longer than any token. */
  private static long tokenOf(String digits) {
    return digits.length() > 18 ? 0 : Long.parseLong(digits);
  }

  private @Nullable WireError decodeConsistency() {
    consistency = Consistency.CONSISTENT;
    if (members.isAbsent(Member.CONSISTENCY) || members.isText(Member.CONSISTENCY, "consistent")) {
      return null;
    }
    if (!members.isText(Member.CONSISTENCY, "stale")) {
      return wrong(
          ErrorCode.INVALID_REQUEST, Member.CONSISTENCY, "must be \"consistent\" or \"stale\"");
    }
    consistency = Consistency.STALE;
    return null;
  }

  /** Absent, true or false. */
  private boolean isFlag(Member member) {
    return members.isAbsent(member) || members.isTrue(member) || members.isFalse(member);
  }

  private static boolean isString(JsonScanner.Kind kind) {
    return kind == JsonScanner.Kind.STRING || kind == JsonScanner.Kind.ESCAPED_STRING;
  }

  private WireError wrong(ErrorCode code, Member member, String rule) {
    return new WireError(
        code, member.wire() + " " + rule + ", got " + WireError.shown(members.raw(member)));
  }
}
