"""Flask extensions, made once, bound in create_app()."""

from pathlib import Path
from typing import Any

from flask_babel import Babel
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_wtf import CSRFProtect

from purchasing.base import Base, UtcDateTime
from purchasing.books import bill_replies, intake, online, paying, supplier_bills  # noqa: F401 - stand on these

# Our tables, Flask's session: purchasing stays free of Flask.
db = SQLAlchemy(metadata=Base.metadata)
csrf = CSRFProtect()
babel = Babel()


def _render_item(kind: str, item: object, _context: Any) -> str | bool:
    """Spell our column types as plain SQLAlchemy, so that migrations never import us."""
    return "sa.DateTime()" if kind == "type" and isinstance(item, UtcDateTime) else False


migrate = Migrate(
    directory=str(Path(__file__).parent / "migrations"),
    render_item=_render_item,
    render_as_batch=True,
    compare_type=True,
)
