"""Judge models on the orders that came after the ones they learnt from."""

from training.evaluation.judging import QUICK_MODELS, Evaluation, Terms, evaluate, judge
from training.evaluation.significance import paired_difference

__all__ = ["QUICK_MODELS", "Evaluation", "Terms", "evaluate", "judge", "paired_difference"]
