"""A link in a mail leads to a page that is there, whatever address a request came to."""

from urllib.parse import urlsplit

import pytest

from app.codes import SignInRequest
from app.mail import links
from tests.builders import NOON


@pytest.mark.parametrize(
    "made",
    [
        lambda: links.sign_in(SignInRequest(id=3, email="ada@example.org", asked_at=NOON)),
        lambda: links.paper(7),
        lambda: links.order(3, 7),
        lambda: links.coordinator_round(3),
    ],
)
def test_every_link_leads_to_a_page(app, made):
    app.config["BASE_URL"] = "https://samen.example/buurt"

    address = urlsplit(made())

    assert (address.scheme, address.netloc) == ("https", "samen.example")
    path = address.path.removeprefix("/buurt")
    assert path != address.path
    pages = app.url_map.bind("samen.example")
    endpoint, _ = pages.match(path, method="GET")
    assert endpoint != "home.index"
