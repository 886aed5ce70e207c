-- What callers were told or asked, and what they answered: proof, never changed.
CREATE TABLE consents (
    tenant   TEXT   NOT NULL,
    call     TEXT   NOT NULL,
    caller   TEXT,
    kind     TEXT   NOT NULL,
    wording  TEXT   NOT NULL,
    language TEXT   NOT NULL,
    answer   TEXT   NOT NULL,
    at       BIGINT NOT NULL
);
CREATE INDEX consents_by_call ON consents (call);
CREATE INDEX consents_by_caller ON consents (tenant, caller, at);

-- The language a caller chose last.
CREATE TABLE callers (
    tenant   TEXT   NOT NULL,
    caller   TEXT   NOT NULL,
    language TEXT   NOT NULL,
    chosen   BIGINT NOT NULL,
    PRIMARY KEY (tenant, caller)
);
