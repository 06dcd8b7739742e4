"""Fill up `similar_items` from the catalogue, for products that few or none have bought yet."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix, diags_array

from models.content import content_neighbours

_NEIGHBOURS = 50
"""Looked for by content; several times what a page shows, as some cannot be ordered now."""

_BEHIND = 0.99
"""The best by content, at a cosine of 1, stays below the weakest that customers have in common."""


def filled_up(similar: csr_matrix, item_tokens: csr_matrix) -> csr_matrix:
    """What customers have in common first, then what is described alike.

    Args:
        similar: sold products × sold products CSR, float32, above 0; higher is more alike.
        item_tokens: products × tokens CSR, `ItemAttributes.tokens`; the sold products come first.

    Returns:
        Products × products CSR, float32, above 0. In each row the entries of `similar` are as they were, and
        those by content lie below them.
    """
    n_products = item_tokens.shape[0]
    ends = np.pad(similar.indptr, (0, n_products - similar.shape[0]), mode="edge")
    known = csr_matrix((similar.data, similar.indices, ends), shape=(n_products, n_products))
    alike = content_neighbours(item_tokens, _NEIGHBOURS)
    already = alike.multiply(known.astype(bool))
    alike = csr_matrix(alike - already)
    alike.eliminate_zeros()
    return csr_matrix(known + diags_array(_BEHIND * _weakest(known)) @ alike, dtype=np.float32)


def _weakest(rows: csr_matrix) -> np.ndarray:
    """(rows,) the least entry of each, at most 1; 1 where there is none."""
    row = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    least = np.ones(rows.shape[0], dtype=np.float32)
    np.minimum.at(least, row, rows.data)
    return least
