package io.leasehold.http.access;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A request that is wrong as it stands. Thrown while it is read, and turned into an answer by the
 * door; what a rule of the store refuses is a value instead.
 */
public final class Refused extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final Answer.Problem problem;
  private final transient Map<String, Object> members;

  /** The message is for the client: it names the value, the bound and the reason. */
  public Refused(Answer.Problem problem, String message) {
    this(problem, message, Map.of());
  }

  /**
   * The same with more members of the body.
   *
   * @param members numbers and texts by name
   */
  public Refused(Answer.Problem problem, String message, Map<String, Object> members) {
    super(message, null, false, false);
    this.problem = problem;
    this.members = new LinkedHashMap<>(members);
  }

  public Answer.Problem problem() {
    return problem;
  }

  public String text() {
    return String.valueOf(getMessage());
  }

  public Map<String, Object> members() {
    return Collections.unmodifiableMap(members);
  }
}
