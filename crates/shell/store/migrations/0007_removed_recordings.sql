-- When the sound of a call's recording was removed because its time was up: the row stays as its trace.
ALTER TABLE call_recordings ADD COLUMN removed BIGINT;
