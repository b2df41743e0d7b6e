-- SPDX-License-Identifier: MIT
--
-- Views are for people and stable: columns are added at the end, never renamed. Made anew
-- whenever this text changes. Times are UTC text with milliseconds beside them: filter
-- and sort by those (at_ms uses the key of samples).

CREATE VIEW samples_v AS
SELECT strftime('%Y-%m-%d %H:%M:%f', s.at / 1000.0, 'unixepoch') AS at,
  r.vantage AS vantage, ifnull(r.renamed, r.target) AS target, r.provider AS provider,
  r.model AS model, r.kind AS kind, o.code AS outcome, o.blame AS blame,
  nullif(ifnull(s.http_status, 200), 0) AS http_status,
  s.first_token_us / 1000.0 AS first_token_ms, s.end_us / 1000.0 AS total_ms,
  s.tokens_in AS tokens_in, s.tokens_out AS tokens_out, s.cost_nano / 1e9 AS cost,
  CASE WHEN s.cost_nano IS NOT NULL
    THEN nullif(ifnull(d.currency, w.currency), '') END AS currency,
  d.request_id AS request_id,
  ifnull(d.provider_code || ': ' || d.message, ifnull(d.message, d.provider_code))
    AS detail,
  s.at AS at_ms, j.code AS judged, r.region AS region,
  ifnull(d.finish, w.finish) AS finish,
  coalesce(d.returned_model, w.returned_model, r.model) AS returned_model,
  s.dns_us / 1000.0 AS dns_ms, s.connect_us / 1000.0 AS connect_ms,
  s.tls_us / 1000.0 AS tls_ms, s.first_byte_us / 1000.0 AS first_byte_ms,
  s.longest_gap_us / 1000.0 AS longest_gap_ms,
  (SELECT group_concat(f.code, ' ') FROM sample_flags f WHERE s.flags & f.id) AS flags,
  d.evidence AS evidence, s.series AS series
FROM samples s
  LEFT JOIN series r ON r.id = s.series
  LEFT JOIN outcomes o ON o.id = s.outcome
  LEFT JOIN judgements j ON j.id = s.judged
  LEFT JOIN words w ON w.id = s.words
  LEFT JOIN details d ON d.at = s.at AND d.series = s.series;

CREATE VIEW incidents_v AS
SELECT i.id AS id,
  CASE WHEN i.subject_kind = 0 THEN i.subject ELSE k.code || ' ' || i.subject END
    AS subject,
  CASE WHEN i.subject_kind = 7 THEN 'drill' ELSE c.code END AS class, v.code AS severity, t.code AS state,
  strftime('%Y-%m-%d %H:%M:%S', i.started / 1000.0, 'unixepoch') AS started,
  strftime('%Y-%m-%d %H:%M:%S', i.ended / 1000.0, 'unixepoch') AS ended,
  CASE WHEN i.lasted_ms >= 86400000 THEN (i.lasted_ms / 86400000) || 'd ' ELSE '' END ||
    printf('%02d:%02d:%02d', i.lasted_ms / 3600000 % 24, i.lasted_ms / 60000 % 60,
      i.lasted_ms / 1000 % 60) AS duration,
  (SELECT group_concat(q.detector || ': ' || q.words, '; ') FROM incident_causes q
    WHERE q.incident = i.id) AS causes,
  i.samples AS samples, i.failures AS failures, i.short_id AS short_id,
  n.code AS ending, h.code AS health, i.outcomes AS outcomes, i.provider AS provider,
  (SELECT group_concat(g.target, ' ') FROM incident_targets g WHERE g.incident = i.id)
    AS targets,
  i.first_error_message AS first_error, i.last_error_message AS last_error,
  i.started AS started_ms, i.ended AS ended_ms, i.opened AS opened_ms,
  i.lasted_ms / 1000 AS duration_s,
  y.code AS page, p.title AS page_title, p.posted AS page_posted_ms,
  (p.posted - i.opened) / 1000.0 AS page_after_us_s -- negative: the page was first
