-- What the audit trail is read by, newest first: an index for each question, with the order of the pages at its end
-- (docs/adr/0016). They hold up who writes entries while they are built.

-- All of it, and by time. The predicate holds for every entry, but only a question that repeats it is answered from here.
-- Others never are: for a key that did most of what was ever done, but nothing lately, that would be a walk through
-- everybody else's entries.
CREATE INDEX audit_entries_by_time ON audit_entries (application_id, at, id) WHERE kind <> '';

-- What a key did.
CREATE INDEX audit_entries_by_actor ON audit_entries (application_id, actor_key, at, id) WHERE actor_key IS NOT NULL;

-- Deletions among millions of reports.
CREATE INDEX audit_entries_by_operation ON audit_entries (application_id, operation, at, id);

-- What a support case begins with.
CREATE INDEX audit_entries_by_request ON audit_entries (application_id, request_id, at, id);

-- What happened to a user is read from this index and from that of its comments: each entry is in one of the two.
CREATE INDEX audit_entries_not_comments ON audit_entries (application_id, user_id, at, id)
    WHERE user_id IS NOT NULL AND kind NOT IN
        ('STATUS_CHANGED', 'METADATA_UPDATED', 'TAG_ADDED', 'TAG_REMOVED', 'PROFILE_UPDATED', 'COMMENT');
