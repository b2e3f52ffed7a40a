"""`backup`: take one while everything goes on, check it, put it back."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask_migrate import upgrade

from app import high_water, seals, trail, vital_signs
from app.backup import NOT_INSIDE, BackupError, checking, creating, package, restoring, workroom
from app.backup.package import Manifest
from app.commands.group import Group, say_json
from app.documents import archives
from app.duties import real_time
from app.extensions import db
from app.heartbeat import clock_age
from app.online import pays_online

group = Group("backup", help="One file with the database and the papers.")
A_FILE = click.Path(dir_okay=False, path_type=Path)
A_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
THERE = click.Path(exists=True, dir_okay=False, path_type=Path)
UNPACK = click.option(
    "--unpack-in",
    type=A_FOLDER,
    help="Where the database is unpacked, for a while. Else beside the one that is here.",
)


@group.command("create")
@click.argument("file", required=False, type=A_FILE)
@click.option("--folder", type=A_FOLDER, default=".", help="Where it goes that has no name.")
@click.option("--json", "as_json", is_flag=True)
def create(file: Path | None, folder: Path, as_json: bool) -> None:
    """Write FILE (else koopkracht-TIME.backup). Nobody has to stop for it.

    Ends with 1 if a paper was missing already or the database is damaged: then this backup may be
    one that cannot be put back. It is there all the same.
    """
    moment = datetime.now(UTC)
    target = (file or folder / f"koopkracht-{moment:%Y%m%d-%H%M%S}.backup").absolute()
    workroom.clear(_here())
    try:
        manifest = creating.create(
            target,
            engine=db.engine,
            archive=archives.current(),
            seal=seals.fingerprint(),
            now=moment,
            tools_in=current_app.config["POSTGRES_TOOLS"],
        )
    except (BackupError, OSError) as error:
        raise click.ClickException(f"No backup was made: {error}") from error
    if as_json:
        say_json({"file": str(target), **_facts(manifest), "faults": _faults(manifest)})
    else:
        click.echo(f"{target}: {_told(manifest)}")
        click.echo(NOT_INSIDE, err=True)
    _end_with(_faults(manifest), told=as_json)


@group.command("verify")
@click.argument("file", type=THERE)
@UNPACK
@click.option("--json", "as_json", is_flag=True)
def verify(file: Path, unpack_in: Path | None, as_json: bool) -> None:
    """Read FILE from beginning to end: hashes, the database, and that it agrees with its papers.

    Ends with 1 if something is wrong.
    """
    try:
        manifest, faults = checking.check(
            file, unpack_in or _here(), current_app.config["POSTGRES_TOOLS"]
        )
    except (BackupError, OSError) as error:
        raise click.ClickException(str(error)) from error
    if as_json:
        say_json({"file": str(file), **_facts(manifest), "faults": faults})
    else:
        click.echo(_told(manifest))
    _end_with(faults, told=as_json)
    if not as_json:
        click.echo("All is as it was put in.")


@group.command("restore")
@click.argument("file", type=THERE)
@UNPACK
@click.option("--overwrite", is_flag=True, help="Also where there is an installation already.")
def restore(file: Path, unpack_in: Path | None, overwrite: bool) -> None:
    """Put FILE back. Starts with mail paused, and above every number that went out since."""
    log = Path(current_app.config["NUMBERS_FILE"])
    try:
        _refuse_newer(file)
        restored = restoring.restore(
            file,
            engine=db.engine,
            archive=archives.current(),
            marks=high_water.read(log),
            seal=seals.fingerprint(),
            clock_age=clock_age(),
            overwrite=overwrite,
            now=real_time(),
            unpack_in=unpack_in or _here(),
            tools_in=current_app.config["POSTGRES_TOOLS"],
        )
    except (BackupError, OSError) as error:
        raise click.ClickException(str(error)) from error
    upgrade()
    high_water.write(log, restored.manifest.numbers)
    trail.note_restored(db.session(), now=real_time())
    db.session.commit()
    _say_restored(restored)


def _here() -> Path:
    """The folder of the database, where there is room for another one; else the instance's."""
    file = db.engine.url.database
    if db.engine.dialect.name == "sqlite" and file and Path(file).parent.is_dir():
        return Path(file).parent
    return Path(current_app.instance_path)


def _refuse_newer(file: Path) -> None:
    """What later code wrote cannot be read by this one, and there is no way back."""
    with package.opened(file) as opened:
        unknown = set(opened.manifest.revision.split()) - vital_signs.revisions()
    if unknown:
        raise BackupError(
            "This backup was made by a newer version of the site. Upgrade the code here first."
            " Nothing was changed."
        )


def _say_restored(restored: restoring.Restored) -> None:
    click.echo(f"Put back: {_told(restored.manifest)}")
    for gap in restored.gaps:
        click.echo(f"{gap.key}: {gap.first} to {gap.last} went out since, and are not used again.")
    if restored.manifest.missing:
        click.echo(f"note: {len(restored.manifest.missing)} papers were lost before", err=True)
    for damage in restored.manifest.damage:
        click.echo(f"note: {damage}", err=True)
    if restored.other_seal:
        click.echo(
            "note: the key that seals bids (bid_key) is another than it was. Sealed bids of a"
            " tender that is under way cannot be opened until the old one is back.",
            err=True,
        )
    if pays_online():
        click.echo(
            "What people began to pay online since is unknown here. Note it again with"
            f" `payments ask-online --since {restored.manifest.taken_at[:19]}`."
        )
    click.echo(f"Signed out everywhere: {restored.signed_out} browsers. Everybody signs in anew.")
    click.echo(
        "Mail is paused. Look what waits with `errands list`, then let it go with `mail resume`."
    )


def _told(manifest: Manifest) -> str:
    size = sum(member.size for member in manifest.members.values())
    return (
        f"{manifest.taken_at}, {manifest.kind} at {manifest.revision or 'no revision'},"
        f" {len(manifest.members) - 1} papers, {size / 1e6:.1f} MB"
    )


def _facts(manifest: Manifest) -> dict[str, Any]:
    facts = asdict(manifest)
    members = facts.pop("members")
    return {**facts, "papers": len(members) - 1, "bytes": sum(m.size for m in members.values())}


def _faults(manifest: Manifest) -> list[str]:
    return [*manifest.damage, *(f"lost before: {path}" for path in manifest.missing)]


def _end_with(faults: list[str], *, told: bool) -> None:
    if faults:
        for fault in [] if told else faults:
            click.echo(f"WRONG: {fault}", err=True)
        raise SystemExit(1)
