-- Times are microseconds since 1970-01-01T00:00:00Z, lengths are microseconds, identities are the
-- 26 characters of a ULID, which sort by the time they were drawn.

-- One row per contact. Legs, stages and tags are JSON: they are read whole, with their call.
CREATE TABLE calls (
    uid         TEXT   NOT NULL PRIMARY KEY,
    tenant      TEXT,
    line        TEXT,
    flow        TEXT,
    version     TEXT,
    origin_kind TEXT   NOT NULL,
    origin      TEXT   NOT NULL,
    direction   TEXT   NOT NULL,
    caller      TEXT,
    called      TEXT   NOT NULL,
    started     BIGINT NOT NULL,
    ringing     BIGINT,
    answered    BIGINT,
    first_sound BIGINT,
    connected   BIGINT,
    ended       BIGINT NOT NULL,
    outcome     TEXT   NOT NULL,
    cause       BIGINT NOT NULL,
    status      BIGINT,
    ended_by    TEXT   NOT NULL,
    message     TEXT,
    tags        TEXT   NOT NULL,
    legs        TEXT   NOT NULL,
    stages      TEXT   NOT NULL
);
CREATE INDEX calls_by_start ON calls (started);
CREATE INDEX calls_by_tenant_and_start ON calls (tenant, started);

-- A row stays when its message is deleted; only the sound goes.
CREATE TABLE messages (
    id        TEXT    NOT NULL PRIMARY KEY,
    tenant    TEXT    NOT NULL,
    mailbox   TEXT    NOT NULL,
    call      TEXT    NOT NULL,
    recording TEXT    NOT NULL UNIQUE,
    caller    TEXT,
    left_at   BIGINT  NOT NULL,
    length    BIGINT  NOT NULL,
    urgent    BOOLEAN NOT NULL,
    heard     BIGINT,
    deleted   BIGINT
);
CREATE INDEX messages_by_mailbox ON messages (tenant, mailbox, left_at);

-- Recordings that were begun for a mailbox and are neither kept nor thrown away: after a crash
-- they become messages.
CREATE TABLE recordings (
    id      TEXT   NOT NULL PRIMARY KEY,
    tenant  TEXT   NOT NULL,
    mailbox TEXT   NOT NULL,
    call    TEXT   NOT NULL,
    caller  TEXT,
    began   BIGINT NOT NULL
);

-- Who may register a phone. `wrong_pins` counts attempts since the last right one.
CREATE TABLE users (
    tenant       TEXT   NOT NULL,
    name         TEXT   NOT NULL,
    realm        TEXT   NOT NULL,
    ha1_md5      TEXT,
    ha1_sha256   TEXT,
    pin          TEXT,
    wrong_pins   BIGINT NOT NULL DEFAULT 0,
    locked_until BIGINT,
    created      BIGINT NOT NULL,
    PRIMARY KEY (tenant, name),
    UNIQUE (realm, name)
);

-- How often a named counter rose, by the hour that began at `hour`.
CREATE TABLE counters (
    tenant TEXT   NOT NULL,
    name   TEXT   NOT NULL,
    hour   BIGINT NOT NULL,
    count  BIGINT NOT NULL,
    PRIMARY KEY (tenant, name, hour)
);

-- Rises with every change that a running engine must notice.
CREATE TABLE changes (
    topic   TEXT   NOT NULL PRIMARY KEY,
    version BIGINT NOT NULL
);
INSERT INTO changes (topic, version) VALUES ('users', 0);
