from __future__ import annotations

import numpy as np

from training.batches import map_batches, user_batches


def test_batches_cover_all_users_once() -> None:
    batches = list(user_batches(1_000, 200_000))
    users = np.concatenate([np.arange(1_000)[batch] for batch in batches])
    assert users.tolist() == list(range(1_000))
    assert len(batches) > 1
    assert list(user_batches(0, 10)) == []


def test_results_come_in_the_order_of_the_batches() -> None:
    ends = map_batches(lambda batch: batch.stop, user_batches(10, 1_000, batch_bytes=4_000 * 3))
    assert list(ends) == [3, 6, 9, 10]
