package io.leasehold.domain.lock;

import org.jspecify.annotations.Nullable;

/**
 * A picture of one partition's journal on this node. Immutable.
 *
 * @param id of the partition's writer, such as {@code lock-3}
 * @param waiting operations at the gate, not yet in a group
 * @param inFlight changes of the group being committed, 0 = none
 * @param lastCommitMillis how long the last group commit took
 * @param inFlightMillis how long the commit under way has taken so far, 0 = none
 * @param downMillis for how long the writer has been unable to commit, 0 = it works
 * @param trouble why it is unable to, null if it works
 * @param groups committed since the start of this writer
 * @param changes committed since the start of this writer
 */
public record JournalView(
    String id,
    boolean recovered,
    int waiting,
    int inFlight,
    long lastCommitMillis,
    long inFlightMillis,
    long downMillis,
    @Nullable String trouble,
    long groups,
    long changes) {}
