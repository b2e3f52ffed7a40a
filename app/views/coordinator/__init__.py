"""The coordinator's rooms: today, rounds, suppliers, participants, mails, and the network."""

from app.views.coordinator import (
    answers,
    books,
    catalogue,
    deliveries,
    errands,
    figures,
    messages,
    moves,
    network,
    outcome,
    paying,
    payments,
    people,
    plan,
    privacy,
    rhythms,
    rounds,
    signups,
    suppliers,
    survey,
    tenders,
    today,
)

BLUEPRINTS = tuple(
    part.blueprint
    for part in (
        today,
        rounds,
        moves,
        deliveries,
        messages,
        plan,
        signups,
        tenders,
        survey,
        outcome,
        answers,
        payments,
        books,
        paying,
        rhythms,
        suppliers,
        catalogue,
        people,
        privacy,
        errands,
        network,
        figures,
    )
)
