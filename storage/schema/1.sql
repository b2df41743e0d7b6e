-- SPDX-License-Identifier: MIT
--
-- Schema version 1. Times are milliseconds since 1970, UTC. Classes are small integers
-- with a lookup table each, filled from the program at every start. Values are ordered so
-- that the usual one is 0, 1 or NULL: those cost no byte of payload. People read the
-- views (views.sql), programs the tables.

-- Words for numbers.
CREATE TABLE outcomes(id INTEGER PRIMARY KEY, code TEXT NOT NULL, blame TEXT NOT NULL,
  evidence TEXT NOT NULL, sentence TEXT NOT NULL) STRICT;
CREATE TABLE healths(id INTEGER PRIMARY KEY, code TEXT NOT NULL) STRICT;
CREATE TABLE severities(id INTEGER PRIMARY KEY, code TEXT NOT NULL) STRICT;
CREATE TABLE classes(id INTEGER PRIMARY KEY, code TEXT NOT NULL) STRICT;
CREATE TABLE subject_kinds(id INTEGER PRIMARY KEY, code TEXT NOT NULL) STRICT;
CREATE TABLE incident_states(id INTEGER PRIMARY KEY, code TEXT NOT NULL) STRICT;
CREATE TABLE incident_ends(id INTEGER PRIMARY KEY, code TEXT NOT NULL) STRICT;
CREATE TABLE judgements(id INTEGER PRIMARY KEY, code TEXT NOT NULL) STRICT;
CREATE TABLE message_kinds(id INTEGER PRIMARY KEY, code TEXT NOT NULL) STRICT;
CREATE TABLE delivery_states(id INTEGER PRIMARY KEY, code TEXT NOT NULL) STRICT;
CREATE TABLE verdicts(id INTEGER PRIMARY KEY, code TEXT NOT NULL) STRICT;
CREATE TABLE channel_states(id INTEGER PRIMARY KEY, code TEXT NOT NULL) STRICT;
CREATE TABLE page_states(id INTEGER PRIMARY KEY, code TEXT NOT NULL) STRICT;
CREATE TABLE sample_flags(id INTEGER PRIMARY KEY, code TEXT NOT NULL) STRICT; -- id: bit

-- Which views are ours and of which text: they are made anew when it changes.
CREATE TABLE stock_views(name TEXT PRIMARY KEY, hash INTEGER NOT NULL) STRICT,
  WITHOUT ROWID;

-- The program's own life. Between last_alive and the next start lies a gap.
CREATE TABLE runs(id INTEGER PRIMARY KEY, started INTEGER NOT NULL,
  last_alive INTEGER NOT NULL, clean INTEGER NOT NULL, version TEXT NOT NULL,
  config_hash TEXT NOT NULL, vantage TEXT NOT NULL) STRICT;
CREATE TABLE gaps(began INTEGER NOT NULL, ended INTEGER NOT NULL,
  PRIMARY KEY(began, ended)) STRICT, WITHOUT ROWID;

-- Identity of a target: never changes. `renamed`: goes on under this name. `pace_ms`: the
-- interval of the config, which bounds the time that one sample stands for.
CREATE TABLE series(id INTEGER PRIMARY KEY, vantage TEXT NOT NULL, target TEXT NOT NULL,
  provider TEXT NOT NULL, model TEXT NOT NULL, region TEXT NOT NULL, kind TEXT NOT NULL,
  connection TEXT NOT NULL, first_seen INTEGER NOT NULL, renamed TEXT,
  pace_ms INTEGER NOT NULL) STRICT;

-- What answers say about themselves: few combinations, so samples hold a number.
-- returned_model NULL: the model that was asked for.
CREATE TABLE words(id INTEGER PRIMARY KEY, finish TEXT NOT NULL, returned_model TEXT,
  currency TEXT NOT NULL) STRICT;
CREATE INDEX words_by_text ON words(finish, returned_model, currency);
INSERT INTO words VALUES(0, 'stop', NULL, 'USD'), (1, 'stop', NULL, 'CNY'), (2, '', '', '');

-- By time first: a batch touches one page, not one page a target. Offsets are µs from
-- `at`, NULL: not reached. http_status NULL: 200; 0: no answer.
CREATE TABLE samples(at INTEGER NOT NULL, series INTEGER NOT NULL,
  outcome INTEGER NOT NULL, judged INTEGER NOT NULL, words INTEGER NOT NULL,
  http_status INTEGER, flags INTEGER NOT NULL, reused INTEGER NOT NULL,
  tokens_in INTEGER, tokens_out INTEGER, cost_nano INTEGER,
  dns_us INTEGER, connect_us INTEGER, tls_us INTEGER, first_byte_us INTEGER,
  first_token_us INTEGER, longest_gap_us INTEGER, end_us INTEGER NOT NULL,
  lag_us INTEGER NOT NULL, PRIMARY KEY(at, series)) STRICT, WITHOUT ROWID;

