CREATE INDEX ix_account_note_target ON account_note (target);

CREATE INDEX ix_announcement_reaction_account ON announcement_reaction (account);

CREATE INDEX ix_report_closed_by ON report (closed_by) WHERE closed_by IS NOT NULL;

CREATE INDEX ix_search_dismissed_target ON search_dismissed (target);
