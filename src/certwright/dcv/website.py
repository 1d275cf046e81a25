"""Proof of control by a file on the website (BR §3.2.2.4.18 Agreed-Upon Change to Website v2).

The file stands at ``http://<FQDN>/.well-known/pki-validation/fileauth.txt`` and proves that FQDN alone: no parent, no
wildcard. It is fetched as ``fetcher`` tells; the final status must be 200, stricter than the BR's 2xx because "no
content" and "partial content" prove nothing, and the value must stand in the first bytes of the body.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from yarl import URL

from certwright.dcv.fetcher import FetchFailed
from certwright.dcv.wording import quoted
from certwright.domain.dcv import WEBSITE_FILE, WEBSITE_PATH, ProbeResult

if TYPE_CHECKING:
    from certwright.dcv.fetcher import Fetcher, Page
    from certwright.domain.dcv import Probe

_OK = 200


class WebsiteProbe:
    """Looks for the value in the validation file of a website."""

    def __init__(self, fetcher: Fetcher, *, port: int = 80) -> None:
        self._fetcher = fetcher
        self._port = port

    async def look(self, probe: Probe) -> ProbeResult:
        """Fetch the file of the FQDN itself and search it for the value."""
        url = URL.build(scheme="http", host=probe.domain, port=self._port, path=WEBSITE_PATH + WEBSITE_FILE)
        try:
            page = await self._fetcher.get(url, secret=probe.random_value)
        except FetchFailed as failure:
            reason = f"The file could not be fetched: {failure}"
        else:
            if page.status == _OK and probe.random_value.encode() in page.body:
                return ProbeResult(proved_domain=probe.domain)
            reason = _fault(page)
        return ProbeResult(
            reason=reason,
            next_step=f"Serve a plain file with the text {probe.random_value} at {url}, with status 200, "
            "to the whole Internet, then have the name checked again",
        )


def _fault(page: Page) -> str:
    if page.status != _OK:
        return f"{quoted(page.url)} answered with status {page.status} instead of 200"
    if page.encoding != "identity":
        return f"{quoted(page.url)} sent its answer compressed ({quoted(page.encoding)}), though asked not to"
    kind = quoted(page.content_type)
    return f"The value is not in the first {len(page.body)} bytes at {quoted(page.url)}, which are of type {kind}"
