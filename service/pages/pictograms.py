"""Line drawings for the demonstration shop's shelves, and which product gets which."""

from __future__ import annotations

import re
from collections.abc import Mapping

PATHS: Mapping[str, str] = {
    "apple": (
        "M12 7.5c-1.6-1.4-6-1.6-6.9 2.6C4.2 14.6 7.2 21 9.6 21c1 0 1.5-.5 2.4-.5s1.4.5 2.4.5"
        "c2.4 0 5.4-6.4 4.5-10.9C18 5.9 13.6 6.1 12 7.5zM12 7.5c0-2 .8-3.6 2.6-4.5"
    ),
    "baby": (
        "M9 9h6l1 3v7a2 2 0 0 1-2 2h-4a2 2 0 0 1-2-2v-7zM9.5 9V7.5h5V9M10.5 7.5"
        "C10.5 5.5 11 3 12 3s1.5 2.5 1.5 4.5M8 13h2.5M8 16h2.5"
    ),
    "basket": (
        "M3.5 10h17l-1.8 9.2a1 1 0 0 1-1 .8H6.3a1 1 0 0 1-1-.8zM7.5 10l3-6M16.5 10l-3-6M9 13.5"
        "v3.5M12 13.5v3.5M15 13.5v3.5"
    ),
    "bottle": (
        "M10 3h4v4l1.8 2.6c.2.3.2.6.2 1V20a1 1 0 0 1-1 1H9a1 1 0 0 1-1-1v-9.4c0-.4 0-.7.2-1L10 7z"
        "M8 13h8M8 17.5h8"
    ),
    "bowl": (
        "M3 11h18c0 4.5-3 8-6.5 8.8V21h-5v-1.2C6 19 3 15.5 3 11zM9 8c-1-1.3 1-2.2 0-4M14 8c-1-1.3 1-2.2 0-4"
    ),
    "box": "M6 4h12v17H6zM6 8.5h12M9 12.5h6v5H9z",
    "bread": (
        "M5 12.5C2.8 11.5 2.8 6 8 6h8c5.2 0 5.2 5.5 3 6.5V19a1 1 0 0 1-1 1H6a1 1 0 0 1-1-1z"
        "M10 10.5v3M14 10.5v3"
    ),
    "cake": (
        "M4 20v-6.5a1.5 1.5 0 0 1 1.5-1.5h13a1.5 1.5 0 0 1 1.5 1.5V20zM4 16c2 0 2 1.5 4 1.5"
        "S10 16 12 16s2 1.5 4 1.5 2-1.5 4-1.5M12 12V8M12 5.5c-1-1 0-2.5 0-2.5s1 1.5 0 2.5z"
    ),
    "can": (
        "M6 5.5C6 4.1 8.7 3 12 3s6 1.1 6 2.5v13c0 1.4-2.7 2.5-6 2.5s-6-1.1-6-2.5zM6 5.5"
        "C6 6.9 8.7 8 12 8s6-1.1 6-2.5M6 11c0 1.4 2.7 2.5 6 2.5s6-1.1 6-2.5"
    ),
    "candy": (
        "M12 7.5a4.5 4.5 0 1 1 0 9 4.5 4.5 0 0 1 0-9zM8.3 9.5L4 6.5v4zM8.3 14.5L4 17.5v-4"
        "M15.7 9.5L20 6.5v4zM15.7 14.5l4.3 3v-4M10 10.5l4 3"
    ),
    "card": "M4 6h16v13H4zM4 7l8 6.5L20 7",
    "carrot": (
        "M15.5 8.5c1.5 1.5 1 3.5-.5 5L5 20.5c-1 .5-2-.5-1.5-1.5l7-10c1.5-1.5 3.5-2 5-.5zM15.5 8.5"
        "C15 6.5 16 4.5 17 3.5M15.5 8.5c2 .5 4-.5 5-1.5M9.5 11.5l1.5 1.5M8 15.5l1.5 1.5"
    ),
    "cheese": "M3 13L15.5 5c3 .5 5 3 5.5 8zM3 13v6.5h18V13M8.5 16.3h.1M14 10h.1M16 16.5h.1",
    "cup": (
        "M5 9h12v6.5a4.5 4.5 0 0 1-4.5 4.5h-3A4.5 4.5 0 0 1 5 15.5zM17 10.5h1.5a2.5 2.5 0 0 1 0 5"
        "H17M9 6c-.8-1 .8-1.8 0-3M13 6c-.8-1 .8-1.8 0-3"
    ),
    "egg": ("M12 3.5c3.3 0 6.5 5.5 6.5 10a6.5 6.5 0 0 1-13 0c0-4.5 3.2-10 6.5-10zM9 13a3 3 0 0 0 2 3.5"),
    "fish": "M3.5 12C6.5 7.5 12 6.5 16 12c-4 5.5-9.5 4.5-12.5 0zM16 12l4.5-4v8zM7.5 11.3h.1",
    "flower": (
        "M12 9.5a2 2 0 1 1 0 .1M12 7.5c-1.5-3 1.5-5 2.5-2.5M14 9c3-1.5 5 1.5 2.5 2.5M10 9"
        "C7 7.5 5 10.5 7.5 11.5M12 11.5V21M12 17c-2.5 0-4.5-1-5-3M12 19c2.5 0 4.5-1 5-3"
    ),
    "fuel": (
        "M5 20V5a1 1 0 0 1 1-1h7a1 1 0 0 1 1 1v15M3.5 20h12M7.5 7h4v3.5h-4zM14 11.5h2"
        "a1.5 1.5 0 0 1 1.5 1.5v3a1.5 1.5 0 0 0 3 0V9l-3-3"
    ),
    "icecream": "M7 11a5 5 0 1 1 10 0M6 11h12L12 21.5zM9 16l5-5M10.5 18.7L16 13",
    "jar": (
        "M8 3.5h8V7H8zM8 7c-1.5.5-2 1.5-2 3v9a1.5 1.5 0 0 0 1.5 1.5h9A1.5 1.5 0 0 0 18 19v-9"
        "c0-1.5-.5-2.5-2-3M6 12h12M6 17h12"
    ),
    "leaf": "M5 19C3.5 10 9 4.5 20 4.5 20.5 15 15 20 7 17.5M4 21c2-5 5.5-8.5 10-10.5",
    "meat": (
        "M14.5 4a5.5 5.5 0 0 1 5.5 5.5c0 3.5-3 6-6.5 6H10l-3.5 3.5a1.8 1.8 0 1 1-2.5-2.5L7.5 13"
        "V10.5C8 7 11 4 14.5 4zM14.5 7a2.5 2.5 0 0 1 2.5 2.5"
    ),
    "milk": "M8 3.5h8v3L18 10v10a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1V10l2-3.5zM8 6.5h8M6 10h12M12 10v11",
    "paw": (
        "M12 12c2.5 0 5 2.5 5 5 0 2-1.5 3-3 2.5-1.3-.4-2.7-.4-4 0C8.5 20 7 19 7 17"
        "c0-2.5 2.5-5 5-5zM6 10.5h.1M9.5 6.5h.1M14.5 6.5h.1M18 10.5h.1"
    ),
    "pills": "M5.5 12.5l7-7a4 4 0 0 1 6 6l-7 7a4 4 0 0 1-6-6zM9 9l6 6",
    "pizza": ("M3.5 7C8.5 4 15.5 4 20.5 7L12 21zM5 9.5c4.5-2.5 9.5-2.5 14 0M10 12.5h.1M13.5 11h.1M12 16h.1"),
    "roll": "M6 4h9a3 5 0 0 1 0 10H6M6 4a3 5 0 0 0 0 10 3 5 0 0 0 0-10zM6 8.5h.1M18 9v11H7v-6",
    "snack": (
        "M6 3.5l1.5 1 1.5-1 1.5 1 1.5-1 1.5 1 1.5-1 1.5 1 1.5-1-.8 8.5.8 8.5"
        "-1.5-1-1.5 1-1.5-1-1.5 1-1.5-1-1.5 1-1.5-1-1.5 1 .8-8.5"
        "zM12 9a3 3 0 1 1 0 6 3 3 0 0 1 0-6z"
    ),
    "soap": (
        "M9 9.5h6a2 2 0 0 1 2 2V20a1 1 0 0 1-1 1H8a1 1 0 0 1-1-1v-8.5a2 2 0 0 1 2-2zM12 9.5V6"
        "M9.5 9.5V8h5v1.5M8.5 4H13a2 2 0 0 1 2 2M10 14h4v3.5h-4z"
    ),
    "spray": (
        "M9 10.5h5l1.5 3V20a1 1 0 0 1-1 1h-6a1 1 0 0 1-1-1v-6.5zM9.5 10.5v-3h4v3M9.5 7.5L8 4h7"
        "l1.5 2.5h-3M18.5 4h.1M20 6.5h.1M18.5 8.5h.1"
    ),
    "wine": "M7.5 3.5h9c.5 6-1.5 9.5-4.5 9.5S7 9.5 7.5 3.5zM12 13v7.5M8.5 20.5h7M7.6 7.5h8.8",
}
"""Name → outlines on a grid of 24 by 24."""

