"""Addresses and secrets as people set them; what is wrong is named, a secret never shown."""

from __future__ import annotations

import pytest

from training.errors import UsageError
from training.pull import magento, shopify, woocommerce
from training.pull.credentials import environment, shop_address

CONNECT = {"shopify": shopify.connect, "woocommerce": woocommerce.connect, "magento": magento.connect}
COMPLETE = {
    "shopify": {"SHOPIFY_SHOP": "tea-shop", "SHOPIFY_ACCESS_TOKEN": "shpat_1"},
    "woocommerce": {
        "WOOCOMMERCE_URL": "https://tea.example/shop/",
        "WOOCOMMERCE_CONSUMER_KEY": "ck_1",
        "WOOCOMMERCE_CONSUMER_SECRET": "cs_1",
    },
    "magento": {"MAGENTO_URL": "tea.example", "MAGENTO_ACCESS_TOKEN": "abc"},
}


@pytest.mark.parametrize(
    "text, address",
    [
        ("https://tea.example", "https://tea.example"),
        ("https://tea.example:8443/shop/", "https://tea.example:8443/shop"),
        (" tea.example ", "https://tea.example"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost", "http://localhost"),
        ("localhost:8080", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_an_address_is_taken_as_people_write_it(text, address):
    assert shop_address("MAGENTO_URL", text) == address


@pytest.mark.parametrize(
    "text, fault",
    [
        ("http://tea.example", "in the clear"),
        ("http://127.0.0.1.tea.example", "in the clear"),
        ("http://localhost.tea.example", "in the clear"),
        ("ftp://tea.example", "must begin with https://"),
        ("https://ann:hunter2@tea.example", "no user, no password"),
        ("https://tea.example?token=hunter2", "an address alone"),
        ("https://tea.example/#hunter2", "an address alone"),
        ("https://", "no shop's address"),
        ("https://tea.example:hunter2", "no shop's address"),
        ("https://tea.example hunter2", "no shop's address"),
        ("https://[hunter2", "no shop's address"),
    ],
)
def test_what_is_no_address_is_refused_without_showing_it(text, fault):
    with pytest.raises(UsageError, match=fault) as refused:
        shop_address("MAGENTO_URL", text)
    assert "MAGENTO_URL" in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("platform", CONNECT)
def test_all_variables_that_are_not_set_are_named_at_once(platform, pauses):
    with pytest.raises(UsageError) as refused:
        CONNECT[platform]({}, pauses)
    assert [name for name in COMPLETE[platform] if name not in str(refused.value)] == []


@pytest.mark.parametrize(
    "platform, address",
    [
        ("shopify", "https://tea-shop.myshopify.com"),
        ("woocommerce", "https://tea.example/shop"),
        ("magento", "https://tea.example"),
    ],
)
def test_a_shop_is_known_by_its_address(platform, address, pauses):
    assert CONNECT[platform](COMPLETE[platform], pauses).address == address


@pytest.mark.parametrize("name", ["tea-shop.myshopify.com", "https://tea-shop.myshopify.com/", "tea-shop"])
def test_a_shopify_shop_has_three_names(name, pauses):
    shop = shopify.connect(COMPLETE["shopify"] | {"SHOPIFY_SHOP": name}, pauses)
    assert shop.address == "https://tea-shop.myshopify.com"


@pytest.mark.parametrize("token", ["shpat_1\nX-Forwarded-For: 1", "shpat_ü", "shpat 1"])
def test_a_secret_that_no_header_carries_is_refused_without_showing_it(token, pauses):
    with pytest.raises(UsageError, match="SHOPIFY_ACCESS_TOKEN holds characters") as refused:
        shopify.connect(COMPLETE["shopify"] | {"SHOPIFY_ACCESS_TOKEN": token}, pauses)
    assert "shpat" not in str(refused.value)


def test_a_version_of_the_api_is_a_month(pauses):
    with pytest.raises(UsageError, match="SHOPIFY_API_VERSION"):
        shopify.connect(COMPLETE["shopify"] | {"SHOPIFY_API_VERSION": "../../secrets"}, pauses)


def test_the_environment_goes_before_the_file_and_an_empty_value_is_none(tmp_path, monkeypatch):
    (tmp_path / ".env").write_text("MAGENTO_URL=https://file.example\nMAGENTO_ACCESS_TOKEN=in-file\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAGENTO_URL", "https://environment.example")
    monkeypatch.setenv("SHOPIFY_SHOP", "")
    found = environment()
    assert found["MAGENTO_URL"] == "https://environment.example"
    assert found["MAGENTO_ACCESS_TOKEN"] == "in-file"
    assert "SHOPIFY_SHOP" not in found
