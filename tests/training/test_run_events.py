"""`--events`: what a run makes of the archive, beside its orders."""

from __future__ import annotations

from tests.training.event_archives import archive, event


def test_purchases_join_the_orders_and_views_do_not(training, five_orders, tmp_path):
    plain = training("run", "--orders", five_orders, "--no-publish", "--json").summary
    customer = five_orders.read_text().splitlines()[1].split(",")[1]
    order, product = (five_orders.read_text().splitlines()[1].split(",")[column] for column in (0, 2))
    folder = archive(
        tmp_path / "events",
        event("purchase", "v1", product, customer_id=customer, order_id=order),
        event("purchase", "v1", product, customer_id=customer, order_id="of the shop's pages"),
        event("view", "v1", product, customer_id=customer),
        event("view", "v2", product, flag="bot"),
    )
    told = training("run", "--orders", five_orders, "--events", folder, "--no-publish", "--json").summary
    assert told["events"] == {"counted": 3, "left_out": 1, "order_lines": 1, "interest": 1}
    assert told["rows"]["read"] == plain["rows"]["read"] + 1
    assert told["orders"] == plain["orders"] + 1
    assert plain["events"] == {}


def test_without_an_event_it_says_so_and_goes_on(training, five_orders, tmp_path):
    run = training("run", "--orders", five_orders, "--events", tmp_path / "none", "--no-publish")
    assert run.code == 0
    assert f"no events that count in {tmp_path / 'none'}" in run.errors


def test_what_happened_after_as_of_is_not_known(training, five_orders, tmp_path):
    product = five_orders.read_text().splitlines()[1].split(",")[2]
    views = [event("view", "v1", product, at) for at in ("2026-01-05", "2026-03-05")]
    folder = archive(tmp_path / "events", *views)
    as_of = ["--as-of", "2026-02-01", "--no-publish", "--json"]
    assert (
        training("run", "--orders", five_orders, "--events", folder, *as_of).summary["events"]["interest"]
        == 1
    )
