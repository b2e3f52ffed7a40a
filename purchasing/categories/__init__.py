"""The categories there are. A new room is a folder here, a word here, and its templates.

A room offers one category or several that share its knowledge: its `categories`.
"""

from purchasing.categories import energy, food, insurance
from purchasing.category import Category

CATEGORIES: dict[str, Category] = {
    category.key: category for room in (food, energy, insurance) for category in room.categories
}
