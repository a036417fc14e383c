-- How many sign-ins there were in each hour: the history has millions of rows, and a picture of two days must not read them.
-- The same portable text as in 0001.

CREATE TABLE signin_hours (
    hour     BIGINT NOT NULL,                  -- whole hours since 1970
    provider TEXT   NOT NULL,
    result   TEXT   NOT NULL,                  -- of a set that ends: what providers call their own refusals is one result here
    count    BIGINT NOT NULL CHECK (count > 0),
    PRIMARY KEY (hour, provider, result)
);
INSERT INTO signin_hours (hour, provider, result, count)
    SELECT hour, provider, result, COUNT(*) FROM (
        SELECT at / 3600000000 AS hour, provider, CASE WHEN result IN (
            'ok', 'account_disabled', 'email_taken', 'factor_required', 'identity_taken', 'invalid_credentials', 'invalid_factor',
            'invalid_fields', 'no_account', 'upstream_unavailable', 'wrong_code'
        ) THEN result ELSE 'provider_refused' END AS result
        FROM signins
    ) AS counted
    GROUP BY hour, provider, result;
