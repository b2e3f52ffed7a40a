"""Addresses are worked out late, and come out as Werkzeug would have written them."""

import pytest
from werkzeug.routing import Map, Rule

from app import create_app
from app.addresses import LazyRule

WRITTEN = [
    ("/rounds/", {}),
    ("/rounds/<int:round_id>/order", {"round_id": 7}),
    ("/a/<ticket>/order.<any(csv, xlsx):suffix>", {"ticket": "één/woord", "suffix": "csv"}),
]


@pytest.fixture(autouse=True)
def _nothing_is_remembered(monkeypatch) -> None:
    """As in real life: other tests share what was worked out, see `tests.addresses`."""
    monkeypatch.setattr(LazyRule, "compile", Rule.compile)


@pytest.mark.parametrize(("rule", "values"), WRITTEN)
@pytest.mark.parametrize("more", [{}, {"more": "a b"}])
def test_an_address_reads_as_it_would_without_us(rule, values, more):
    ours, plain = (
        Map([kind(rule, endpoint="page")]).bind("koopkracht.example") for kind in (LazyRule, Rule)
    )

    expected = plain.build("page", values | more)
    assert ours.build("page", values | more) == expected
    assert ours.build("page", values | more) == expected  # and again, from what was made
    assert ours.build("page", values) == plain.build("page", values)


def test_the_site_works_out_no_address_before_a_page_names_it(monkeypatch, tmp_path):
    made = []
    compiles = Rule._compile_builder
    monkeypatch.setattr(
        Rule, "_compile_builder", lambda rule, *how: made.append(rule) or compiles(rule, *how)
    )

    site = create_app(TESTING=True, INSTANCE_FOLDER=str(tmp_path))

    assert {rule.rule for rule in made} <= {"/static/<path:filename>"}  # Flask's own
    assert len(list(site.url_map.iter_rules())) > 200
