-- The tables of store/schema.py as they were at version 0001, with row-level security, grants and guards.
-- A test compares a migrated database with store/schema.py.

CREATE TABLE checkpoint (
	workspace_id UUID NOT NULL, 
	size BIGINT NOT NULL, 
	note TEXT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	PRIMARY KEY (workspace_id, size)
);

CREATE TABLE desk (
	workspace_id UUID NOT NULL, 
	id UUID NOT NULL, 
	name TEXT NOT NULL, 
	mode TEXT NOT NULL, 
	pack TEXT NOT NULL, 
	sealed BYTEA NOT NULL, 
	knowledge_version BIGINT DEFAULT '0' NOT NULL, 
	PRIMARY KEY (workspace_id, id)
);

CREATE TABLE document (
	workspace_id UUID NOT NULL, 
	desk_id UUID NOT NULL, 
	path TEXT NOT NULL, 
	version TEXT NOT NULL, 
	meta JSONB NOT NULL, 
	text TEXT NOT NULL, 
	published_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	retired_at TIMESTAMP WITH TIME ZONE, 
	PRIMARY KEY (workspace_id, desk_id, path, version)
);

CREATE TABLE event (
	workspace_id UUID NOT NULL, 
	id UUID NOT NULL, 
	type TEXT NOT NULL, 
	case_id UUID, 
	step INTEGER, 
	conversation_id UUID, 
	actor TEXT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	leaf BYTEA NOT NULL, 
	hash BYTEA NOT NULL, 
	PRIMARY KEY (workspace_id, id)
);
CREATE INDEX event_at ON event (at, workspace_id);
CREATE INDEX event_case ON event (case_id, workspace_id, step);
CREATE UNIQUE INDEX event_step ON event (workspace_id, case_id, step) WHERE step IS NOT NULL;
CREATE INDEX event_type ON event (type, workspace_id, at);

CREATE TABLE leaf (
	workspace_id UUID NOT NULL, 
	idx BIGINT NOT NULL, 
	event_id UUID NOT NULL, 
	hash BYTEA NOT NULL, 
	PRIMARY KEY (workspace_id, idx)
);
CREATE UNIQUE INDEX leaf_event ON leaf (workspace_id, event_id);

CREATE TABLE log_head (
	workspace_id UUID NOT NULL, 
	size BIGINT NOT NULL, 
	frontier BYTEA NOT NULL, 
	root BYTEA NOT NULL, 
	PRIMARY KEY (workspace_id)
);

CREATE TABLE object (
	workspace_id UUID NOT NULL, 
	id UUID NOT NULL, 
	kind TEXT NOT NULL, 
	size BIGINT NOT NULL, 
	ct_hash BYTEA NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	PRIMARY KEY (workspace_id, id)
);

