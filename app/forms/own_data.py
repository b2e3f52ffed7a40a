"""The one question before somebody is erased."""

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField
from wtforms.validators import DataRequired


class EraseForm(FlaskForm):
    sure = BooleanField(
        _l("I know that this cannot be undone"),
        validators=[DataRequired(_l("Tick this if you are sure."))],
    )
