-- Nothing is tagged, and nobody reads events across journals in the order of their commits. What served
-- that is taken away, because every event paid for it: an index when it was written, and a look for its
-- tags when it was deleted.
-- Nodes that run meanwhile take the tables in this order, and are not to wait for long behind us.
SET LOCAL lock_timeout = '3s';
LOCK TABLE event_journal, event_tag IN ACCESS EXCLUSIVE MODE;
ALTER TABLE event_tag DROP CONSTRAINT event_tag_event;
ALTER TABLE event_journal DROP CONSTRAINT event_journal_ordering_key;
