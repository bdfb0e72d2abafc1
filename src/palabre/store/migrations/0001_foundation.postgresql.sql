CREATE TABLE account (
    id BIGINT NOT NULL,
    username TEXT NOT NULL,
    username_key TEXT NOT NULL,
    domain TEXT NOT NULL,
    display_name TEXT NOT NULL,
    bio TEXT NOT NULL,
    fields TEXT NOT NULL,
    avatar TEXT,
    avatar_description TEXT NOT NULL,
    header TEXT,
    header_description TEXT NOT NULL,
    locked BOOLEAN NOT NULL,
    bot BOOLEAN NOT NULL,
    discoverable BOOLEAN NOT NULL,
    indexable BOOLEAN NOT NULL,
    standing TEXT NOT NULL,
    created BIGINT NOT NULL,
    posts_count INTEGER NOT NULL,
    followers_count INTEGER NOT NULL,
    following_count INTEGER NOT NULL,
    last_post BIGINT,
    uri TEXT,
    url TEXT,
    inbox TEXT,
    shared_inbox TEXT,
    public_key TEXT,
    fetched BIGINT,
    CONSTRAINT pk_account PRIMARY KEY (id),
    CONSTRAINT uq_account_uri UNIQUE (uri)
);

ALTER TABLE account ALTER COLUMN username SET STATISTICS 0;

ALTER TABLE account ALTER COLUMN username_key SET STATISTICS 0;

ALTER TABLE account ALTER COLUMN domain SET STATISTICS 0;

ALTER TABLE account ALTER COLUMN display_name SET STATISTICS 0;

ALTER TABLE account ALTER COLUMN bio SET STATISTICS 0;

ALTER TABLE account ALTER COLUMN fields SET STATISTICS 0;

ALTER TABLE account ALTER COLUMN avatar SET STATISTICS 0;

ALTER TABLE account ALTER COLUMN avatar_description SET STATISTICS 0;

ALTER TABLE account ALTER COLUMN header SET STATISTICS 0;

ALTER TABLE account ALTER COLUMN header_description SET STATISTICS 0;

ALTER TABLE account ALTER COLUMN uri SET STATISTICS 0;

ALTER TABLE account ALTER COLUMN url SET STATISTICS 0;

ALTER TABLE account ALTER COLUMN inbox SET STATISTICS 0;

ALTER TABLE account ALTER COLUMN shared_inbox SET STATISTICS 0;

ALTER TABLE account ALTER COLUMN public_key SET STATISTICS 0;

CREATE UNIQUE INDEX uq_account_handle ON account (username_key, domain);

CREATE TABLE account_word (
    word TEXT COLLATE "C" NOT NULL,
    account BIGINT NOT NULL,
    CONSTRAINT pk_account_word PRIMARY KEY (word, account)
);

ALTER TABLE account_word ALTER COLUMN word SET STATISTICS 0;

CREATE INDEX ix_account_word_account ON account_word (account);

CREATE TABLE app (
    id BIGINT NOT NULL,
    name TEXT NOT NULL,
    website TEXT,
    redirect_uris TEXT NOT NULL,
    scopes TEXT NOT NULL,
    secret_key BYTEA NOT NULL,
    created BIGINT NOT NULL,
    CONSTRAINT pk_app PRIMARY KEY (id)
);

ALTER TABLE app ALTER COLUMN name SET STATISTICS 0;

ALTER TABLE app ALTER COLUMN website SET STATISTICS 0;

ALTER TABLE app ALTER COLUMN redirect_uris SET STATISTICS 0;

ALTER TABLE app ALTER COLUMN scopes SET STATISTICS 0;

