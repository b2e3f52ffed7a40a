"""One file with the database and the papers; taken while people order, checked, and put back.

* `creating.create(…)` takes it, `checking.check(…)` reads it from beginning to end,
  `restoring.restore(…)` puts it back.
* `package` is the file: a zip with `database`, `documents/…` and, last, `manifest.json`.
* `dumps` is a database in a file: `sqlite_dump` and `postgres_dump`; `contents` is what a dump
  says of itself. No table is named but the few that this is about: what the archive holds is known
  by its columns `path` and `sha256`, in whichever table they stand.

The database is taken first and the papers after it. A paper is on the disk before a row names it,
and stays there; so whatever the copy of the database names is in the copy of the papers.

The secrets of the installation are not in it: see `NOT_INSIDE`.
"""

NOT_INSIDE = (
    "Not inside, on purpose: the secrets of this installation. Keep a copy of bid_key (in the"
    " instance folder, or KOOPKRACHT_BID_KEY) in another place than the backups: without it the"
    " sealed bids of a tender that is under way can never be opened. A lost secret_key only signs"
    " everybody out."
)


class BackupError(Exception):
    """It cannot be done; the message is a sentence for the operator."""
