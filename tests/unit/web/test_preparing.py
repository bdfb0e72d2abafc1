"""How far an upload is that is being prepared: on the page of the composer, and in what its script asks for."""

from __future__ import annotations

import re

from palabre.edge.films import Progress
from palabre.ids import Kind, MediaId
from unit.api.network import Network
from unit.media.films import film
from unit.web.reading import Reading

_SHOWN = re.compile(r'<progress max="100" value="(\d+)">')


def test_the_composer_says_how_far_each_upload_is(network: Network) -> None:
    ana = network.member("ana")
    sent = [ana.call("POST", "/api/v2/media", 202, files={"file": ("x.mp4", film(), "video/mp4")}) for _ in range(2)]
    first, second = (each.json()["id"] for each in sent)
    reading = Reading(ana)

    def shown() -> list[list[str]]:
        """On the whole page, after more was to be attached, and in each place by itself."""
        whole = reading.send("/compose", 200, **{"attach": "1", "text": "Look", "media[]": [first, second]})
        places = [reading.get(f"/compose/media/{each}") for each in (first, second)]
        return [_SHOWN.findall(text) for text in (whole, *places)]

    percent = network.site.part(Progress).percent
    assert shown() == [["0", "0"], ["0"], ["0"]], "neither has begun"
    number = MediaId(network.site.ids.decode(Kind.MEDIA, second))
    for so_far in ("1", "37", "99"):
        percent[number] = int(so_far)
        assert shown() == [["0", so_far], ["0"], [so_far]]
