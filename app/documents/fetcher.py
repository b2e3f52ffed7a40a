"""The door of the print room: it hands out our own few assets and refuses every other address."""

from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse


class OwnAssets(URLFetcher):
    """Serves what is in `assets` (address: content type and bytes); remembers what it refused.

    WeasyPrint swallows even a fatal refusal in some places (a picture inside an <svg>), so
    whoever renders must look at `refused` afterwards and throw the paper away.
    """

    def __init__(self, assets: dict[str, tuple[str, bytes]]) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False, fail_on_errors=True)
        self.assets = assets
        self.refused: list[str] = []

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        if url in self.assets:
            content_type, body = self.assets[url]
            return URLFetcherResponse(url, body, {"Content-Type": content_type})
        self.refused.append(url)
        raise FatalURLFetchingError(f"a paper asked for {url[:200]!r}")