CREATE TABLE quarantine (
	workspace_id UUID NOT NULL, 
	id UUID NOT NULL, 
	desk_id UUID, 
	channel TEXT NOT NULL, 
	problem TEXT NOT NULL, 
	provider BYTEA NOT NULL, 
	queue TEXT NOT NULL, 
	object_id UUID, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	handled_by UUID, 
	handled_at TIMESTAMP WITH TIME ZONE, 
	PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX quarantine_provider ON quarantine (workspace_id, desk_id, channel, provider);

CREATE TABLE read_seen (
	workspace_id UUID NOT NULL, 
	reader UUID NOT NULL, 
	item UUID NOT NULL, 
	type TEXT NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	PRIMARY KEY (workspace_id, reader, item, type)
);

CREATE TABLE route (
	hash BYTEA NOT NULL, 
	workspace_id UUID NOT NULL, 
	desk_id UUID, 
	PRIMARY KEY (hash)
);

CREATE TABLE staff (
	workspace_id UUID NOT NULL, 
	id UUID NOT NULL, 
	login BYTEA NOT NULL, 
	password TEXT NOT NULL, 
	roles TEXT[] NOT NULL, 
	license_expires DATE, 
	active BOOLEAN NOT NULL, 
	failures SMALLINT DEFAULT '0' NOT NULL, 
	locked_until TIMESTAMP WITH TIME ZONE, 
	sealed BYTEA NOT NULL, 
	PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX staff_login ON staff (workspace_id, login);

CREATE TABLE stop (
	workspace_id UUID NOT NULL, 
	id UUID NOT NULL, 
	scope TEXT NOT NULL, 
	desk_id UUID, 
	intent TEXT, 
	pressed_by UUID NOT NULL, 
	pressed_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	released_by UUID, 
	released_at TIMESTAMP WITH TIME ZONE, 
	sealed BYTEA NOT NULL, 
	PRIMARY KEY (workspace_id, id)
);

CREATE TABLE subject_key (
	workspace_id UUID NOT NULL, 
	id UUID NOT NULL, 
	kid UUID NOT NULL, 
	wrapped BYTEA NOT NULL, 
	PRIMARY KEY (workspace_id, id)
);

CREATE TABLE tile (
	workspace_id UUID NOT NULL, 
	level SMALLINT NOT NULL, 
	n BIGINT NOT NULL, 
	hashes BYTEA NOT NULL, 
	PRIMARY KEY (workspace_id, level, n)
);

CREATE TABLE passage_vector (
	workspace_id UUID NOT NULL, 
	hash BYTEA NOT NULL, 
	model TEXT NOT NULL, 
	value BYTEA NOT NULL, 
	PRIMARY KEY (workspace_id, hash, model)
);

CREATE TABLE workspace (
	id UUID NOT NULL, 
	state TEXT NOT NULL, 
	PRIMARY KEY (id)
);

CREATE TABLE contact (
	workspace_id UUID NOT NULL, 
	id UUID NOT NULL, 
	subject_id UUID NOT NULL, 
	is_staff BOOLEAN NOT NULL, 
	language TEXT NOT NULL, 
	sealed BYTEA NOT NULL, 
	PRIMARY KEY (workspace_id, id), 
	FOREIGN KEY(workspace_id, subject_id) REFERENCES subject_key (workspace_id, id)
);

CREATE TABLE conversation_key (
	workspace_id UUID NOT NULL, 
	id UUID NOT NULL, 
	subject_id UUID NOT NULL, 
	wrapped BYTEA NOT NULL, 
	PRIMARY KEY (workspace_id, id), 
	FOREIGN KEY(workspace_id, subject_id) REFERENCES subject_key (workspace_id, id)
);

CREATE TABLE payload (
	workspace_id UUID NOT NULL, 
	event_id UUID NOT NULL, 
	n SMALLINT NOT NULL, 
	conversation_id UUID, 
	sealed BYTEA NOT NULL, 
	PRIMARY KEY (workspace_id, event_id, n), 
	FOREIGN KEY(workspace_id, event_id) REFERENCES event (workspace_id, id)
);

CREATE TABLE pending (
	workspace_id UUID NOT NULL, 
	event_id UUID NOT NULL, 
	PRIMARY KEY (workspace_id, event_id), 
	FOREIGN KEY(workspace_id, event_id) REFERENCES event (workspace_id, id)
);

CREATE TABLE session (
	workspace_id UUID NOT NULL, 
	id UUID NOT NULL, 
	user_id UUID NOT NULL, 
	hash BYTEA NOT NULL, 
	csrf TEXT NOT NULL, 
	started_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	seen_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	PRIMARY KEY (workspace_id, id), 
	FOREIGN KEY(workspace_id, user_id) REFERENCES staff (workspace_id, id)
);
CREATE UNIQUE INDEX session_hash ON session (workspace_id, hash);

CREATE TABLE contact_address (
	workspace_id UUID NOT NULL, 
	contact_id UUID NOT NULL, 
	blind BYTEA NOT NULL, 
	PRIMARY KEY (workspace_id, blind, contact_id), 
	FOREIGN KEY(workspace_id, contact_id) REFERENCES contact (workspace_id, id)
);

CREATE TABLE conversation (
	workspace_id UUID NOT NULL, 
	id UUID NOT NULL, 
	desk_id UUID NOT NULL, 
	channel TEXT NOT NULL, 
	holder UUID, 
	joined BOOLEAN DEFAULT 'false' NOT NULL, 
	contact_id UUID, 
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	last_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	sealed BYTEA NOT NULL, 
	pseudonym BYTEA NOT NULL, 
	PRIMARY KEY (workspace_id, id), 
	FOREIGN KEY(workspace_id, desk_id) REFERENCES desk (workspace_id, id), 
	FOREIGN KEY(workspace_id, id) REFERENCES conversation_key (workspace_id, id)
);

CREATE TABLE "case" (
	workspace_id UUID NOT NULL, 
	id UUID NOT NULL, 
	conversation_id UUID NOT NULL, 
	desk_id UUID NOT NULL, 
	channel TEXT NOT NULL, 
	stage TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	step INTEGER NOT NULL, 
	risk_rank SMALLINT NOT NULL, 
	queue TEXT, 
	also TEXT[] NOT NULL, 
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	updated_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE, 
	attempts SMALLINT DEFAULT '0' NOT NULL, 
	sealed BYTEA, 
	PRIMARY KEY (workspace_id, id), 
	FOREIGN KEY(workspace_id, conversation_id) REFERENCES conversation (workspace_id, id)
);
CREATE INDEX case_conversation ON "case" (conversation_id, workspace_id);
CREATE INDEX case_open ON "case" (stage, workspace_id, queue, risk_rank DESC, opened_at);

CREATE TABLE message (
	workspace_id UUID NOT NULL, 
	id UUID NOT NULL, 
	conversation_id UUID NOT NULL, 
	desk_id UUID NOT NULL, 
	case_id UUID, 
	answered_by UUID, 
	direction TEXT NOT NULL, 
	author TEXT NOT NULL, 
	automatic BOOLEAN NOT NULL, 
	at TIMESTAMP WITH TIME ZONE NOT NULL, 
	provider BYTEA NOT NULL, 
	channel TEXT NOT NULL, 
	original_id UUID, 
	sealed BYTEA NOT NULL, 
	safe BYTEA, 
	words INTEGER[] DEFAULT '{}' NOT NULL, 
	PRIMARY KEY (workspace_id, id), 
	FOREIGN KEY(workspace_id, conversation_id) REFERENCES conversation (workspace_id, id)
);
CREATE INDEX message_conversation ON message (conversation_id, workspace_id, at);
CREATE UNIQUE INDEX message_provider ON message (workspace_id, desk_id, channel, provider);
CREATE INDEX message_words ON message USING gin (words);

CREATE TABLE thread_ref (
	workspace_id UUID NOT NULL, 
	blind BYTEA NOT NULL, 
	conversation_id UUID NOT NULL, 
	sender BYTEA NOT NULL, 
	PRIMARY KEY (workspace_id, blind, conversation_id, sender), 
	FOREIGN KEY(workspace_id, conversation_id) REFERENCES conversation (workspace_id, id)
);

CREATE TABLE token (
	workspace_id UUID NOT NULL, 
	id UUID NOT NULL, 
	conversation_id UUID NOT NULL, 
	sealed BYTEA NOT NULL, 
	PRIMARY KEY (workspace_id, id), 
	FOREIGN KEY(workspace_id, conversation_id) REFERENCES conversation (workspace_id, id)
);
CREATE INDEX token_conversation ON token (conversation_id, workspace_id);

CREATE TABLE alarm (
	workspace_id UUID NOT NULL, 
	id UUID NOT NULL, 
	case_id UUID NOT NULL, 
	queue TEXT NOT NULL, 
	tier TEXT NOT NULL, 
	raised_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	mailed_at TIMESTAMP WITH TIME ZONE, 
	mail_attempts SMALLINT DEFAULT '0' NOT NULL, 
	acknowledged_by UUID, 
	acknowledged_at TIMESTAMP WITH TIME ZONE, 
	PRIMARY KEY (workspace_id, id), 
	FOREIGN KEY(workspace_id, case_id) REFERENCES "case" (workspace_id, id)
);
CREATE INDEX alarm_open ON alarm (raised_at, workspace_id) WHERE acknowledged_at IS NULL;

CREATE TABLE attachment (
	workspace_id UUID NOT NULL, 
	id UUID NOT NULL, 
	message_id UUID NOT NULL, 
	conversation_id UUID NOT NULL, 
	object_id UUID NOT NULL, 
	size BIGINT NOT NULL, 
	readable TEXT NOT NULL, 
	sealed BYTEA NOT NULL, 
	PRIMARY KEY (workspace_id, id), 
	FOREIGN KEY(workspace_id, message_id) REFERENCES message (workspace_id, id)
);
CREATE INDEX attachment_message ON attachment (message_id, workspace_id);

CREATE TABLE outbox (
	workspace_id UUID NOT NULL, 
	id UUID NOT NULL, 
	case_id UUID NOT NULL, 
	conversation_id UUID NOT NULL, 
	kind TEXT NOT NULL, 
	state TEXT NOT NULL, 
	case_version INTEGER NOT NULL, 
	attempt SMALLINT NOT NULL, 
	signed BOOLEAN NOT NULL, 
	event_id UUID NOT NULL, 
	queued_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	due_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	ended_at TIMESTAMP WITH TIME ZONE, 
	sealed BYTEA NOT NULL, 
	PRIMARY KEY (workspace_id, id), 
	FOREIGN KEY(workspace_id, case_id) REFERENCES "case" (workspace_id, id)
);
CREATE INDEX outbox_case ON outbox (case_id, workspace_id);
CREATE INDEX outbox_conversation ON outbox (conversation_id, workspace_id);
CREATE INDEX outbox_due ON outbox (due_at, workspace_id) WHERE state IN ('queued', 'sending');

-- Row-level security: a missing setting sees nothing; after commit a pooled connection shows '', hence nullif.
ALTER TABLE "checkpoint" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "checkpoint" FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON "checkpoint"
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
ALTER TABLE "desk" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "desk" FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON "desk"
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
ALTER TABLE "document" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "document" FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON "document"
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
ALTER TABLE "event" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "event" FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON "event"
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
ALTER TABLE "leaf" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "leaf" FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON "leaf"
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
ALTER TABLE "log_head" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "log_head" FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON "log_head"
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
ALTER TABLE "object" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "object" FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON "object"
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
ALTER TABLE "quarantine" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "quarantine" FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON "quarantine"
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
ALTER TABLE "read_seen" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "read_seen" FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON "read_seen"
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
ALTER TABLE "staff" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "staff" FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON "staff"
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
ALTER TABLE "stop" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "stop" FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON "stop"
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
ALTER TABLE "subject_key" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "subject_key" FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON "subject_key"
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
ALTER TABLE "tile" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "tile" FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON "tile"
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
ALTER TABLE "passage_vector" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "passage_vector" FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON "passage_vector"
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
ALTER TABLE "contact" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "contact" FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON "contact"
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
ALTER TABLE "conversation_key" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "conversation_key" FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON "conversation_key"
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
ALTER TABLE "payload" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "payload" FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON "payload"
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
ALTER TABLE "pending" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "pending" FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON "pending"
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
ALTER TABLE "session" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "session" FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON "session"
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
ALTER TABLE "contact_address" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "contact_address" FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON "contact_address"
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
ALTER TABLE "conversation" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "conversation" FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON "conversation"
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
ALTER TABLE "case" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "case" FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON "case"
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
ALTER TABLE "message" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "message" FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON "message"
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
ALTER TABLE "thread_ref" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "thread_ref" FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON "thread_ref"
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
ALTER TABLE "token" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "token" FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON "token"
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
ALTER TABLE "alarm" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "alarm" FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON "alarm"
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
ALTER TABLE "attachment" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "attachment" FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON "attachment"
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);
ALTER TABLE "outbox" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "outbox" FORCE ROW LEVEL SECURITY;
CREATE POLICY workspace ON "outbox"
    USING (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid)
    WITH CHECK (workspace_id = nullif(current_setting('app.workspace', true), '')::uuid);

-- Grants. The trail: the application inserts and reads; only the sequencer numbers and signs.
GRANT SELECT ON "checkpoint" TO vouchsafe_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "desk" TO vouchsafe_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "document" TO vouchsafe_app;
GRANT SELECT, INSERT ON "event" TO vouchsafe_app;
GRANT SELECT ON "leaf" TO vouchsafe_app;
GRANT SELECT ON "log_head" TO vouchsafe_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "object" TO vouchsafe_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "quarantine" TO vouchsafe_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "read_seen" TO vouchsafe_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "staff" TO vouchsafe_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "stop" TO vouchsafe_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "subject_key" TO vouchsafe_app;
GRANT SELECT ON "tile" TO vouchsafe_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "passage_vector" TO vouchsafe_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "contact" TO vouchsafe_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "conversation_key" TO vouchsafe_app;
GRANT SELECT, INSERT ON "payload" TO vouchsafe_app;
GRANT SELECT, INSERT ON "pending" TO vouchsafe_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "session" TO vouchsafe_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "contact_address" TO vouchsafe_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "conversation" TO vouchsafe_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "case" TO vouchsafe_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "message" TO vouchsafe_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "thread_ref" TO vouchsafe_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "token" TO vouchsafe_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "alarm" TO vouchsafe_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "attachment" TO vouchsafe_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON "outbox" TO vouchsafe_app;
GRANT SELECT, INSERT, UPDATE ON workspace TO vouchsafe_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON route TO vouchsafe_app;
GRANT SELECT ON workspace, alembic_version TO vouchsafe_app, vouchsafe_sequencer;
GRANT SELECT, INSERT ON leaf, checkpoint TO vouchsafe_sequencer;
GRANT SELECT, INSERT, UPDATE ON tile, log_head TO vouchsafe_sequencer;
GRANT SELECT, UPDATE, DELETE ON pending TO vouchsafe_sequencer;
GRANT INSERT ON pending TO vouchsafe_sequencer;
GRANT SELECT, INSERT ON event, payload TO vouchsafe_sequencer;
GRANT SELECT ON conversation, conversation_key, subject_key TO vouchsafe_sequencer;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO vouchsafe_owner;
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename LIKE 'procrastinate%' LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO vouchsafe_app', name);
    END LOOP;
    FOR name IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' LOOP
        EXECUTE format('GRANT USAGE, SELECT ON SEQUENCE %I TO vouchsafe_app', name);
    END LOOP;
END $$;

-- The event row is never changed. The verifier does not rely on this; it stops our own mistakes early.
CREATE FUNCTION trail_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the trail is append-only: % on % refused', TG_OP, TG_TABLE_NAME;
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON event FOR EACH ROW EXECUTE FUNCTION trail_is_append_only();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON event FOR EACH STATEMENT EXECUTE FUNCTION trail_is_append_only();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON leaf FOR EACH ROW EXECUTE FUNCTION trail_is_append_only();
CREATE TRIGGER append_only_all BEFORE TRUNCATE ON leaf FOR EACH STATEMENT EXECUTE FUNCTION trail_is_append_only();
