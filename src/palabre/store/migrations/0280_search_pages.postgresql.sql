-- Pages of volumes are written in another way: what there is of them goes, and the server indexes all posts again.
DELETE FROM search_filled WHERE EXISTS (SELECT FROM search_volume);

TRUNCATE search_volume, search_page, search_post, search_gone;
