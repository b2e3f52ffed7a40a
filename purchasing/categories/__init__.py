"""The categories there are. A new one is a room here, a line here, and its templates."""

from purchasing.categories import energy, food, insurance
from purchasing.category import Category

CATEGORIES: dict[str, Category] = {
    room.category.key: room.category for room in (food, energy, insurance)
}
