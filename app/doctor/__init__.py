"""Looks an installation over: what it stands on, and whether what it keeps is true.

* `machine` looks at settings, time zones, fonts, the database's version, mail and the disk.
* `truth` looks at the papers against their hashes, the books against zero, the trail.
* `series` looks at numbers: what was given out against what is there.
"""
