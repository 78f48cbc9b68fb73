DROP INDEX audit_entries_not_comments;
DROP INDEX audit_entries_by_request;
DROP INDEX audit_entries_by_operation;
DROP INDEX audit_entries_by_actor;
DROP INDEX audit_entries_by_time;
