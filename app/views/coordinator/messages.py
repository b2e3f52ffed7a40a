"""A coordinator's message to who takes part: written, looked at once more, and sent once."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import ngettext
from sqlalchemy.exc import IntegrityError
from werkzeug.wrappers import Response

from app import auth, requested
from app.auth import open_to
from app.extensions import db
from app.forms.coordinator.messages import WORDS, MessageForm
from app.mail import readers
from app.views.coordinator.found import STAFF, WRONG, moment_now, room, round_or_404
from purchasing import messages
from purchasing.messages import Audience
from purchasing.rounds import Round, RoundState

blueprint = room("messages", "/rounds")


@blueprint.get("/<int:round_id>/message")
@open_to(*STAFF)
def write(round_id: int) -> str:
    round_ = round_or_404(round_id)
    wanted = request.args.get("to", "")
    return _page(round_, MessageForm(formdata=None, audience=wanted))


@blueprint.post("/<int:round_id>/message/preview")
@open_to(*STAFF)
def preview(round_id: int) -> str | tuple[str, int]:
    """What will go out, and to whom; nothing is sent."""
    round_, form = round_or_404(round_id), MessageForm()
    form.offer(_counts(round_))
    if "back" in request.form or not form.validate():
        return _page(round_, form), 200 if "back" in request.form else WRONG
    present = messages.list_audience(db.session(), round_, Audience(form.audience.data))
    people = [one.participant for one in present]
    return render_template(
        "coordinator/messages/preview.html",
        round=round_,
        form=form,
        people=sorted(people, key=lambda one: one.name.casefold()),
        unreached=readers.without_address(db.session(), people),
        word=WORDS[Audience(form.audience.data)],
    )


@blueprint.post("/<int:round_id>/message")
@open_to(*STAFF)
def send(round_id: int) -> tuple[str, int] | Response:
    """Sent twice, the same form is one message."""
    round_, form, key = round_or_404(round_id), MessageForm(), requested.key(longest=48)
    form.offer(_counts(round_))
    if not form.validate():
        return _page(round_, form), WRONG
    count = _send(round_, form, key)
    if count is not None:
        flash(_goes_out(count), "done")
    return redirect(url_for("coordinator_messages.write", round_id=round_id), 303)


def _send(round_: Round, form: MessageForm, key: str) -> int | None:
    """How many it goes to; None where the same form, sent at the same time, was quicker."""
    try:
        sent = messages.send(
            db.session(),
            round_,
            audience=Audience(form.audience.data),
            subject=form.subject.data or "",
            text=form.text.data or "",
            key=f"{round_.id}/{key}",
            actor=auth.actor(),
            now=moment_now(),
        )
        db.session.commit()
    except IntegrityError:
        db.session.rollback()
        return None
    return sent.recipients


def _goes_out(count: int) -> str:
    return ngettext(
        "%(num)s mail goes out by itself.", "%(num)s mails go out by themselves.", count
    )


def _counts(round_: Round) -> dict[Audience, int]:
    """How many there are of each; a draft cannot be ordered any more after closing."""
    session = db.session()
    counts = {who: len(messages.list_audience(session, round_, who)) for who in Audience}
    if round_.state != RoundState.OPEN:
        counts[Audience.DRAFT] = 0
        counts[Audience.TAKING_PART] = 0
    return counts


def _page(round_: Round, form: MessageForm) -> str:
    form.offer(_counts(round_))
    return render_template(
        "coordinator/messages/write.html",
        round=round_,
        form=form,
        words=WORDS,
        sent=messages.list_sent(db.session(), round_.id),
    )
