"""``palabre drill``: rehearse a disaster, and see what it costs before it happens."""

from __future__ import annotations

import rich_click as click

from palabre.cli.drill_host_loss import host_loss
from palabre.cli.drill_restore import restore
from palabre.cli.drill_vendor_loss import vendor_loss


@click.group()
def drill() -> None:
    """Rehearse a disaster: what is lost, and how long does it take?"""


drill.add_command(vendor_loss)
drill.add_command(restore)
drill.add_command(host_loss)
