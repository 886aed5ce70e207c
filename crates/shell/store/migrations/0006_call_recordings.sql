-- Recordings of calls. `length_us` is empty while one is being made; `cut` says that its end is missing.
CREATE TABLE call_recordings (
    id         TEXT   NOT NULL PRIMARY KEY,
    tenant     TEXT   NOT NULL,
    call       TEXT   NOT NULL,
    caller     TEXT,
    sides      TEXT   NOT NULL,
    why        TEXT,
    began      BIGINT NOT NULL,
    keep_until BIGINT,
    length_us  BIGINT,
    cut        BOOLEAN NOT NULL
);

CREATE INDEX call_recordings_by_call ON call_recordings (call);