CREATE TABLE attachment (
    id BIGINT NOT NULL,
    account BIGINT NOT NULL,
    post BIGINT,
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    file TEXT NOT NULL,
    preview TEXT NOT NULL,
    mime TEXT NOT NULL,
    size INTEGER NOT NULL,
    width INTEGER NOT NULL,
    height INTEGER NOT NULL,
    preview_width INTEGER NOT NULL,
    preview_height INTEGER NOT NULL,
    blurhash TEXT,
    description TEXT NOT NULL,
    focus_x DOUBLE PRECISION NOT NULL,
    focus_y DOUBLE PRECISION NOT NULL,
    created BIGINT NOT NULL,
    CONSTRAINT pk_attachment PRIMARY KEY (id),
    CONSTRAINT uq_attachment_file UNIQUE (file)
);

ALTER TABLE attachment ALTER COLUMN file SET STATISTICS 0;

ALTER TABLE attachment ALTER COLUMN preview SET STATISTICS 0;

ALTER TABLE attachment ALTER COLUMN blurhash SET STATISTICS 0;

ALTER TABLE attachment ALTER COLUMN description SET STATISTICS 0;

CREATE INDEX ix_attachment_post_position ON attachment (post, position) WHERE post IS NOT NULL;

CREATE INDEX ix_attachment_preview ON attachment (preview);

CREATE INDEX ix_attachment_unattached ON attachment (created) WHERE post IS NULL;

CREATE TABLE block (
    account BIGINT NOT NULL,
    target BIGINT NOT NULL,
    id BIGINT NOT NULL,
    CONSTRAINT pk_block PRIMARY KEY (account, target)
);

CREATE INDEX ix_block_target ON block (target, account);

CREATE TABLE follow (
    follower BIGINT NOT NULL,
    followed BIGINT NOT NULL,
    id BIGINT NOT NULL,
    show_reposts BOOLEAN NOT NULL,
    notify BOOLEAN NOT NULL,
    languages TEXT NOT NULL,
    CONSTRAINT pk_follow PRIMARY KEY (follower, followed)
);

ALTER TABLE follow ALTER COLUMN languages SET STATISTICS 0;

CREATE INDEX ix_follow_followed_id ON follow (followed, id, follower);

CREATE INDEX ix_follow_followed_notify ON follow (followed, follower) WHERE notify;

CREATE INDEX ix_follow_follower_id ON follow (follower, id);

CREATE TABLE follow_request (
    follower BIGINT NOT NULL,
    followed BIGINT NOT NULL,
    id BIGINT NOT NULL,
    show_reposts BOOLEAN NOT NULL,
    notify BOOLEAN NOT NULL,
    languages TEXT NOT NULL,
    CONSTRAINT pk_follow_request PRIMARY KEY (follower, followed)
);

ALTER TABLE follow_request ALTER COLUMN languages SET STATISTICS 0;

CREATE INDEX ix_follow_request_followed_id ON follow_request (followed, id);

CREATE TABLE hashtag (
    id BIGINT NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    name TEXT NOT NULL,
    created BIGINT NOT NULL,
    last_post BIGINT NOT NULL,
    posts_count INTEGER NOT NULL,
    CONSTRAINT pk_hashtag PRIMARY KEY (id),
    CONSTRAINT uq_hashtag_key UNIQUE (key)
);

ALTER TABLE hashtag ALTER COLUMN key SET STATISTICS 0;

ALTER TABLE hashtag ALTER COLUMN name SET STATISTICS 0;

CREATE TABLE idempotency (
    account BIGINT NOT NULL,
    key BYTEA NOT NULL,
    post BIGINT NOT NULL,
    created BIGINT NOT NULL,
    CONSTRAINT pk_idempotency PRIMARY KEY (account, key)
);

CREATE INDEX ix_idempotency_created ON idempotency (created);

CREATE INDEX ix_idempotency_post ON idempotency (post);

CREATE TABLE import_item (
    account BIGINT NOT NULL,
    key BIGINT NOT NULL,
    post BIGINT,
    CONSTRAINT pk_import_item PRIMARY KEY (account, key)
);

