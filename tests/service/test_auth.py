from __future__ import annotations

import pytest

from service.auth import KeyRing, includes
from service.store.api_keys import ROLES, hash_key


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_what_those_before_it_may(role: str):
    assert [needed for needed in ROLES if includes(role, needed)] == list(ROLES[: ROLES.index(role) + 1])


def test_a_key_is_known_by_its_hash():
    ring = KeyRing()
    ring.replace({hash_key("a-key"): "storefront"})
    assert ring.role_of("a-key") == "storefront"
    assert ring.role_of(hash_key("a-key")) is None
    assert ring.role_of("") is None
    assert ring.role_of("schlüssel") is None


def test_a_revoked_key_is_forgotten_and_the_settings_admin_key_is_not():
    ring = KeyRing(admin_key="mine")
    ring.replace({hash_key("a-key"): "public"})
    ring.replace({})
    assert ring.role_of("a-key") is None
    assert ring.role_of("mine") == "admin"
