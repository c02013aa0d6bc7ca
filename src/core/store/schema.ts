/**
 * The database's migrations, oldest first. `PRAGMA user_version` counts how many have run. A migration that has been
 * released is never edited: a change is a new entry.
 *
 * Times are milliseconds since the epoch; money is in millionths of the profile's currency.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE source (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    destination TEXT NOT NULL,
    outputs TEXT NOT NULL CHECK (outputs IN ('teacher', 'keep', 'drop')),
    written_by TEXT,
    licence TEXT,
    row_limit INTEGER,
    imported INTEGER NOT NULL DEFAULT 0,
    duplicates INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX source_by_hash ON source (sha256);

  CREATE TABLE refused_row (
    source_id INTEGER NOT NULL REFERENCES source,
    line INTEGER NOT NULL,
    reason TEXT NOT NULL
  ) STRICT;

  CREATE TABLE instruction (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    turns TEXT NOT NULL CHECK (json_valid(turns)),
    input TEXT NOT NULL,
    system TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('imported', 'generated', 'edited', 'written')),
    purpose TEXT NOT NULL CHECK (purpose IN ('training', 'evaluation')),
    source_id INTEGER REFERENCES source,
    source_line INTEGER,
    supersedes INTEGER REFERENCES instruction,
    licence TEXT,
    tags TEXT NOT NULL CHECK (json_valid(tags)),
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX instruction_by_content ON instruction (content_hash);
  CREATE INDEX instruction_by_purpose ON instruction (purpose) WHERE purpose = 'evaluation';
  CREATE TRIGGER instruction_is_never_updated BEFORE UPDATE ON instruction
    BEGIN SELECT RAISE(ABORT, 'an instruction is never updated'); END;
  CREATE TRIGGER instruction_is_never_deleted BEFORE DELETE ON instruction
    BEGIN SELECT RAISE(ABORT, 'an instruction is never deleted'); END;

  -- train: the iteration that trains on it. cache: the iteration in which it joined; it stays for all later ones.
  CREATE TABLE pool_member (
    pool TEXT NOT NULL CHECK (pool IN ('train', 'cache')),
    iteration INTEGER NOT NULL,
    position INTEGER NOT NULL,
    instruction_id INTEGER NOT NULL REFERENCES instruction,
    PRIMARY KEY (pool, iteration, position),
    UNIQUE (pool, instruction_id, iteration)
  ) STRICT, WITHOUT ROWID;
  CREATE UNIQUE INDEX cache_member_once ON pool_member (instruction_id) WHERE pool = 'cache';

  CREATE TABLE panel (
    position INTEGER PRIMARY KEY,
    instruction_id INTEGER NOT NULL UNIQUE REFERENCES instruction
  ) STRICT;

  -- What is asked, under its identity; the ledger's attempts and the answer hang on it.
  CREATE TABLE request (
    key TEXT PRIMARY KEY,
    role TEXT NOT NULL,
    profile TEXT NOT NULL,
    model TEXT NOT NULL,
    prompt_version TEXT NOT NULL,
    draw INTEGER NOT NULL,
    parameters TEXT NOT NULL,
    instruction_id INTEGER REFERENCES instruction,
    iteration INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'stored', 'failed')),
    failure TEXT,
    created_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX request_failed ON request (iteration, role) WHERE state = 'failed';

  -- One row for every request that left; written before it leaves, settled in the transaction that stores its answer.
  CREATE TABLE attempt (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    request_key TEXT NOT NULL REFERENCES request,
    profile TEXT NOT NULL,
    role TEXT NOT NULL,
    iteration INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('sent', 'settled', 'failed', 'lost')),
    reserved_cost INTEGER NOT NULL,
    cost INTEGER,
    failure TEXT,
    sent_at INTEGER NOT NULL,
    ended_at INTEGER
  ) STRICT;
  CREATE INDEX attempt_by_request ON attempt (request_key);
  CREATE INDEX attempt_by_profile ON attempt (profile, iteration, role);
  CREATE INDEX attempt_in_flight ON attempt (id) WHERE state = 'sent';

  CREATE TABLE answer (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    request_key TEXT UNIQUE REFERENCES request,
    role TEXT NOT NULL,
    origin TEXT NOT NULL CHECK (origin IN ('model', 'imported', 'person')),
    written_by TEXT NOT NULL,
    profile TEXT,
    model_asked TEXT,
    checkpoint_id INTEGER REFERENCES checkpoint,
    parameters TEXT NOT NULL,
    text TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('complete', 'cut', 'empty', 'refused')),
    finish_reason TEXT NOT NULL,
    input_tokens INTEGER,
    output_tokens INTEGER,
    cost INTEGER,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE TRIGGER answer_is_never_updated BEFORE UPDATE ON answer
    BEGIN SELECT RAISE(ABORT, 'an answer is never updated'); END;
  CREATE TRIGGER answer_is_never_deleted BEFORE DELETE ON answer
    BEGIN SELECT RAISE(ABORT, 'an answer is never deleted'); END;

  -- Which instructions an answer belongs to: equal instructions share one request and so one answer.
  CREATE TABLE answer_of (
    instruction_id INTEGER NOT NULL REFERENCES instruction,
    role TEXT NOT NULL,
    answer_id INTEGER NOT NULL REFERENCES answer,
    serves INTEGER NOT NULL CHECK (serves IN (0, 1)),
    PRIMARY KEY (instruction_id, role, answer_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX answer_of_answer ON answer_of (answer_id);

  CREATE TABLE rating (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    instruction_id INTEGER NOT NULL REFERENCES instruction,
    iteration INTEGER NOT NULL,
    first_shown TEXT NOT NULL CHECK (first_shown IN ('teacher', 'student')),
    teacher_answer_id INTEGER NOT NULL REFERENCES answer,
    student_answer_id INTEGER NOT NULL REFERENCES answer,
    answer_id INTEGER NOT NULL REFERENCES answer,
    prompt_version TEXT NOT NULL,
    teacher_score REAL,
    student_score REAL,
    unparsed TEXT,
    created_at INTEGER NOT NULL,
    UNIQUE (instruction_id, teacher_answer_id, student_answer_id, first_shown, answer_id),
    CHECK ((teacher_score IS NULL) = (student_score IS NULL)),
    CHECK ((teacher_score IS NULL) = (unparsed IS NOT NULL)),
    CHECK (teacher_score IS NULL OR (teacher_score BETWEEN 1 AND 10 AND student_score BETWEEN 1 AND 10))
  ) STRICT;

  CREATE TABLE verdict (
    iteration INTEGER NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('draw', 'panel')),
    position INTEGER NOT NULL,
    instruction_id INTEGER NOT NULL REFERENCES instruction,
    state TEXT NOT NULL CHECK (state IN ('scored', 'unscored')),
    gap REAL,
    teacher_score REAL,
    student_score REAL,
    contradictory INTEGER NOT NULL CHECK (contradictory IN (0, 1)),
    source TEXT NOT NULL CHECK (source IN ('referee', 'person')),
    teacher_answer_id INTEGER NOT NULL REFERENCES answer,
    student_answer_id INTEGER NOT NULL REFERENCES answer,
    PRIMARY KEY (iteration, scope, instruction_id),
    CHECK ((gap IS NULL) = (state = 'unscored'))
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX verdict_by_gap ON verdict (iteration, scope, gap);

  CREATE TABLE candidate (
    instruction_id INTEGER PRIMARY KEY REFERENCES instruction,
    iteration INTEGER NOT NULL,
    half TEXT CHECK (half IN ('hard', 'easy')),
    ordinal INTEGER NOT NULL,
    parent_id INTEGER REFERENCES instruction,
    answer_id INTEGER REFERENCES answer,
    filter TEXT,
    filter_detail TEXT,
    nearest_id INTEGER REFERENCES instruction,
    nearest_score REAL,
    created_at INTEGER NOT NULL,
    UNIQUE (iteration, half, ordinal)
  ) STRICT;
  CREATE INDEX candidate_by_parent ON candidate (parent_id);

  CREATE TABLE decision (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    actor TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    payload TEXT NOT NULL CHECK (json_valid(payload)),
    group_id TEXT NOT NULL,
    undoes INTEGER REFERENCES decision,
    context TEXT NOT NULL CHECK (context IN ('normal', 'blind', 'suggestion')),
    milliseconds INTEGER,
    created_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX decision_by_subject ON decision (subject, id);
  CREATE INDEX decision_by_group ON decision (group_id);
  CREATE TRIGGER decision_is_never_updated BEFORE UPDATE ON decision
    BEGIN SELECT RAISE(ABORT, 'a decision is never updated'); END;
  CREATE TRIGGER decision_is_never_deleted BEFORE DELETE ON decision
    BEGIN SELECT RAISE(ABORT, 'a decision is never deleted'); END;

  CREATE TABLE iteration (
    number INTEGER PRIMARY KEY,
    config TEXT NOT NULL CHECK (json_valid(config)),
    prompts TEXT NOT NULL CHECK (json_valid(prompts)),
    decision_floor INTEGER NOT NULL,
    created_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE stage (
    iteration INTEGER NOT NULL REFERENCES iteration,
    name TEXT NOT NULL CHECK (name IN ('imitation', 'discrimination', 'generation')),
    state TEXT NOT NULL CHECK (state IN ('running', 'waiting', 'stopped', 'done')),
    decision_floor INTEGER NOT NULL,
    note TEXT NOT NULL DEFAULT '',
    milliseconds INTEGER NOT NULL DEFAULT 0,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    PRIMARY KEY (iteration, name)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE job (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('train', 'generate')),
    iteration INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    target TEXT NOT NULL,
    directory TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('submitted', 'collected', 'failed')),
    exit_code INTEGER,
    created_at INTEGER NOT NULL,
    ended_at INTEGER
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE checkpoint (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    iteration INTEGER NOT NULL UNIQUE,
    job_id TEXT REFERENCES job,
    directory TEXT NOT NULL,
    weights_sha256 TEXT NOT NULL,
    template TEXT NOT NULL,
    manifest TEXT NOT NULL CHECK (json_valid(manifest)),
    parent_id INTEGER REFERENCES checkpoint,
    created_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE evaluation (
    iteration INTEGER NOT NULL,
    instruction_id INTEGER NOT NULL REFERENCES instruction,
    answer_id INTEGER NOT NULL REFERENCES answer,
    correct INTEGER NOT NULL CHECK (correct IN (0, 1)),
    PRIMARY KEY (iteration, instruction_id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE lease (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    process_started TEXT NOT NULL,
    token TEXT NOT NULL,
    heartbeat INTEGER NOT NULL,
    pause_requested INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  `,
  `
  -- What a person allows an iteration to use, over all roles; the newest row of an iteration counts, null is no bound.
  CREATE TABLE allowance (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    iteration INTEGER NOT NULL,
    calls INTEGER CHECK (calls >= 0),
    cost INTEGER CHECK (cost >= 0),
    currency TEXT,
    actor TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    CHECK (cost IS NULL OR currency IS NOT NULL)
  ) STRICT;
  CREATE INDEX allowance_by_iteration ON allowance (iteration, id);
  CREATE TRIGGER allowance_is_never_updated BEFORE UPDATE ON allowance
    BEGIN SELECT RAISE(ABORT, 'an allowance is never updated'); END;
  CREATE TRIGGER allowance_is_never_deleted BEFORE DELETE ON allowance
    BEGIN SELECT RAISE(ABORT, 'an allowance is never deleted'); END;

  -- Money of an attempt can be told only with its currency; that of older ones is in what their iteration froze.
  ALTER TABLE attempt ADD COLUMN currency TEXT;
  UPDATE attempt SET currency = known.currency
    FROM (
      SELECT i.number, p.key AS profile, json_extract(p.value, '$.prices.currency') AS currency
      FROM iteration i, json_each(i.config, '$.profiles') p
    ) AS known
    WHERE known.number = attempt.iteration AND known.profile = attempt.profile AND known.currency IS NOT NULL;
  CREATE INDEX attempt_by_iteration ON attempt (iteration, role, profile, currency, cost, reserved_cost);

  -- Who asked for this answer by hand (Retry Failed): then it serves whichever profile gave it.
  ALTER TABLE answer_of ADD COLUMN chosen_by TEXT;
  CREATE INDEX answer_by_profile ON answer (role, profile);
  CREATE INDEX answer_unusable ON answer (request_key) WHERE role = 'teacher' AND kind <> 'complete';

  -- The referee asked again about the pairs behind an iteration's verdicts.
  CREATE TABLE rerating (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    iteration INTEGER NOT NULL REFERENCES iteration,
    profile TEXT NOT NULL,
    prompt TEXT,
    scope TEXT NOT NULL CHECK (scope IN ('all', 'unscored')),
    pair_limit INTEGER,
    state TEXT NOT NULL CHECK (state IN ('open', 'done')),
    actor TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    applied_at INTEGER
  ) STRICT;
  -- Null where the discrimination itself rated; a verdict names the re-rating that it was taken over from.
  ALTER TABLE rating ADD COLUMN rerating_id INTEGER REFERENCES rerating;
  ALTER TABLE verdict ADD COLUMN rerating_id INTEGER REFERENCES rerating;
  CREATE INDEX rating_by_rerating ON rating (rerating_id) WHERE rerating_id IS NOT NULL;
  `,
  `
  -- What the views read quickly at any size. How long an instruction is, about, in characters.
  CREATE INDEX instruction_by_length ON instruction (length(turns) + length(input));
  CREATE INDEX instruction_by_origin ON instruction (origin);
  CREATE INDEX instruction_by_source ON instruction (source_id);
  CREATE INDEX instruction_superseding ON instruction (supersedes) WHERE supersedes IS NOT NULL;
  -- The narrow columns together, so that counting need not touch the texts.
  CREATE INDEX instruction_brief ON instruction (id, origin, source_id, length(turns) + length(input));
  -- Unscored ones sort behind every gap, so that one key is enough to page by; with all that counting looks at.
  DROP INDEX verdict_by_gap;
  CREATE INDEX verdict_by_rank ON verdict
    (iteration, scope, coalesce(gap, -100.0), instruction_id, gap, contradictory);
  CREATE INDEX candidate_by_filter ON candidate (iteration, half, filter);
  CREATE INDEX decision_undoing ON decision (undoes) WHERE undoes IS NOT NULL;

  -- Full text. Without content of its own: an instruction's text stands in its row and never changes.
  CREATE VIRTUAL TABLE instruction_text USING fts5
    (text, content = '', tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3');
  CREATE VIEW instruction_words AS
    SELECT i.id, coalesce(
      (SELECT group_concat(json_extract(value, '$.content'), char(10)) FROM json_each(i.turns)
       WHERE json_extract(value, '$.role') = 'user'), '') || char(10) || i.input || char(10) || i.system AS text
    FROM instruction i;
  INSERT INTO instruction_text (rowid, text) SELECT id, text FROM instruction_words;
  CREATE TRIGGER instruction_is_searchable AFTER INSERT ON instruction BEGIN
    INSERT INTO instruction_text (rowid, text) SELECT id, text FROM instruction_words WHERE id = new.id;
  END;

  -- How many members each pool has; source 0 stands for none.
  CREATE TABLE pool_tally (
    pool TEXT NOT NULL,
    iteration INTEGER NOT NULL,
    origin TEXT NOT NULL,
    source_id INTEGER NOT NULL,
    members INTEGER NOT NULL,
    PRIMARY KEY (pool, iteration, origin, source_id)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO pool_tally
    SELECT m.pool, m.iteration, i.origin, coalesce(i.source_id, 0), count(*)
    FROM pool_member m JOIN instruction i ON i.id = m.instruction_id GROUP BY 1, 2, 3, 4;
  CREATE TRIGGER pool_member_is_counted AFTER INSERT ON pool_member BEGIN
    INSERT INTO pool_tally
      SELECT new.pool, new.iteration, origin, coalesce(source_id, 0), 1 FROM instruction WHERE id = new.instruction_id
      ON CONFLICT (pool, iteration, origin, source_id) DO UPDATE SET members = members + 1;
  END;
  CREATE TRIGGER pool_member_is_never_updated BEFORE UPDATE ON pool_member
    BEGIN SELECT RAISE(ABORT, 'a pool member is never updated'); END;
  CREATE TRIGGER pool_member_is_never_deleted BEFORE DELETE ON pool_member
    BEGIN SELECT RAISE(ABORT, 'a pool member is never deleted'); END;

  -- What the attempts come to; attempts without a known outcome count at their worst case. '' stands for no currency.
  CREATE TABLE call_tally (
    iteration INTEGER NOT NULL,
    role TEXT NOT NULL,
    profile TEXT NOT NULL,
    currency TEXT NOT NULL,
    calls INTEGER NOT NULL,
    cost INTEGER NOT NULL,
    PRIMARY KEY (iteration, role, profile, currency)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO call_tally
    SELECT iteration, role, profile, coalesce(currency, ''), count(*), sum(coalesce(cost, reserved_cost))
    FROM attempt GROUP BY 1, 2, 3, 4;
  CREATE TRIGGER attempt_is_counted AFTER INSERT ON attempt BEGIN
    INSERT INTO call_tally VALUES
      (new.iteration, new.role, new.profile, coalesce(new.currency, ''), 1, coalesce(new.cost, new.reserved_cost))
      ON CONFLICT (iteration, role, profile, currency) DO UPDATE
      SET calls = calls + 1, cost = cost + excluded.cost;
  END;
  CREATE TRIGGER attempt_costs_are_counted AFTER UPDATE OF cost, reserved_cost ON attempt BEGIN
    UPDATE call_tally SET cost = cost + coalesce(new.cost, new.reserved_cost) - coalesce(old.cost, old.reserved_cost)
      WHERE iteration = new.iteration AND role = new.role AND profile = new.profile
        AND currency = coalesce(new.currency, '');
  END;

  -- How often the verdicts of an iteration have changed, so that a reader knows when what it counted is out of date.
  CREATE TABLE verdict_revision (
    iteration INTEGER PRIMARY KEY,
    changes INTEGER NOT NULL
  ) STRICT;
  INSERT INTO verdict_revision SELECT iteration, count(*) FROM verdict GROUP BY iteration;
  CREATE TRIGGER verdict_comes AFTER INSERT ON verdict BEGIN
    INSERT INTO verdict_revision VALUES (new.iteration, 1)
      ON CONFLICT (iteration) DO UPDATE SET changes = changes + 1;
  END;
  CREATE TRIGGER verdict_changes AFTER UPDATE ON verdict BEGIN
    UPDATE verdict_revision SET changes = changes + 1 WHERE iteration IN (old.iteration, new.iteration);
  END;
  CREATE TRIGGER verdict_goes AFTER DELETE ON verdict BEGIN
    UPDATE verdict_revision SET changes = changes + 1 WHERE iteration = old.iteration;
  END;
  `,
  `
  -- Who has which item before them, so that two people at work get different ones. Not a promise: it ends by itself.
  CREATE TABLE claim (
    subject TEXT PRIMARY KEY,
    actor TEXT NOT NULL,
    -- One queue of one window; a person may have several.
    holder TEXT NOT NULL,
    until INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX claim_by_holder ON claim (holder);

  CREATE INDEX decision_by_actor ON decision (actor, id);
  CREATE INDEX decision_suggested ON decision (subject, id) WHERE context = 'suggestion';
  CREATE INDEX candidate_by_nearest ON candidate (nearest_id) WHERE nearest_id IS NOT NULL;
  `,
  `
  -- Where a checkpoint's weights are: a target's name in lion.json.
  ALTER TABLE checkpoint ADD COLUMN target TEXT NOT NULL DEFAULT 'local';
  CREATE INDEX answer_by_checkpoint ON answer (checkpoint_id) WHERE checkpoint_id IS NOT NULL;
  `,
];
