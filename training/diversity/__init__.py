"""Diversity and fairness controls over published lists, and what they cost in accuracy."""

from training.diversity.config import DiversityConfig
from training.diversity.controls import RERANKED, Controls, Diversifier

__all__ = ["RERANKED", "Controls", "Diversifier", "DiversityConfig"]
