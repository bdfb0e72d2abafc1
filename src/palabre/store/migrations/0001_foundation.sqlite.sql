CREATE TABLE account (
    id INTEGER NOT NULL,
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
    created INTEGER NOT NULL,
    posts_count INTEGER NOT NULL,
    followers_count INTEGER NOT NULL,
    following_count INTEGER NOT NULL,
    last_post INTEGER,
    uri TEXT,
    url TEXT,
    inbox TEXT,
    shared_inbox TEXT,
    public_key TEXT,
    fetched INTEGER,
    CONSTRAINT pk_account PRIMARY KEY (id),
    CONSTRAINT uq_account_uri UNIQUE (uri)
);

CREATE UNIQUE INDEX uq_account_handle ON account (username_key, domain);

CREATE TABLE account_word (
    word TEXT NOT NULL,
    account INTEGER NOT NULL,
    CONSTRAINT pk_account_word PRIMARY KEY (word, account)
)
 WITHOUT ROWID;

CREATE INDEX ix_account_word_account ON account_word (account);

CREATE TABLE app (
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    website TEXT,
    redirect_uris TEXT NOT NULL,
    scopes TEXT NOT NULL,
    secret_key BLOB NOT NULL,
    created INTEGER NOT NULL,
    CONSTRAINT pk_app PRIMARY KEY (id)
);

CREATE TABLE attachment (
    id INTEGER NOT NULL,
    account INTEGER NOT NULL,
    post INTEGER,
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
    focus_x DOUBLE NOT NULL,
    focus_y DOUBLE NOT NULL,
    created INTEGER NOT NULL,
    CONSTRAINT pk_attachment PRIMARY KEY (id),
    CONSTRAINT uq_attachment_file UNIQUE (file)
);

CREATE INDEX ix_attachment_post_position ON attachment (post, position) WHERE post IS NOT NULL;

CREATE INDEX ix_attachment_preview ON attachment (preview);

CREATE INDEX ix_attachment_unattached ON attachment (created) WHERE post IS NULL;

CREATE TABLE block (
    account INTEGER NOT NULL,
    target INTEGER NOT NULL,
    id INTEGER NOT NULL,
    CONSTRAINT pk_block PRIMARY KEY (account, target)
)
 WITHOUT ROWID;

CREATE INDEX ix_block_target ON block (target, account);

CREATE TABLE follow (
    follower INTEGER NOT NULL,
    followed INTEGER NOT NULL,
    id INTEGER NOT NULL,
    show_reposts BOOLEAN NOT NULL,
    notify BOOLEAN NOT NULL,
    languages TEXT NOT NULL,
    CONSTRAINT pk_follow PRIMARY KEY (follower, followed)
)
 WITHOUT ROWID;

CREATE INDEX ix_follow_followed_id ON follow (followed, id, follower);

CREATE INDEX ix_follow_followed_notify ON follow (followed, follower) WHERE notify;

CREATE INDEX ix_follow_follower_id ON follow (follower, id);

CREATE TABLE follow_request (
    follower INTEGER NOT NULL,
    followed INTEGER NOT NULL,
    id INTEGER NOT NULL,
    show_reposts BOOLEAN NOT NULL,
    notify BOOLEAN NOT NULL,
    languages TEXT NOT NULL,
    CONSTRAINT pk_follow_request PRIMARY KEY (follower, followed)
)
 WITHOUT ROWID;

CREATE INDEX ix_follow_request_followed_id ON follow_request (followed, id);

CREATE TABLE hashtag (
    id INTEGER NOT NULL,
    "key" TEXT NOT NULL,
    name TEXT NOT NULL,
    created INTEGER NOT NULL,
    last_post INTEGER NOT NULL,
    posts_count INTEGER NOT NULL,
    CONSTRAINT pk_hashtag PRIMARY KEY (id),
    CONSTRAINT uq_hashtag_key UNIQUE ("key")
);

CREATE TABLE idempotency (
    account INTEGER NOT NULL,
    "key" BLOB NOT NULL,
    post INTEGER NOT NULL,
    created INTEGER NOT NULL,
    CONSTRAINT pk_idempotency PRIMARY KEY (account, "key")
)
 WITHOUT ROWID;

CREATE INDEX ix_idempotency_created ON idempotency (created);

CREATE INDEX ix_idempotency_post ON idempotency (post);

