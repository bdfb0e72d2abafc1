CREATE INDEX ix_account_note_target ON account_note (target);

CREATE INDEX ix_announcement_reaction_account ON announcement_reaction (account);

CREATE INDEX ix_report_closed_by ON report (closed_by) WHERE closed_by IS NOT NULL;

CREATE INDEX ix_search_dismissed_target ON search_dismissed (target);

CREATE INDEX ix_hand_over_session ON hand_over (session);

CREATE INDEX ix_oauth_authorization_account ON oauth_authorization (account);

CREATE INDEX ix_invitation_created_by ON invitation (created_by);

CREATE INDEX ix_unfinished_media_account ON unfinished_media (account);
