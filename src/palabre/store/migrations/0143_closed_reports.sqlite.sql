CREATE INDEX ix_report_closed_at ON report (closed);