CREATE TABLE import_item (
    account INTEGER NOT NULL,
    "key" INTEGER NOT NULL,
    post INTEGER,
    CONSTRAINT pk_import_item PRIMARY KEY (account, "key")
)
 WITHOUT ROWID;

CREATE TABLE import_run (
    id INTEGER NOT NULL,
    account INTEGER NOT NULL,
    source TEXT,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    durable BOOLEAN NOT NULL,
    total INTEGER,
    done INTEGER NOT NULL,
    added INTEGER NOT NULL,
    place INTEGER NOT NULL,
    left_out TEXT NOT NULL,
    listed TEXT NOT NULL,
    error TEXT,
    created INTEGER NOT NULL,
    finished INTEGER,
    CONSTRAINT pk_import_run PRIMARY KEY (id)
);

CREATE INDEX ix_import_run_account_id ON import_run (account, id);

CREATE TABLE import_waiting (
    account INTEGER NOT NULL,
    tie TEXT NOT NULL,
    target TEXT NOT NULL,
    choices TEXT NOT NULL,
    created INTEGER NOT NULL,
    CONSTRAINT pk_import_waiting PRIMARY KEY (account, tie, target)
)
 WITHOUT ROWID;

CREATE TABLE invitation (
    id INTEGER NOT NULL,
    code_key BLOB NOT NULL,
    created_by INTEGER,
    uses_left INTEGER NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER,
    CONSTRAINT pk_invitation PRIMARY KEY (id),
    CONSTRAINT uq_invitation_code_key UNIQUE (code_key)
);

CREATE TABLE job (
    id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    ordering_key TEXT,
    payload TEXT NOT NULL,
    run_at INTEGER NOT NULL,
    leased_until INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    dead BOOLEAN NOT NULL,
    error TEXT,
    created INTEGER NOT NULL,
    CONSTRAINT pk_job PRIMARY KEY (id)
);

CREATE INDEX ix_job_dead_run_at ON job (dead, run_at);

CREATE INDEX ix_job_ordering_key_id ON job (ordering_key, id);

CREATE TABLE journal (
    position INTEGER NOT NULL,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL,
    at INTEGER NOT NULL,
    CONSTRAINT pk_journal PRIMARY KEY (position)
);

CREATE TABLE journal_head (
    one INTEGER NOT NULL,
    position INTEGER NOT NULL,
    CONSTRAINT pk_journal_head PRIMARY KEY (one)
);

CREATE TABLE login (
    account INTEGER NOT NULL,
    email_key BLOB,
    email_sealed BLOB,
    password_hash TEXT,
    role TEXT NOT NULL,
    preferences TEXT NOT NULL,
    signup_reason TEXT,
    created INTEGER NOT NULL,
    CONSTRAINT pk_login PRIMARY KEY (account),
    CONSTRAINT uq_login_email_key UNIQUE (email_key)
);

CREATE TABLE marker (
    account INTEGER NOT NULL,
    timeline TEXT NOT NULL,
    last_read INTEGER NOT NULL,
    version INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    CONSTRAINT pk_marker PRIMARY KEY (account, timeline)
)
 WITHOUT ROWID;

CREATE TABLE mute (
    account INTEGER NOT NULL,
    target INTEGER NOT NULL,
    id INTEGER NOT NULL,
    notifications BOOLEAN NOT NULL,
    expires INTEGER,
    CONSTRAINT pk_mute PRIMARY KEY (account, target)
)
 WITHOUT ROWID;

CREATE INDEX ix_mute_target ON mute (target, account);

CREATE TABLE notification (
    id INTEGER NOT NULL,
    account INTEGER NOT NULL,
    kind TEXT NOT NULL,
    actor INTEGER NOT NULL,
    post INTEGER,
    created INTEGER NOT NULL,
    CONSTRAINT pk_notification PRIMARY KEY (id)
);

CREATE INDEX ix_notification_account_id ON notification (account, id);

CREATE INDEX ix_notification_actor_account ON notification (actor, account);

CREATE INDEX ix_notification_post ON notification (post);

CREATE UNIQUE INDEX uq_notification_account_kind_actor_post ON notification (account, kind, actor, post);

CREATE TABLE notification_seen (
    account INTEGER NOT NULL,
    newest INTEGER NOT NULL,
    CONSTRAINT pk_notification_seen PRIMARY KEY (account)
);