-- What only some samples have: failures their evidence, one good one in 20 its request
-- id. asked_at: when it really began, if (at, series) was taken. finish, returned_model
-- and currency stand here only when `words` is full.
CREATE TABLE details(at INTEGER NOT NULL, series INTEGER NOT NULL, asked_at INTEGER,
  request_id TEXT, provider_code TEXT, message TEXT, evidence TEXT,
  retry_after_ms INTEGER, cert_expiry_s INTEGER, finish TEXT, returned_model TEXT,
  currency TEXT, PRIMARY KEY(at, series)) STRICT, WITHOUT ROWID;

CREATE TABLE incidents(id TEXT PRIMARY KEY, short_id TEXT NOT NULL,
  subject_kind INTEGER NOT NULL, subject TEXT NOT NULL, class INTEGER NOT NULL,
  severity INTEGER NOT NULL, severity_now INTEGER NOT NULL, state INTEGER NOT NULL,
  ending INTEGER NOT NULL, health INTEGER NOT NULL, started INTEGER NOT NULL,
  opened INTEGER NOT NULL, ended INTEGER, closed INTEGER, reopened INTEGER NOT NULL,
  seq INTEGER NOT NULL, provider TEXT NOT NULL, region TEXT NOT NULL,
  never_up INTEGER NOT NULL, samples INTEGER NOT NULL, failures INTEGER NOT NULL,
  unknown_ms INTEGER NOT NULL, outcomes TEXT NOT NULL, -- {"overloaded":4,...}
  first_error_at INTEGER, first_error_outcome INTEGER, first_error_status INTEGER,
  first_error_code TEXT, first_error_message TEXT, first_error_request_id TEXT,
  last_error_at INTEGER, last_error_outcome INTEGER, last_error_status INTEGER,
  last_error_code TEXT, last_error_message TEXT, last_error_request_id TEXT,
  acked INTEGER, hand TEXT NOT NULL DEFAULT '' -- by a person, with what they said
) STRICT, WITHOUT ROWID;
CREATE INDEX incidents_open ON incidents(opened) WHERE state = 0;
CREATE INDEX incidents_by_opened ON incidents(opened);
CREATE TABLE incident_causes(
  incident TEXT NOT NULL REFERENCES incidents(id) ON DELETE CASCADE,
  position INTEGER NOT NULL, detector TEXT NOT NULL, severity INTEGER NOT NULL,
  active INTEGER NOT NULL, since INTEGER NOT NULL, ended INTEGER, words TEXT NOT NULL,
  PRIMARY KEY(incident, position)) STRICT, WITHOUT ROWID;
CREATE TABLE incident_targets(
  incident TEXT NOT NULL REFERENCES incidents(id) ON DELETE CASCADE,
  position INTEGER NOT NULL, target TEXT NOT NULL,
  PRIMARY KEY(incident, position)) STRICT, WITHOUT ROWID;
-- Each target's own part of it: from its own first failing sample to its own first good
-- one (ended NULL: goes on). A target that failed again after a longer calm has another.
CREATE TABLE incident_shares(
  incident TEXT NOT NULL REFERENCES incidents(id) ON DELETE CASCADE,
  position INTEGER NOT NULL, target TEXT NOT NULL, provider TEXT NOT NULL,
  severity INTEGER NOT NULL, started INTEGER NOT NULL, ended INTEGER,
  samples INTEGER NOT NULL, failures INTEGER NOT NULL,
  PRIMARY KEY(incident, position)) STRICT, WITHOUT ROWID;
-- What the provider's own status page said of it. posted: when it first spoke of trouble.
CREATE TABLE incident_pages(
  incident TEXT PRIMARY KEY REFERENCES incidents(id) ON DELETE CASCADE,
  state INTEGER NOT NULL, posted INTEGER, title TEXT NOT NULL, url TEXT NOT NULL
) STRICT, WITHOUT ROWID;
-- Every change, in order. causes: [{"detector":...,"severity":...,"active":...,"words":...}]
CREATE TABLE incident_log(
  incident TEXT NOT NULL REFERENCES incidents(id) ON DELETE CASCADE,
  seq INTEGER NOT NULL, kind TEXT NOT NULL, at INTEGER NOT NULL,
  severity INTEGER NOT NULL, severity_from INTEGER NOT NULL, health INTEGER NOT NULL,
  detail TEXT NOT NULL, causes TEXT NOT NULL,
  PRIMARY KEY(incident, seq)) STRICT, WITHOUT ROWID;

