-- Nothing is tagged, and nobody reads events across journals in the order of their commits. What served
-- that is taken away, because every event paid for it: an index when it was written, and a look for its
-- tags when it was deleted.
ALTER TABLE event_tag DROP CONSTRAINT event_tag_event;
ALTER TABLE event_journal DROP CONSTRAINT event_journal_ordering_key;