FROM (SELECT *, max(0, ifnull(ended,
    CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)) - started) AS lasted_ms
    FROM incidents) i
  LEFT JOIN subject_kinds k ON k.id = i.subject_kind
  LEFT JOIN classes c ON c.id = i.class
  LEFT JOIN severities v ON v.id = i.severity
  LEFT JOIN incident_states t ON t.id = i.state
  LEFT JOIN incident_ends n ON n.id = i.ending
  LEFT JOIN healths h ON h.id = i.health
  LEFT JOIN incident_pages p ON p.incident = i.id
  LEFT JOIN page_states y ON y.id = p.state;

-- What an incident was to each provider: its own start, end and worst. One that several
-- providers share has a row for each of them, and one more each time a provider was well
-- for longer than half an hour in between. A target without a provider stands for one.
CREATE VIEW provider_incidents_v AS
WITH owned AS (
  SELECT s.*, ifnull(nullif(s.provider, ''), s.target) AS owner FROM incident_shares s),
reached AS (
  SELECT o.*, max(ifnull(o.ended, 9000000000000000)) OVER (
    PARTITION BY o.incident, o.owner ORDER BY o.started, o.target
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before FROM owned o),
parted AS (
  SELECT r.*, sum(r.before IS NULL OR r.started > r.before) OVER (
    PARTITION BY r.incident, r.owner ORDER BY r.started, r.target) AS part
  FROM reached r),
added AS (
  SELECT incident, owner, part, max(severity) AS severity, min(started) AS started,
    CASE WHEN count(*) = count(ended) THEN max(ended) END AS ended,
    sum(samples) AS samples, sum(failures) AS failures,
    replace(group_concat(DISTINCT target), ',', ' ') AS targets
  FROM parted GROUP BY incident, owner, part),
lasting AS (
  SELECT a.*, max(0, ifnull(a.ended,
    CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)) - a.started) AS lasted_ms
  FROM added a)
SELECT a.incident AS id, a.owner AS provider, a.part AS part, c.code AS class,
  v.code AS severity, CASE WHEN a.ended IS NULL THEN 'open' ELSE 'closed' END AS state,
  strftime('%Y-%m-%d %H:%M:%S', a.started / 1000.0, 'unixepoch') AS started,
  strftime('%Y-%m-%d %H:%M:%S', a.ended / 1000.0, 'unixepoch') AS ended,
  CASE WHEN a.lasted_ms >= 86400000 THEN (a.lasted_ms / 86400000) || 'd ' ELSE '' END ||
    printf('%02d:%02d:%02d', a.lasted_ms / 3600000 % 24, a.lasted_ms / 60000 % 60,
      a.lasted_ms / 1000 % 60) AS duration,
  a.samples AS samples, a.failures AS failures, a.targets AS targets,
  i.short_id AS short_id,
  CASE WHEN i.subject_kind = 0 THEN i.subject ELSE k.code || ' ' || i.subject END
    AS subject,
  n.code AS ending, a.started AS started_ms, a.ended AS ended_ms,
  a.lasted_ms / 1000 AS duration_s
FROM lasting a JOIN incidents i ON i.id = a.incident
  LEFT JOIN classes c ON c.id = i.class
  LEFT JOIN severities v ON v.id = a.severity
  LEFT JOIN subject_kinds k ON k.id = i.subject_kind
  LEFT JOIN incident_ends n ON n.id = i.ending;

CREATE VIEW deliveries_v AS
SELECT d.id AS id, d.incident AS incident, d.channel AS channel, k.code AS kind,
  s.code AS state, d.attempts AS attempts, nullif(d.last_error, '') AS last_error,
  CASE WHEN d.state = 0 THEN strftime('%Y-%m-%d %H:%M:%S',
    ifnull(d.not_before, d.created) / 1000.0, 'unixepoch') END AS next_try,
  strftime('%Y-%m-%d %H:%M:%S', d.sent / 1000.0, 'unixepoch') AS sent,
  v.code AS verdict,
  strftime('%Y-%m-%d %H:%M:%S', d.created / 1000.0, 'unixepoch') AS created,
  d.created AS created_ms, d.sent AS sent_ms,
  (d.sent - d.created) / 1000.0 AS took_s, nullif(d.folded_into, '') AS folded_into
FROM deliveries d
  LEFT JOIN message_kinds k ON k.id = d.kind
  LEFT JOIN delivery_states s ON s.id = d.state
  LEFT JOIN verdicts v ON v.id = d.verdict;