-- The outbox: one message owed to one channel, without its text.
CREATE TABLE deliveries(id TEXT PRIMARY KEY, incident TEXT NOT NULL, seq INTEGER NOT NULL,
  channel TEXT NOT NULL, kind INTEGER NOT NULL, state INTEGER NOT NULL,
  created INTEGER NOT NULL, not_before INTEGER, first_try INTEGER, sent INTEGER,
  attempts INTEGER NOT NULL, plain INTEGER NOT NULL, verdict INTEGER NOT NULL,
  last_error TEXT NOT NULL, handle TEXT NOT NULL,
  retried INTEGER, -- somebody wished another try then
  folded_into TEXT NOT NULL DEFAULT '', -- the delivery that tells it
  held_until INTEGER, -- quiet hours keep it back
  waits_for TEXT NOT NULL DEFAULT '') STRICT, WITHOUT ROWID; -- more of this group
CREATE INDEX deliveries_pending ON deliveries(created) WHERE state = 0;
CREATE INDEX deliveries_by_incident ON deliveries(incident);
-- People name a message by the end of its id.
CREATE INDEX deliveries_by_tail ON deliveries(substr(id, -6));
CREATE TABLE channels(name TEXT PRIMARY KEY, state INTEGER NOT NULL,
  for_good INTEGER NOT NULL, until INTEGER, since INTEGER, last_sent INTEGER,
  tokens REAL NOT NULL, tokens_at INTEGER, words TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- What the judge knew of a series after the samples that ended until through_ms.
CREATE TABLE judge_state(series INTEGER PRIMARY KEY, through_ms INTEGER NOT NULL,
  constants_hash INTEGER NOT NULL, json TEXT NOT NULL) STRICT;

-- Wishes of the command line to the daemon. args: JSON; code: exit code of the command.
CREATE TABLE requests(id INTEGER PRIMARY KEY, at INTEGER NOT NULL, verb TEXT NOT NULL,
  args TEXT NOT NULL, done_at INTEGER, code INTEGER, answer TEXT) STRICT;
CREATE INDEX requests_undone ON requests(id) WHERE done_at IS NULL;

-- What people do not want to hear of for a while, and what is not asked for now. labels:
-- JSON. ended: by hand, before its time.
CREATE TABLE silences(id INTEGER PRIMARY KEY, subject TEXT NOT NULL,
  labels TEXT NOT NULL, began INTEGER NOT NULL, until INTEGER NOT NULL, ended INTEGER,
  who TEXT NOT NULL, note TEXT NOT NULL) STRICT;
CREATE TABLE pauses(target TEXT PRIMARY KEY, since INTEGER NOT NULL, who TEXT NOT NULL,
  note TEXT NOT NULL) STRICT, WITHOUT ROWID;

-- Rollups, written when their bucket is over. good_ms, failed_ms: the time that good and
-- failed samples stand for; the rest of the bucket is unknown. outcomes: {"ok":5}; cost:
-- nano-units by currency, {"USD":4200}, "?" counts asks of unknown cost; latency (first token; first byte where a kind has
-- no tokens) and total: of good samples, {"upper bound in ms":count}.
CREATE TABLE five_minutes(at INTEGER NOT NULL, series INTEGER NOT NULL,
  samples INTEGER NOT NULL, good INTEGER NOT NULL, failed INTEGER NOT NULL,
  good_ms INTEGER NOT NULL, failed_ms INTEGER NOT NULL, outcomes TEXT NOT NULL,
  latency TEXT, total TEXT, tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL,
  cost TEXT, PRIMARY KEY(at, series)) STRICT, WITHOUT ROWID;
CREATE TABLE hours(series INTEGER NOT NULL, at INTEGER NOT NULL,
  samples INTEGER NOT NULL, good INTEGER NOT NULL, failed INTEGER NOT NULL,
  good_ms INTEGER NOT NULL, failed_ms INTEGER NOT NULL, outcomes TEXT NOT NULL,
  latency TEXT, total TEXT, tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL,
  cost TEXT, PRIMARY KEY(series, at)) STRICT, WITHOUT ROWID;
CREATE TABLE days(series INTEGER NOT NULL, at INTEGER NOT NULL,
  samples INTEGER NOT NULL, good INTEGER NOT NULL, failed INTEGER NOT NULL,
  good_ms INTEGER NOT NULL, failed_ms INTEGER NOT NULL, outcomes TEXT NOT NULL,
  latency TEXT, total TEXT, tokens_in INTEGER NOT NULL, tokens_out INTEGER NOT NULL,
  cost TEXT, PRIMARY KEY(series, at)) STRICT, WITHOUT ROWID;
-- What began before `through` is rolled up; the views take the rest from below.
CREATE TABLE rolled(level TEXT PRIMARY KEY, through INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO rolled VALUES('five_minutes', 0), ('hours', 0), ('days', 0);
