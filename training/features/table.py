"""All features of (customer, product) pairs, by name and by the cause that each of them speaks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix

from training.candidates import Candidates
from training.features.customers import customer_facts
from training.features.products import product_facts
from training.features.purchases import PurchaseFacts
from training.interactions import Interactions


@dataclass(frozen=True, eq=False)
class FeatureTable:
    """What was known at one moment, `interactions.now`, ready to be looked up for any pairs.

    Attributes:
        customers, products: feature → one value a customer or product, float32.
        purchases: features of what each customer bought.
    """

    customers: dict[str, np.ndarray]
    products: dict[str, np.ndarray]
    purchases: PurchaseFacts

    @classmethod
    def of(cls, interactions: Interactions, counts: csr_matrix) -> FeatureTable:
        """From all rows; `counts` are their `order_counts`, users × items CSR."""
        known = interactions.known()
        return cls(
            customers=customer_facts(known, counts),
            products=product_facts(interactions, counts),
            purchases=PurchaseFacts.of(known),
        )

    def look_up(self, candidates: Candidates) -> dict[str, np.ndarray]:
        """Feature → (candidates,) float32; NaN where a feature has no value."""
        customer, product = candidates.users[candidates.row], candidates.item
        features = self.purchases.look_up(customer, product)
        features |= {name: values[customer] for name, values in self.customers.items()}
        features |= {name: values[product] for name, values in self.products.items()}
        features |= _relations(features)
        for name, scores in candidates.scores.items():
            share, rank = candidates.standing(name, scores)
            features |= {f"{name}_score": scores, f"{name}_share": share, f"{name}_rank": rank}
        return features


def _relations(features: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What two features say together, which trees would have to approximate in steps."""
    return {
        "own_order_share": features["own_orders"] / np.maximum(features["customer_orders"], 1),
        "own_orders_since_last": features["own_days_since_last"]
        / np.maximum(features["customer_days_between_orders"], 0.5),
        "price_to_customer": features["product_price"] - features["customer_price"],
    }