-- The last 24 hours, in pieces: whole hours from `hours`, the five-minute rows before
-- and after them, and raw samples for what is not rolled up yet. A clock that runs ahead
-- of this machine's (the demo's) counts as now.
CREATE VIEW bounds_24h AS
SELECT now_ms, since, first_hour,
  max(first_hour, (SELECT through FROM rolled WHERE level = 'hours')) AS hours_until,
  max(since, (SELECT through FROM rolled WHERE level = 'five_minutes')) AS open_from,
  ifnull((SELECT max(pace_ms) FROM series), 0) AS longest_pace
FROM (SELECT now_ms, now_ms - 86400000 AS since,
    (now_ms - 86400000 + 3599999) / 3600000 * 3600000 AS first_hour
  FROM (SELECT max(CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER),
    ifnull((SELECT last_alive FROM runs ORDER BY id DESC LIMIT 1), 0)) AS now_ms));

CREATE VIEW rollups_24h AS
SELECT f.series AS series, f.at AS at, f.samples AS samples, f.good AS good,
  f.failed AS failed, f.good_ms AS good_ms, f.failed_ms AS failed_ms,
  f.latency AS latency, f.total AS total, f.outcomes AS outcomes, f.cost AS cost
FROM bounds_24h b CROSS JOIN five_minutes f
WHERE f.at >= b.since AND f.at < b.first_hour
UNION ALL
SELECT h.series, h.at, h.samples, h.good, h.failed, h.good_ms, h.failed_ms, h.latency,
  h.total, h.outcomes, h.cost
FROM bounds_24h b CROSS JOIN series r CROSS JOIN hours h
WHERE h.series = r.id AND h.at >= b.first_hour AND h.at < b.hours_until
UNION ALL
SELECT f.series, f.at, f.samples, f.good, f.failed, f.good_ms, f.failed_ms, f.latency,
  f.total, f.outcomes, f.cost
FROM bounds_24h b CROSS JOIN five_minutes f
WHERE f.at >= b.hours_until AND f.at < b.open_from;

-- Samples of the open buckets. One stands for the time since the one before it, at most
-- the pace: so asking again while suspect bends nothing.
CREATE VIEW open_24h AS
SELECT series, at, judged = 0 AND blame = 'none' AS is_good,
  judged = 0 AND blame = 'provider' AS is_failed, weight_ms, latency_us, end_us,
  cost_nano
FROM (SELECT s.series AS series, s.at AS at, s.judged AS judged, o.blame AS blame,
    min(ifnull(s.at - lag(s.at) OVER (PARTITION BY s.series ORDER BY s.at), r.pace_ms),
      r.pace_ms) AS weight_ms,
    ifnull(s.first_token_us, s.first_byte_us) AS latency_us, s.end_us AS end_us,
    s.cost_nano AS cost_nano, b.open_from AS open_from
  FROM bounds_24h b CROSS JOIN samples s CROSS JOIN series r CROSS JOIN outcomes o
  WHERE s.at >= b.open_from - b.longest_pace AND r.id = s.series AND o.id = s.outcome)
WHERE at >= open_from;

CREATE VIEW uptime_24h AS
SELECT ifnull(r.renamed, r.target) AS target,
  round(100.0 * u.good_ms / nullif(u.good_ms + u.failed_ms, 0), 3) AS uptime_pct,
  (u.good_ms + 500) / 1000 AS good_s, (u.failed_ms + 500) / 1000 AS failed_s,
  max(0, 86400 - (u.good_ms + 500) / 1000 - (u.failed_ms + 500) / 1000) AS unknown_s,
  u.samples AS samples, u.failures AS failures, r.provider AS provider,
  r.model AS model, r.kind AS kind, r.vantage AS vantage, r.id AS series
FROM (SELECT series, sum(samples) AS samples, sum(failures) AS failures,
    sum(good_ms) AS good_ms, sum(failed_ms) AS failed_ms
  FROM (SELECT series, samples, failed AS failures, good_ms, failed_ms FROM rollups_24h
    UNION ALL
    SELECT series, 1, is_failed, is_good * weight_ms, is_failed * weight_ms
    FROM open_24h)
  GROUP BY series) u
  JOIN series r ON r.id = u.series
ORDER BY target;

