"""What operators type and script: one module for each group of commands, in English.

Errors go to stderr and end with a code that is not zero; bad input never shows a traceback.
"""

from app.commands import (
    books,
    catalogue,
    clock,
    config,
    documents,
    errands,
    network,
    payments,
    people,
    rounds,
)

COMMANDS = (
    books.group,
    catalogue.group,
    clock.group,
    config.show,
    documents.group,
    errands.group,
    network.group,
    payments.bank_group,
    payments.group,
    people.group,
    rounds.group,
)
