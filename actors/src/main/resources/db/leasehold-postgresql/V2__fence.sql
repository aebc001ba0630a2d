-- The fence between two writers of one journal is the primary key of its events: the second commit of
-- a number fails. But events before a snapshot are deleted, and with them their keys: a writer that
-- slept through all of it could write its next number unopposed. So whoever deletes raises a floor
-- first, and no event is taken at or below it.
CREATE TABLE leasehold_journal_floor (
  persistence_id VARCHAR(255) NOT NULL PRIMARY KEY,
  sequence_number BIGINT NOT NULL
);

CREATE FUNCTION leasehold_refuse_below_floor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- after the insert: a row that waited for a deletion of the same key sees the floor of that deletion
  IF EXISTS (
    SELECT 1 FROM written JOIN leasehold_journal_floor floor USING (persistence_id)
    WHERE written.sequence_number <= floor.sequence_number
  ) THEN
    RAISE EXCEPTION 'another writer has gone on with this journal' USING ERRCODE = 'unique_violation';
  END IF;
  RETURN NULL;
END $$;

CREATE TRIGGER leasehold_fence AFTER INSERT ON event_journal
  REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION leasehold_refuse_below_floor();
