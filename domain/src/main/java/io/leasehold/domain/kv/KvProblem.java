package io.leasehold.domain.kv;

import java.util.Locale;

/**
 * Everything that can be wrong with a request to the store, under the code by which programs know
 * it at every door.
 */
public enum KvProblem {
  INVALID_JSON(400, "Invalid JSON request"),
  INVALID_REQUEST(400, "Invalid request"),
  MISSING_KEY(400, "Missing key"),
  INVALID_KEY(400, "Invalid key"),
  KEY_TOO_LONG(400, "Key too long"),
  MISSING_VALUE(400, "Missing value"),
  INVALID_VALUE(400, "Invalid value"),
  INVALID_TTL(400, "Invalid TTL"),
  INVALID_METADATA(400, "Invalid metadata"),
  INVALID_CURSOR(400, "Invalid cursor"),
  INVALID_POSITION(400, "Invalid position"),
  INVALID_PRECONDITION(400, "Invalid precondition"),
  INVALID_FENCE(400, "Invalid fence"),
  CROSS_SHARD(400, "Keys of several shards"),
  AUTH_FAILED(401, "Authentication failed"),
  FORBIDDEN(403, "Forbidden"),
  NOT_FOUND(404, "Not found"),
  NO_SUCH_ROUTE(404, "No such route"),
  METHOD_NOT_ALLOWED(405, "Method not allowed"),
  STALE_FENCE(409, "Stale fencing token"),
  UNKNOWN_FENCE(409, "Unknown fencing token"),
  CAS_MISMATCH(409, "Compare-and-set mismatch"),
  TRANSACTION_CONFLICT(409, "Transaction conflict"),
  NOT_AN_INTEGER(409, "Not an integer"),
  OVERFLOW(409, "Integer overflow"),
  PRECONDITION_FAILED(412, "Precondition failed"),
  VALUE_TOO_LARGE(413, "Value too large"),
  METADATA_TOO_LARGE(413, "Metadata too large"),
  BODY_TOO_LARGE(413, "Body too large"),
  RESPONSE_TOO_LARGE(413, "Response too large"),
  BAD_BACKUP(422, "Bad backup"),
  RATE_LIMITED(429, "Rate limit exceeded"),
  INTERNAL(500, "Internal error"),
  UNAVAILABLE(503, "Unavailable"),
  OVERLOADED(503, "Overloaded"),
  WATCH_LIMIT(503, "Too many watchers"),
  DRAINING(503, "Draining"),
  STORAGE_FULL(507, "Storage full");

  private final String code = name().toLowerCase(Locale.ROOT);
  private final int status;
  private final String text;

  KvProblem(int status, String text) {
    this.status = status;
    this.text = text;
  }

  /** Its word on the wire. */
  public String code() {
    return code;
  }

  /** What a person reads: short, and always the same for one code. */
  public String text() {
    return text;
  }

  /** The status of RFC 9110 that says the same. */
  public int status() {
    return status;
  }
}