CREATE TABLE import_run (
    id BIGINT NOT NULL,
    account BIGINT NOT NULL,
    source TEXT,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    durable BOOLEAN NOT NULL,
    total BIGINT,
    done BIGINT NOT NULL,
    added BIGINT NOT NULL,
    place BIGINT NOT NULL,
    left_out TEXT NOT NULL,
    listed TEXT NOT NULL,
    error TEXT,
    created BIGINT NOT NULL,
    finished BIGINT,
    CONSTRAINT pk_import_run PRIMARY KEY (id)
);

ALTER TABLE import_run ALTER COLUMN source SET STATISTICS 0;

ALTER TABLE import_run ALTER COLUMN name SET STATISTICS 0;

ALTER TABLE import_run ALTER COLUMN state SET STATISTICS 0;

ALTER TABLE import_run ALTER COLUMN left_out SET STATISTICS 0;

ALTER TABLE import_run ALTER COLUMN listed SET STATISTICS 0;

ALTER TABLE import_run ALTER COLUMN error SET STATISTICS 0;

CREATE INDEX ix_import_run_account_id ON import_run (account, id);

CREATE TABLE import_waiting (
    account BIGINT NOT NULL,
    tie TEXT NOT NULL,
    target TEXT NOT NULL,
    choices TEXT NOT NULL,
    created BIGINT NOT NULL,
    CONSTRAINT pk_import_waiting PRIMARY KEY (account, tie, target)
);

ALTER TABLE import_waiting ALTER COLUMN tie SET STATISTICS 0;

ALTER TABLE import_waiting ALTER COLUMN target SET STATISTICS 0;

ALTER TABLE import_waiting ALTER COLUMN choices SET STATISTICS 0;

CREATE TABLE invitation (
    id BIGINT NOT NULL,
    code_key BYTEA NOT NULL,
    created_by BIGINT,
    uses_left INTEGER NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT,
    CONSTRAINT pk_invitation PRIMARY KEY (id),
    CONSTRAINT uq_invitation_code_key UNIQUE (code_key)
);

CREATE TABLE job (
    id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    ordering_key TEXT,
    payload TEXT NOT NULL,
    run_at BIGINT NOT NULL,
    leased_until BIGINT NOT NULL,
    attempts INTEGER NOT NULL,
    dead BOOLEAN NOT NULL,
    error TEXT,
    created BIGINT NOT NULL,
    CONSTRAINT pk_job PRIMARY KEY (id)
);

ALTER TABLE job ALTER COLUMN ordering_key SET STATISTICS 0;

ALTER TABLE job ALTER COLUMN payload SET STATISTICS 0;

ALTER TABLE job ALTER COLUMN error SET STATISTICS 0;

CREATE INDEX ix_job_dead_run_at ON job (dead, run_at);

CREATE INDEX ix_job_ordering_key_id ON job (ordering_key, id);

CREATE TABLE journal (
    position BIGINT NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    at BIGINT NOT NULL,
    CONSTRAINT pk_journal PRIMARY KEY (position)
);

ALTER TABLE journal ALTER COLUMN payload SET STATISTICS 0;

CREATE TABLE journal_head (
    one INTEGER NOT NULL,
    position BIGINT NOT NULL,
    CONSTRAINT pk_journal_head PRIMARY KEY (one)
);

CREATE TABLE login (
    account BIGINT NOT NULL,
    email_key BYTEA,
    email_sealed BYTEA,
    password_hash TEXT,
    role TEXT NOT NULL,
    preferences TEXT NOT NULL,
    signup_reason TEXT,
    created BIGINT NOT NULL,
    CONSTRAINT pk_login PRIMARY KEY (account),
    CONSTRAINT uq_login_email_key UNIQUE (email_key)
);

ALTER TABLE login ALTER COLUMN password_hash SET STATISTICS 0;

ALTER TABLE login ALTER COLUMN preferences SET STATISTICS 0;

