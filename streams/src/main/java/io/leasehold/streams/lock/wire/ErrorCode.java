package io.leasehold.streams.lock.wire;

import io.leasehold.domain.kv.KvProblem;

/** Every error of the protocol: its word on the wire and its status over HTTP. */
public enum ErrorCode {
  LINE_TOO_LONG("line_too_long", 413),
  LINE_TIMEOUT("line_timeout", 408),
  INVALID_UTF8("invalid_utf8", 400),
  INVALID_JSON("invalid_json", 400),
  INVALID_REQUEST("invalid_request", 400),
  INVALID_ID("invalid_id", 400),
  DUPLICATE_ID("duplicate_id", 409),
  ID_CONFLICT("id_conflict", 409),
  AUTH_FAILED("auth_failed", 401),
  FORBIDDEN("forbidden", 403),
  MISSING_ACTION("missing_action", 400),
  UNKNOWN_ACTION("unknown_action", 400),
  MISSING_KEY("missing_key", 400),
  INVALID_KEY("invalid_key", 400),
  INVALID_TTL("invalid_ttl", 400),
  INVALID_FIELD("invalid_field", 400),
  MAX_LOCKS_REACHED("max_locks_reached", 429),
  MEMORY_LIMIT_REACHED("memory_limit_reached", 429),
  MAX_CONNECTIONS_REACHED("max_connections_reached", 503),
  UNSUPPORTED_OVER_HTTP("unsupported_over_http", 400),
  UNAVAILABLE("unavailable", 503),
  DRAINING("draining", 503),
  INTERNAL("internal", 500),
  NOT_FOUND("not_found", 404),
  METHOD_NOT_ALLOWED("method_not_allowed", 405),
  LENGTH_REQUIRED("length_required", 411),
  HEADERS_TOO_LARGE("headers_too_large", 431),
  FORBIDDEN_ORIGIN("forbidden_origin", 403),
  KEY_TOO_LONG(KvProblem.KEY_TOO_LONG),
  MISSING_VALUE(KvProblem.MISSING_VALUE),
  INVALID_VALUE(KvProblem.INVALID_VALUE),
  INVALID_METADATA(KvProblem.INVALID_METADATA),
  INVALID_CURSOR(KvProblem.INVALID_CURSOR),
  INVALID_PRECONDITION(KvProblem.INVALID_PRECONDITION),
  INVALID_FENCE(KvProblem.INVALID_FENCE),
  VALUE_TOO_LARGE(KvProblem.VALUE_TOO_LARGE),
  METADATA_TOO_LARGE(KvProblem.METADATA_TOO_LARGE),
  RATE_LIMITED(KvProblem.RATE_LIMITED),
  OVERLOADED(KvProblem.OVERLOADED),
  STORAGE_FULL(KvProblem.STORAGE_FULL);

  private final String wire;
  private final int httpStatus;

  ErrorCode(KvProblem problem) {
    this(problem.code(), problem.status());
  }

  ErrorCode(String wire, int httpStatus) {
    this.wire = wire;
    this.httpStatus = httpStatus;
  }

  public String wire() {
    return wire;
  }

  public int httpStatus() {
    return httpStatus;
  }
}
