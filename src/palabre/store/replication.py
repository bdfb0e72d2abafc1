"""How PostgreSQL's replication stands, as the machine that is asked sees it."""

from __future__ import annotations

from typing import Final

import msgspec

from palabre.store.session import Snapshot
from palabre.store.statement import Statement

VAULT: Final = "palabre_vault"
"""How what copies the log into vaults calls itself: it confirms nothing, and is no standby."""
_SELF = Statement("SELECT 0, 0", "SELECT pg_is_in_recovery(), current_setting('synchronous_standby_names') <> ''")
_STANDBYS = Statement(
    "SELECT '', '', 0, 0 LIMIT 0",
    f"""
    SELECT application_name, state, sync_state IN ('sync', 'quorum'),
      CASE WHEN pg_is_in_recovery() THEN 0 ELSE pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)::bigint END
    FROM pg_stat_replication WHERE application_name IS DISTINCT FROM '{VAULT}' ORDER BY application_name
    """,
)
_STREAMING = "streaming"


class PostgresqlStandby(msgspec.Struct, frozen=True):
    """A machine that follows."""

    name: str
    synchronous: bool
    """Whether a write waits until this one has it."""
    behind: int
    """Bytes of the log that it does not show yet."""


class Replication(msgspec.Struct, frozen=True, kw_only=True):
    """What one machine says."""

    leads: bool
    """Whether it takes writes; ``False`` on a standby, while there is no primary."""
    demanded: bool
    """Whether its writes wait for a standby at this moment."""
    hidden: bool
    """Whether it does not tell this user about its standbys."""
    standbys: list[PostgresqlStandby] = []

    @property
    def synchronous(self) -> list[PostgresqlStandby]:
        """The standbys that have every write before it is answered."""
        return [each for each in self.standbys if each.synchronous]

    def is_missing(self, *, several: bool) -> bool:
        """Tell whether a synchronous standby should be there, and is not."""
        wanted = several or self.demanded or bool(self.standbys)
        return wanted and self.leads and not self.hidden and not self.synchronous


def replication(db: Snapshot) -> Replication | None:
    """Ask PostgreSQL; ``None`` with SQLite."""
    if db.dialect != "postgresql":
        return None
    row = db.one(_SELF)
    follows, demanded = row or (False, False)
    rows = db.all(_STANDBYS)
    return Replication(
        leads=not follows,
        demanded=bool(demanded),
        hidden=any(state is None for _, state, _, _ in rows),
        standbys=[
            PostgresqlStandby(name=str(name), synchronous=bool(waited), behind=int(behind or 0))
            for name, state, waited, behind in rows
            if state == _STREAMING
        ],
    )