-- What was spent since midnight UTC, the day that budgets count: a row for each target
-- and currency. asks: of the target, in all; unknown_asks: those whose cost nobody knows.
CREATE VIEW spend_today AS
WITH b(midnight, hours_until, open_from) AS (
  SELECT midnight, max(midnight, (SELECT through FROM rolled WHERE level = 'hours')),
    max(midnight, (SELECT through FROM rolled WHERE level = 'five_minutes'))
  FROM (SELECT now_ms / 86400000 * 86400000 AS midnight FROM bounds_24h)),
closed(series, samples, cost) AS (
  SELECT h.series, h.samples, h.cost FROM b CROSS JOIN series r CROSS JOIN hours h
  WHERE h.series = r.id AND h.at >= b.midnight AND h.at < b.hours_until
  UNION ALL
  SELECT f.series, f.samples, f.cost FROM b CROSS JOIN five_minutes f
  WHERE f.at >= b.hours_until AND f.at < b.open_from),
fresh(series, currency, nano) AS (
  SELECT s.series, CASE WHEN s.words = 2 THEN (SELECT d.currency FROM details d
      WHERE d.at = s.at AND d.series = s.series) ELSE w.currency END, s.cost_nano
  FROM b CROSS JOIN samples s LEFT JOIN words w ON w.id = s.words
  WHERE s.at >= b.open_from),
parts(series, asks, currency, nano) AS (
  SELECT series, samples, NULL, NULL FROM closed
  UNION ALL
  SELECT c.series, 0, j.key, j.value FROM closed c CROSS JOIN json_each(c.cost) j
  UNION ALL
  SELECT series, 1, NULL, NULL FROM fresh
  UNION ALL
  SELECT series, 0, currency, nano FROM fresh WHERE nano > 0 AND currency <> ''
  UNION ALL
  SELECT series, 0, '?', 1 FROM fresh
  WHERE nano IS NULL OR (nano > 0 AND ifnull(currency, '') = '')),
added(series, asks, unknown_asks) AS (
  SELECT series, sum(asks), ifnull(sum(CASE WHEN currency = '?' THEN nano END), 0)
  FROM parts GROUP BY series),
sums(series, currency, nano) AS (
  SELECT series, currency, sum(nano) FROM parts
  WHERE currency IS NOT NULL AND currency <> '?' GROUP BY series, currency)
SELECT ifnull(r.renamed, r.target) AS target, a.asks AS asks,
  ifnull(m.nano, 0) / 1e9 AS spent, m.currency AS currency,
  a.unknown_asks AS unknown_asks, r.provider AS provider, r.model AS model,
  r.kind AS kind, r.vantage AS vantage, r.id AS series,
  ifnull(m.nano, 0) AS spent_nano
FROM added a JOIN series r ON r.id = a.series LEFT JOIN sums m ON m.series = a.series
ORDER BY target, currency;

-- First token (first byte where a kind has no tokens) of good samples. Rolled up ones
-- count with the upper bound of their cell, at most 9 % too high.
CREATE VIEW latency_24h AS
WITH cells(series, ms, n) AS (
  SELECT u.series, CAST(j.key AS REAL), j.value
  FROM rollups_24h u CROSS JOIN json_each(u.latency) j
  UNION ALL
  SELECT series, latency_us / 1000.0, 1 FROM open_24h
  WHERE is_good AND latency_us IS NOT NULL),
added(series, ms, n) AS (SELECT series, ms, sum(n) FROM cells GROUP BY series, ms),
ranked(series, ms, upto, total) AS (
  SELECT series, ms, sum(n) OVER (PARTITION BY series ORDER BY ms),
    sum(n) OVER (PARTITION BY series) FROM added)
SELECT ifnull(r.renamed, r.target) AS target, max(k.total) AS samples,
  min(CASE WHEN k.upto >= 0.50 * k.total THEN k.ms END) AS p50_ms,
  min(CASE WHEN k.upto >= 0.90 * k.total THEN k.ms END) AS p90_ms,
  min(CASE WHEN k.upto >= 0.95 * k.total THEN k.ms END) AS p95_ms,
  min(CASE WHEN k.upto >= 0.99 * k.total THEN k.ms END) AS p99_ms,
  r.kind AS kind, r.vantage AS vantage, r.id AS series
FROM ranked k JOIN series r ON r.id = k.series
GROUP BY k.series
ORDER BY target;
