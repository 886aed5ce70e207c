-- A digest per algorithm, whichever of them a user is offered now: names with commas between them,
-- and all that have a digest where nothing is said.
ALTER TABLE users ADD COLUMN ha1_sha512_256 TEXT;
ALTER TABLE users ADD COLUMN offered TEXT;
