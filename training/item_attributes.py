"""What a catalogue says of products, as numbers: their words, category and brand."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix

from training import columns as c
from training.catalog import ProductTable
from training.connectors.categories import SEPARATOR

NOT_TOLD = -1
"""The code of a category or brand that the catalogue does not tell."""


@dataclass(frozen=True, eq=False)
class ItemAttributes:
    """The attributes of n products, numbered as in the table they come from.

    Attributes:
        tokens: items × tokens CSR, float32 tf-idf, rows of length 1 (L2), so that a product of two rows is
            their cosine; a row is empty only where nothing is told. Tokens are the words of the title, the
            category and each of those above it, the brand and the tags, each kind apart: the brand "Apple"
            is not the word "apple".
        category: (items,) int32 position in `category_names`, or -1.
        brand: (items,) int32, the same for the same brand, or -1.
        category_names: of the top level, sorted.
    """

    tokens: csr_matrix
    category: np.ndarray
    brand: np.ndarray
    category_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.category)


def item_attributes(records: Sequence[dict[str, Any]]) -> ItemAttributes:
    """Read the attributes off catalogue records.

    Words are compared in their full Unicode case folding and compatibility form; there is no stemming, and
    scripts without spaces between words give one word a phrase.

    Args:
        records: dicts of `columns.PRODUCT_FIELDS`, as of `training.catalog.ProductTable.records`.
    """
    top_level = [_category_path(record)[:1] for record in records]
    names = tuple(sorted({name for path in top_level for name in path}))
    number = {name: code for code, name in enumerate(names)}
    brands: dict[str, int] = {}
    folded = [_folded(record.get(c.BRAND) or "") for record in records]
    return ItemAttributes(
        tokens=_tf_idf([_tokens(record) for record in records]),
        category=np.array([number[path[0]] if path else NOT_TOLD for path in top_level], dtype=np.int32),
        brand=np.array(
            [brands.setdefault(b, len(brands)) if b else NOT_TOLD for b in folded], dtype=np.int32
        ),
        category_names=names,
    )


def attributes_of(catalog: ProductTable) -> ItemAttributes:
    """Of all products of a table. An id that stands in for a title that nobody told is no description."""
    return item_attributes(
        [
            {**record, c.TITLE: None} if record[c.TITLE] == product_id else record
            for product_id, record in zip(catalog.product_ids, catalog.records, strict=True)
        ]
    )


def _tokens(record: dict[str, Any]) -> list[str]:
    """One a word, level, brand and tag. The sign in front keeps the kinds apart: no word begins with one."""
    path = [_folded(name) for name in _category_path(record)]
    levels = [">" + SEPARATOR.join(path[: depth + 1]) for depth in range(len(path))]
    brand = _folded(record.get(c.BRAND) or "")
    tags = [_folded(tag) for tag in record.get(c.TAGS) or ()]
    return [
        *_words(record.get(c.TITLE) or ""),
        *levels,
        *(["@" + brand] if brand else []),
        *("#" + tag for tag in tags if tag),
    ]


def _category_path(record: dict[str, Any]) -> list[str]:
    return [name for part in (record.get(c.CATEGORY) or "").split(">") if (name := part.strip())]


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


class _WordCharacters(dict[int, int | str]):
    """What `str.translate` puts for a character: itself, or a space where it belongs to no word.

    Marks count as parts of words, which `\\w` of regular expressions denies: they are the vowels of Hindi.
    """

    def __missing__(self, code: int) -> int | str:
        found = self[code] = code if unicodedata.category(chr(code))[0] in "LMN" else " "
        return found


_WORD_CHARACTERS = _WordCharacters()


def _words(text: str) -> list[str]:
    return _folded(text).translate(_WORD_CHARACTERS).split()


def _tf_idf(documents: Iterable[list[str]]) -> csr_matrix:
    """Rows of √(times in the document) × ln(1 + documents / documents with the token), of length 1."""
    numbers: dict[str, int] = {}
    columns: list[int] = []
    ends = [0]
    for document in documents:
        columns += [numbers.setdefault(token, len(numbers)) for token in document]
        ends.append(len(columns))
    shape = (len(ends) - 1, len(numbers))
    rows = csr_matrix((np.ones(len(columns)), columns, ends), shape=shape)
    rows.sum_duplicates()
    held_by = np.bincount(rows.indices, minlength=shape[1])
    rows.data = np.sqrt(rows.data) * np.log1p(shape[0] / np.maximum(held_by, 1))[rows.indices]
    lengths = np.sqrt(np.asarray(rows.multiply(rows).sum(axis=1)).ravel())
    rows.data /= np.repeat(lengths, np.diff(rows.indptr))
    return rows.astype(np.float32)
