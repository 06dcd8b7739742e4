"""Products that go with a product."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix


@dataclass(frozen=True, eq=False)
class ItemSimilarity:
    """For each product the ones that go with it, never itself.

    Attributes:
        matrix: items × items CSR, float32, above 0; row i holds the neighbours of product i.
    """

    matrix: csr_matrix

    def top(self, k: int) -> tuple[np.ndarray, np.ndarray]:
        """The k best neighbours of each product, best first; ties go to the lower item number.

        Returns:
            items: (items, k) int32, padded with -1.
            scores: (items, k) float32, padded with 0.
        """
        matrix = self.matrix
        row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
        best_first = np.lexsort((matrix.indices, -matrix.data, row))
        rank = np.arange(matrix.nnz) - matrix.indptr[row]
        listed = rank < k
        items = np.full((matrix.shape[0], k), -1, dtype=np.int32)
        scores = np.zeros((matrix.shape[0], k), dtype=np.float32)
        items[row[listed], rank[listed]] = matrix.indices[best_first][listed]
        scores[row[listed], rank[listed]] = matrix.data[best_first][listed]
        return items, scores