ALTER TABLE login ALTER COLUMN signup_reason SET STATISTICS 0;

CREATE TABLE marker (
    account BIGINT NOT NULL,
    timeline TEXT NOT NULL,
    last_read BIGINT NOT NULL,
    version INTEGER NOT NULL,
    updated BIGINT NOT NULL,
    CONSTRAINT pk_marker PRIMARY KEY (account, timeline)
);

ALTER TABLE marker ALTER COLUMN timeline SET STATISTICS 0;

CREATE TABLE mute (
    account BIGINT NOT NULL,
    target BIGINT NOT NULL,
    id BIGINT NOT NULL,
    notifications BOOLEAN NOT NULL,
    expires BIGINT,
    CONSTRAINT pk_mute PRIMARY KEY (account, target)
);

CREATE INDEX ix_mute_target ON mute (target, account);

CREATE TABLE notification (
    id BIGINT NOT NULL,
    account BIGINT NOT NULL,
    kind TEXT NOT NULL,
    actor BIGINT NOT NULL,
    post BIGINT,
    created BIGINT NOT NULL,
    CONSTRAINT pk_notification PRIMARY KEY (id)
);

CREATE INDEX ix_notification_account_id ON notification (account, id);

CREATE INDEX ix_notification_actor_account ON notification (actor, account);

CREATE INDEX ix_notification_post ON notification (post);

CREATE UNIQUE INDEX uq_notification_account_kind_actor_post ON notification (account, kind, actor, post);

CREATE TABLE notification_seen (
    account BIGINT NOT NULL,
    newest BIGINT NOT NULL,
    CONSTRAINT pk_notification_seen PRIMARY KEY (account)
);

CREATE TABLE oauth_authorization (
    code_key BYTEA NOT NULL,
    app BIGINT NOT NULL,
    account BIGINT NOT NULL,
    redirect_uri TEXT NOT NULL,
    scopes TEXT NOT NULL,
    challenge TEXT,
    expires BIGINT NOT NULL,
    token BIGINT,
    CONSTRAINT pk_oauth_authorization PRIMARY KEY (code_key)
);

ALTER TABLE oauth_authorization ALTER COLUMN redirect_uri SET STATISTICS 0;

ALTER TABLE oauth_authorization ALTER COLUMN scopes SET STATISTICS 0;

ALTER TABLE oauth_authorization ALTER COLUMN challenge SET STATISTICS 0;

CREATE INDEX ix_oauth_authorization_expires ON oauth_authorization (expires);

CREATE TABLE oauth_token (
    id BIGINT NOT NULL,
    secret_key BYTEA NOT NULL,
    app BIGINT,
    account BIGINT,
    scopes TEXT NOT NULL,
    created BIGINT NOT NULL,
    CONSTRAINT pk_oauth_token PRIMARY KEY (id),
    CONSTRAINT uq_oauth_token_secret_key UNIQUE (secret_key)
);

ALTER TABLE oauth_token ALTER COLUMN scopes SET STATISTICS 0;

CREATE INDEX ix_oauth_token_account ON oauth_token (account);

CREATE TABLE post (
    id BIGINT NOT NULL,
    author BIGINT NOT NULL,
    text TEXT NOT NULL,
    entities TEXT NOT NULL,
    mentions TEXT NOT NULL,
    hashtags TEXT NOT NULL,
    warning TEXT NOT NULL,
    sensitive BOOLEAN NOT NULL,
    language TEXT,
    visibility TEXT NOT NULL,
    created BIGINT NOT NULL,
    edited BIGINT,
    reply_to BIGINT,
    reply_to_author BIGINT,
    thread BIGINT NOT NULL,
    repost_of BIGINT,
    app BIGINT,
    local BOOLEAN NOT NULL,
    listed BOOLEAN NOT NULL,
    replies_count INTEGER NOT NULL,
    reposts_count INTEGER NOT NULL,
    likes_count INTEGER NOT NULL,
    media_count INTEGER NOT NULL,
    uri TEXT,
    url TEXT,
    CONSTRAINT pk_post PRIMARY KEY (id),
    CONSTRAINT uq_post_uri UNIQUE (uri)
);

