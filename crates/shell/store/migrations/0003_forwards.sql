-- Where people have their calls forwarded, as they said by telephone. `owner` is `person:NAME`, or
-- `user:NAME` for a phone that belongs to nobody; `when_` is always, no_answer or busy; `number` is
-- `extension:12` or `outside:+33199000010`.
CREATE TABLE forwards (
    tenant TEXT   NOT NULL,
    owner  TEXT   NOT NULL,
    when_  TEXT   NOT NULL,
    number TEXT   NOT NULL,
    after  BIGINT,
    at     BIGINT NOT NULL,
    PRIMARY KEY (tenant, owner, when_)
);
