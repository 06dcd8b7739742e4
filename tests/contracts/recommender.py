"""What every recommender must do, on a checkerboard whose right answer is plain to the eye.

        item 0 1 2 3 4 5 6 7 8 9
user 0       .   #   #   #   #        even users hold even items, odd users odd ones;
user 1         .   #   #   #   #      each but the last has a hole (.) at the item of its own number
user 2       #   .   #   #   #
…
user 10      #   #   #   #   #
user 11                               never bought anything
"""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from models.artefact import ArtefactError
from models.base import FoldIn, Recommender, top_k

N_USERS, N_ITEMS = 12, 10
NEWCOMER = 11
EVERYBODY = np.arange(N_USERS)


def checkerboard() -> csr_matrix:
    user, item = np.indices((N_USERS, N_ITEMS))
    held = (user % 2 == item % 2) & (user != item) & (user != NEWCOMER)
    return csr_matrix(held.astype(np.float32))


class RecommenderContract:
    """Inherit, and say how the model is made and what it should list."""

    best_for_newcomer: ClassVar[list[int]] = []
    """In order, what a user without history gets; the even items are the more popular ones."""

    @abstractmethod
    def make(self) -> Recommender:
        """A model that is not fitted yet."""

    def side(self, user: int) -> set[int]:
        """The items that a user's best ones, as many as the user holds, must be among."""
        return set(range(user % 2, N_ITEMS, 2))

    def test_checkerboard(self) -> None:
        model = self.make().fit(checkerboard())
        for user in range(NEWCOMER):
            items, _ = top_k(model.score(np.array([user])), checkerboard()[user].nnz)
            assert set(items[0].tolist()) <= self.side(user), f"user {user}"

    def test_users_without_history_get_what_is_popular_or_nothing(self) -> None:
        model = self.make().fit(checkerboard())
        items, _ = top_k(model.score(np.array([NEWCOMER])), N_ITEMS)
        assert items[0][items[0] >= 0].tolist() == self.best_for_newcomer

    def test_scores_are_float32_and_finite_one_row_a_user(self) -> None:
        scores = self.make().fit(checkerboard()).score(np.array([3, NEWCOMER, 3]))
        assert scores.dtype == np.float32
        assert scores.shape == (3, N_ITEMS)
        assert np.isfinite(scores).all()
        np.testing.assert_array_equal(scores[0], scores[2])

    def test_a_batch_scores_like_its_users_alone(self) -> None:
        model = self.make().fit(checkerboard())
        together = model.score(EVERYBODY)
        alone = np.vstack([model.score(np.array([user])) for user in EVERYBODY])
        np.testing.assert_allclose(together, alone, rtol=1e-4, atol=1e-6)

    def test_what_is_done_to_scores_does_not_reach_the_model(self) -> None:
        model = self.make().fit(checkerboard())
        before = model.score(EVERYBODY).copy()
        model.score(EVERYBODY)[:] = -1
        np.testing.assert_array_equal(model.score(EVERYBODY), before)

    def test_fitting_leaves_the_matrix_as_it_was(self) -> None:
        matrix = checkerboard()
        self.make().fit(matrix)
        np.testing.assert_array_equal(matrix.toarray(), checkerboard().toarray())

    def test_fitted_again_it_is_the_same(self) -> None:
        once = self.make().fit(checkerboard()).score(EVERYBODY)
        anew = self.make().fit(csr_matrix(np.eye(5, 3, dtype=np.float32))).fit(checkerboard())
        np.testing.assert_array_equal(anew.score(EVERYBODY), once)

    def test_saved_and_loaded_it_lists_the_same(self, tmp_path: Path) -> None:
        model = self.make().fit(checkerboard())
        model.save(tmp_path / "model")
        loaded = type(model).load(tmp_path / "model")
        np.testing.assert_array_equal(loaded.score(EVERYBODY), model.score(EVERYBODY))

    def test_a_damaged_artefact_is_refused(self, tmp_path: Path) -> None:
        model = self.make().fit(checkerboard())
        model.save(tmp_path)
        for archive in tmp_path.rglob("arrays.npz"):
            content = bytearray(archive.read_bytes())
            content[len(content) // 2] ^= 0xFF
            archive.write_bytes(content)
        with pytest.raises(ArtefactError, match="SHA-256"):
            type(model).load(tmp_path)

    def test_no_purchases_at_all_give_no_lists(self) -> None:
        nothing = csr_matrix(np.zeros((3, 4), dtype=np.float32))
        scores = self.make().fit(nothing).score(np.arange(3))
        assert scores.shape == (3, 4)
        items, _ = top_k(scores, 4)
        assert (items == -1).all()

    def test_one_customer_who_bought_one_thing(self) -> None:
        scores = self.make().fit(csr_matrix(np.ones((1, 1), dtype=np.float32))).score(np.array([0]))
        assert scores.shape == (1, 1)
        assert np.isfinite(scores).all()


class CollaborativeContract(RecommenderContract):
    """For models that learn from others what a user lacks."""

    def test_the_hole_is_the_best_new_item(self) -> None:
        board = checkerboard()
        model = self.make().fit(board)
        users = np.arange(N_ITEMS)
        items, _ = top_k(model.score(users), 1, exclude=board[users])
        assert items[:, 0].tolist() == users.tolist()


class FoldInContract:
    """For models that score strangers too (`models.base.FoldIn`): inherit beside the contract above."""

    fold_in_tolerance: ClassVar[float] = 1e-5
    """How far a folded-in score may lie from the fitted one, as a share of the best score."""

    @abstractmethod
    def make(self) -> FoldIn:
        """A model that is not fitted yet."""

    def fitted(self) -> FoldIn:
        return self.make().fit(checkerboard())

    def test_a_fitted_users_own_row_gives_the_fitted_scores(self) -> None:
        model = self.fitted()
        folded = model.score_rows(checkerboard())
        fitted = model.score(EVERYBODY)
        assert folded.dtype == np.float32
        np.testing.assert_allclose(folded, fitted, rtol=0, atol=self.fold_in_tolerance * fitted.max())

    def test_a_stranger_with_two_events_gets_items_of_that_side(self) -> None:
        strangers = csr_matrix(
            (np.ones(4, dtype=np.float32), ([0, 0, 1, 1], [2, 6, 1, 7])), shape=(2, N_ITEMS)
        )
        items, _ = top_k(self.fitted().score_rows(strangers), 3, exclude=strangers)
        assert set(items[0].tolist()) == {0, 4, 8}
        assert set(items[1].tolist()) == {3, 5, 9}

    def test_strangers_without_events_get_nothing(self) -> None:
        scores = self.fitted().score_rows(csr_matrix(np.zeros((2, N_ITEMS), dtype=np.float32)))
        np.testing.assert_array_equal(scores, np.zeros((2, N_ITEMS)))

    def test_folding_in_leaves_model_and_rows_as_they_were(self) -> None:
        model, rows = self.fitted(), checkerboard()
        before = model.score(EVERYBODY).copy()
        model.score_rows(rows)[:] = -1
        np.testing.assert_array_equal(model.score(EVERYBODY), before)
        np.testing.assert_array_equal(rows.toarray(), checkerboard().toarray())

    def test_loaded_it_folds_in_the_same(self, tmp_path: Path) -> None:
        model = self.fitted()
        model.save(tmp_path)
        loaded = type(model).load(tmp_path)
        np.testing.assert_array_equal(loaded.score_rows(checkerboard()), model.score_rows(checkerboard()))