ALTER TABLE post ALTER COLUMN text SET STATISTICS 0;

ALTER TABLE post ALTER COLUMN entities SET STATISTICS 0;

ALTER TABLE post ALTER COLUMN mentions SET STATISTICS 0;

ALTER TABLE post ALTER COLUMN hashtags SET STATISTICS 0;

ALTER TABLE post ALTER COLUMN warning SET STATISTICS 0;

ALTER TABLE post ALTER COLUMN uri SET STATISTICS 0;

ALTER TABLE post ALTER COLUMN url SET STATISTICS 0;

CREATE INDEX ix_post_author_id ON post (author, id);

CREATE INDEX ix_post_author_id_media ON post (author, id) WHERE media_count > 0;

CREATE INDEX ix_post_listed_id ON post (id) WHERE listed;

CREATE INDEX ix_post_reply_to_id ON post (reply_to, id) WHERE reply_to IS NOT NULL;

CREATE INDEX ix_post_repost_of_id ON post (repost_of, id) WHERE repost_of IS NOT NULL;

CREATE INDEX ix_post_thread_id ON post (thread, id);

CREATE UNIQUE INDEX uq_post_repost_of_author ON post (repost_of, author) WHERE repost_of IS NOT NULL;

CREATE TABLE post_hashtag (
    hashtag BIGINT NOT NULL,
    post BIGINT NOT NULL,
    author BIGINT NOT NULL,
    CONSTRAINT pk_post_hashtag PRIMARY KEY (hashtag, post)
);

CREATE INDEX ix_post_hashtag_post ON post_hashtag (post);

CREATE TABLE post_mention (
    account BIGINT NOT NULL,
    post BIGINT NOT NULL,
    CONSTRAINT pk_post_mention PRIMARY KEY (account, post)
);

CREATE INDEX ix_post_mention_post ON post_mention (post);

CREATE TABLE session (
    id BIGINT NOT NULL,
    account BIGINT NOT NULL,
    secret_key BYTEA NOT NULL,
    agent TEXT NOT NULL,
    created BIGINT NOT NULL,
    seen BIGINT NOT NULL,
    expires BIGINT NOT NULL,
    CONSTRAINT pk_session PRIMARY KEY (id),
    CONSTRAINT uq_session_secret_key UNIQUE (secret_key)
);

ALTER TABLE session ALTER COLUMN agent SET STATISTICS 0;

CREATE INDEX ix_session_account ON session (account);

CREATE INDEX ix_session_expires ON session (expires);

CREATE TABLE subscriber_cursor (
    name TEXT NOT NULL,
    position BIGINT NOT NULL,
    failure TEXT,
    CONSTRAINT pk_subscriber_cursor PRIMARY KEY (name)
);

ALTER TABLE subscriber_cursor ALTER COLUMN name SET STATISTICS 0;

ALTER TABLE subscriber_cursor ALTER COLUMN failure SET STATISTICS 0;

CREATE TABLE viewer_post (
    account BIGINT NOT NULL,
    post BIGINT NOT NULL,
    marks INTEGER NOT NULL,
    liked BIGINT,
    bookmarked BIGINT,
    CONSTRAINT pk_viewer_post PRIMARY KEY (account, post)
);

CREATE INDEX ix_viewer_post_account_bookmarked ON viewer_post (account, bookmarked) WHERE bookmarked IS NOT NULL;

CREATE INDEX ix_viewer_post_account_liked ON viewer_post (account, liked) WHERE liked IS NOT NULL;

CREATE INDEX ix_viewer_post_post_liked ON viewer_post (post, liked);
