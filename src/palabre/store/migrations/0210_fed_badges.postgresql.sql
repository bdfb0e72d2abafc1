UPDATE account SET badges = replace(replace(replace(badges, '{"kind":"feed","by":"member"},', ''), ',{"kind":"feed","by":"member"}', ''), '{"kind":"feed","by":"member"}', '');
UPDATE account SET badges = '[{"kind":"feed","by":"network"},' || substr(badges, 2) WHERE badges <> '[]' AND id IN (SELECT account FROM feed_source);
UPDATE account SET badges = '[{"kind":"feed","by":"network"}]' WHERE badges = '[]' AND id IN (SELECT account FROM feed_source);