_RULES: tuple[tuple[str, str], ...] = (
    ("pets", "paw"),
    ("dog foods?|cat foods?|pet |cat litter|bird", "paw"),
    ("pizza", "pizza"),
    ("baby|infant|diapers?", "baby"),
    ("soap|shampoo|hair care|lotion|hand/body|deodorants?|shaving|bath", "soap"),
    ("clean\\w*|bleach|air care|insect\\w*|polish|starch", "spray"),
    ("laundry|detergents?|dishwash", "spray"),
    ("paper|tissue|towels?|napkins?|wraps|trash|foil", "roll"),
    (
        "vitamins?|analgesics?|cold and flu|antacids?|allergy|first aid|laxatives?|oral hygiene",
        "pills",
    ),
    ("ice cream|sherbets?|novelties|frozen dessert", "icecream"),
    ("coffees?|teas?|cocoa|cappuccino", "cup"),
    ("wines?|champagne|liquor|spirits", "wine"),
    (
        "water|beers?|ales?|juices?|drinks?|colas?|shortening|oils?|syrup|vinegar",
        "bottle",
    ),
    ("yogurt|milk|creams?|dairy|half", "milk"),
    ("cheeses?", "cheese"),
    ("eggs?", "egg"),
    ("breads?|buns?|rolls?|bagels?|muffins?|tortillas?|toast|dough", "bread"),
    ("cakes?|pies?|pastry|doughnuts?|donuts?|sweet goods|brownies?|desserts?|baking", "cake"),
    ("cand(?:y|ies)|gum|chocolates?|mints?", "candy"),
    ("chips?|snacks?|popcorn|pretzels?|nuts?|cookies|crackers?", "snack"),
    ("seafood|fish|shrimp|tuna|salmon", "fish"),
    ("apples?|bananas?|berries|strawberries|grapes?|citrus|oranges?|melons?|peaches|pears?|fruit", "apple"),
    ("soups?|chili|stew", "bowl"),
    ("canned|shelf stable|beans?", "can"),
    ("salads?|lettuce|herbs|greens?|organics?|spinach", "leaf"),
    (
        "vegetables?|veg|potato(?:es)?|onions?|tomato(?:es)?|peppers?|carrots?|corn|mushrooms?|broccoli|produce",
        "carrot",
    ),
    ("beef|pork|chicken|poultry|turkey|meats?|bacon|ham|sausages?|lunchmeat|lamb|hot dogs?", "meat"),
    (
        "sauces?|condiments?|spreads?|jelly|jams?|peanut butter|pickles?|olives?|dressings?|spices?",
        "jar",
    ),
    ("dinners?|entrees?|noodles?|pasta|rice|hispanic|oriental", "bowl"),
    ("cereals?|mix(?:es)?|sugars?|flour|sweeteners?|breakfast", "box"),
    ("margarines?|butter", "cheese"),
    ("floral|flowers?|garden|plants?|roses?", "flower"),
    ("fuel|gasoline", "fuel"),
    ("cards?|stationery|magazines?|bookstore|newspapers?", "card"),
    ("makeup|cosmetics", "soap"),
    ("nutrition|diet", "pills"),
    ("frozen", "icecream"),
)
"""Words of a category or title → pictogram; the first that matches."""

_COMPILED = tuple((re.compile(rf"\b(?:{words})\b"), name) for words, name in _RULES)


def pictogram_of(title: str, category: str | None) -> str | None:
    """The name of the drawing for a product; None where no word fits.

    The innermost category speaks first: a title such as "Milk chocolate" would mislead.
    """
    parts = [part.strip() for part in (category or "").split(">")]
    for text in (*reversed(parts[1:]), title, *parts[:1]):
        name = next((name for words, name in _COMPILED if words.search(text.lower())), None)
        if name is not None:
            return name
    return None
