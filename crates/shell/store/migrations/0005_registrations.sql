-- Where phones are reached, a row for each; `place` orders the phones of a user, the one that was
-- refreshed longest ago first. `path` holds a proxy per line.
CREATE TABLE registrations (
    tenant    TEXT   NOT NULL,
    name      TEXT   NOT NULL,
    place     BIGINT NOT NULL,
    contact   TEXT   NOT NULL,
    q         BIGINT NOT NULL,
    until     BIGINT NOT NULL,
    transport TEXT   NOT NULL,
    local     TEXT   NOT NULL,
    remote    TEXT   NOT NULL,
    instance  TEXT,
    reg_id    BIGINT,
    path      TEXT   NOT NULL,
    features  TEXT   NOT NULL,
    call_id   TEXT   NOT NULL,
    cseq      BIGINT NOT NULL,
    PRIMARY KEY (tenant, name, place)
);
