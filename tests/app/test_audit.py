"""The audit of what we build on: never a false green."""

import pytest

from app import audit

PINS = """\
flask==3.1.3 \\
    --hash=sha256:aa
coverage[toml]==7.0 \\
    --hash=sha256:bb
# via == a remark
Typing_Extensions==4.1
"""
NAMES = {"flask", "coverage", "typing-extensions"}


def clean(*names):
    return {"dependencies": [{"name": name, "version": "1", "vulns": []} for name in names]}


def test_every_pin_is_read_under_one_spelling() -> None:
    assert audit.pinned(PINS) == NAMES
    assert len(audit.pinned((audit.ROOT / "requirements.txt").read_text())) > 30


def test_it_is_in_order_only_when_everything_was_looked_at() -> None:
    found = audit.judge(NAMES, clean("flask", "coverage", "typing_extensions"))
    assert found.ends_with == audit.IN_ORDER
    assert audit.told(found) == ["3 packages looked at, no weakness known."]


@pytest.mark.parametrize(
    "report",
    [
        {},
        {"dependencies": []},
        clean("flask"),
        {"dependencies": [{"name": name, "skip_reason": "not found"} for name in NAMES]},
    ],
    ids=["no report", "an empty report", "some are missing", "all were skipped"],
)
def test_what_was_not_looked_at_is_told_and_nothing_called_safe(report) -> None:
    found = audit.judge(NAMES, report)
    assert found.ends_with == audit.NOT_LOOKED
    said = " ".join(audit.told(found))
    assert "COULD NOT LOOK" in said
    assert "coverage" in said
    assert "no weakness" not in said


def test_an_empty_list_is_no_good_news() -> None:
    assert audit.judge(set(), {"dependencies": []}).ends_with == audit.NOT_LOOKED


def test_a_weakness_is_told_with_what_mends_it_also_when_others_could_not_be_looked_at() -> None:
    report = clean("coverage")
    fault = {"id": "CVE-1", "fix_versions": ["3.1.4"]}
    report["dependencies"].append({"name": "flask", "version": "3.1.3", "vulns": [fault]})
    found = audit.judge(NAMES, report)
    assert found.ends_with == audit.WEAK
    assert audit.told(found)[0] == "WEAK: flask 3.1.3, CVE-1; mended in 3.1.4."
    assert "COULD NOT LOOK at 1 of 3" in audit.told(found)[1]


def test_a_tool_that_is_not_there_or_says_nothing_is_no_good_news(
    monkeypatch, tmp_path, capsys
) -> None:
    for tool in (tmp_path / "nowhere", "/bin/true", "/bin/false"):
        monkeypatch.setattr(audit, "TOOL", tool)
        assert audit.main([]) == audit.NOT_LOOKED
        assert "COULD NOT LOOK" in capsys.readouterr().out