CREATE TABLE oauth_authorization (
    code_key BLOB NOT NULL,
    app INTEGER NOT NULL,
    account INTEGER NOT NULL,
    redirect_uri TEXT NOT NULL,
    scopes TEXT NOT NULL,
    challenge TEXT,
    expires INTEGER NOT NULL,
    token INTEGER,
    CONSTRAINT pk_oauth_authorization PRIMARY KEY (code_key)
);

CREATE INDEX ix_oauth_authorization_expires ON oauth_authorization (expires);

CREATE TABLE oauth_token (
    id INTEGER NOT NULL,
    secret_key BLOB NOT NULL,
    app INTEGER,
    account INTEGER,
    scopes TEXT NOT NULL,
    created INTEGER NOT NULL,
    CONSTRAINT pk_oauth_token PRIMARY KEY (id),
    CONSTRAINT uq_oauth_token_secret_key UNIQUE (secret_key)
);

CREATE INDEX ix_oauth_token_account ON oauth_token (account);

CREATE TABLE post (
    id INTEGER NOT NULL,
    author INTEGER NOT NULL,
    text TEXT NOT NULL,
    entities TEXT NOT NULL,
    mentions TEXT NOT NULL,
    hashtags TEXT NOT NULL,
    warning TEXT NOT NULL,
    sensitive BOOLEAN NOT NULL,
    language TEXT,
    visibility TEXT NOT NULL,
    created INTEGER NOT NULL,
    edited INTEGER,
    reply_to INTEGER,
    reply_to_author INTEGER,
    thread INTEGER NOT NULL,
    repost_of INTEGER,
    app INTEGER,
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

CREATE INDEX ix_post_author_id ON post (author, id);

CREATE INDEX ix_post_author_id_media ON post (author, id) WHERE media_count > 0;

CREATE INDEX ix_post_listed_id ON post (id) WHERE listed;

CREATE INDEX ix_post_reply_to_id ON post (reply_to, id) WHERE reply_to IS NOT NULL;

CREATE INDEX ix_post_repost_of_id ON post (repost_of, id) WHERE repost_of IS NOT NULL;

CREATE INDEX ix_post_thread_id ON post (thread, id);

CREATE UNIQUE INDEX uq_post_repost_of_author ON post (repost_of, author) WHERE repost_of IS NOT NULL;

CREATE TABLE post_hashtag (
    hashtag INTEGER NOT NULL,
    post INTEGER NOT NULL,
    author INTEGER NOT NULL,
    CONSTRAINT pk_post_hashtag PRIMARY KEY (hashtag, post)
)
 WITHOUT ROWID;

CREATE INDEX ix_post_hashtag_post ON post_hashtag (post);

CREATE TABLE post_mention (
    account INTEGER NOT NULL,
    post INTEGER NOT NULL,
    CONSTRAINT pk_post_mention PRIMARY KEY (account, post)
)
 WITHOUT ROWID;

CREATE INDEX ix_post_mention_post ON post_mention (post);

CREATE TABLE session (
    id INTEGER NOT NULL,
    account INTEGER NOT NULL,
    secret_key BLOB NOT NULL,
    agent TEXT NOT NULL,
    created INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    CONSTRAINT pk_session PRIMARY KEY (id),
    CONSTRAINT uq_session_secret_key UNIQUE (secret_key)
);

CREATE INDEX ix_session_account ON session (account);

CREATE INDEX ix_session_expires ON session (expires);

CREATE TABLE subscriber_cursor (
    name TEXT NOT NULL,
    position INTEGER NOT NULL,
    failure TEXT,
    CONSTRAINT pk_subscriber_cursor PRIMARY KEY (name)
);

CREATE TABLE viewer_post (
    account INTEGER NOT NULL,
    post INTEGER NOT NULL,
    marks INTEGER NOT NULL,
    liked INTEGER,
    bookmarked INTEGER,
    CONSTRAINT pk_viewer_post PRIMARY KEY (account, post)
)
 WITHOUT ROWID;

CREATE INDEX ix_viewer_post_account_bookmarked ON viewer_post (account, bookmarked) WHERE bookmarked IS NOT NULL;

CREATE INDEX ix_viewer_post_account_liked ON viewer_post (account, liked) WHERE liked IS NOT NULL;

CREATE INDEX ix_viewer_post_post_liked ON viewer_post (post, liked);
