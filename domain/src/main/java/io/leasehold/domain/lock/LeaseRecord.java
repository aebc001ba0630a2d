package io.leasehold.domain.lock;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is stored of a live lease: enough to keep it over a restart. Immutable.
 *
 * @param request as it was granted; its ttl and id tell a repeat from a conflict
 * @param ttlMillis length given last, by the grant or by an extension; a re-entry only adds to it
 * @param wallDeadlineMillis wall clock of the last decision + ttl
 * @param count 1 plus the re-entries
 * @param reentryIds ids of re-entries, newest last, at most {@value #MAX_REENTRY_IDS}
 * @param releaseIds ids of re-entrant releases, newest last, at most {@value #MAX_RELEASE_IDS}
 */
public record LeaseRecord(
    long token,
    LockOperation.Acquire request,
    long ttlMillis,
    long wallDeadlineMillis,
    int count,
    List<String> reentryIds,
    List<String> releaseIds) {

  /** As many as there can be re-entries open at once. */
  public static final int MAX_REENTRY_IDS = 255;

  public static final int MAX_RELEASE_IDS = 16;

  static LeaseRecord ofGrant(long token, LockOperation.Acquire request, long wallDeadlineMillis) {
    return new LeaseRecord(
        token, request, request.ttlMillis(), wallDeadlineMillis, 1, List.of(), List.of());
  }

  /** This lease after {@code change}. */
  public LeaseRecord after(LockChange.Updated change) {
    return new LeaseRecord(
        token,
        request,
        change.ttlMillis(),
        change.wallDeadlineMillis(),
        change.count(),
        append(reentryIds, change.reentryId(), MAX_REENTRY_IDS),
        append(releaseIds, change.releaseId(), MAX_RELEASE_IDS));
  }

  /** {@code ids} with {@code id} at the end and the oldest dropped beyond {@code max}. */
  static List<String> append(List<String> ids, @Nullable String id, int max) {
    if (id == null) {
      return ids;
    }
    var next = new ArrayList<>(ids.size() < max ? ids : ids.subList(1, ids.size()));
    next.add(id);
    return List.copyOf(next);
  }
}
