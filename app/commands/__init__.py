"""What operators type and script: one module for each group of commands, in English.

Errors go to stderr and end with a code that is not zero; bad input never shows a traceback.
"""

from app.commands import (
    backup,
    bills,
    books,
    catalogue,
    clock,
    config,
    doctor,
    documents,
    errands,
    invoices,
    mail,
    network,
    payments,
    people,
    rounds,
    trail,
    worker,
)

COMMANDS = (
    backup.group,
    bills.group,
    books.group,
    catalogue.group,
    clock.group,
    config.show,
    doctor.doctor,
    documents.group,
    errands.group,
    invoices.group,
    mail.group,
    network.group,
    payments.bank_group,
    payments.group,
    people.group,
    rounds.group,
    trail.group,
    worker.work,
)
