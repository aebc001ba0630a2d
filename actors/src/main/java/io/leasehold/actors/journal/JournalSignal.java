package io.leasehold.actors.journal;

import org.apache.pekko.actor.NoSerializationVerificationNeeded;

/**
 * What a writer tells the owner of its gate. The owner hands it to {@link
 * GroupCommitJournal#onSignal} and looks no further.
 *
 * @param <C> one change
 */
public interface JournalSignal<C> extends NoSerializationVerificationNeeded {}
