"""Which customers and rows a file of the published lists has."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.training.shop import FIVE_ORDERS


@pytest.fixture
def published(training, five_orders):
    more = "6,li\u2028ne,jam,1,4,2026-01-08\n7,=1+1,@tea,1,4,2026-01-08\n8,'-1,@tea,1,4,2026-01-08\n"
    five_orders.write_text(FIVE_ORDERS + more)
    assert training("run", "--orders", five_orders).code == 0


def exported(training, folder: Path, customers: bytes) -> list[tuple[str, int]]:
    asked, out = folder / "customers.txt", folder / "lists.parquet"
    asked.write_bytes(customers)
    arguments = ["--placement", "for_you", "--limit", "1", "--out", out, "--customers", asked]
    assert training("export", *arguments).code == 0
    return pl.read_parquet(out).select("customer_id", "rank").rows()


@pytest.mark.parametrize(
    "customers, expected",
    [
        ("anna\nbob\nanna\nanna", ["anna", "bob"]),
        ("anna\r\nbob\r\n", ["anna", "bob"]),
        ("\n\nnobody\nbob\n", ["bob"]),
        ("li\u2028ne\n", ["li\u2028ne"]),
        ("\ufeffanna\n", ["anna"]),
        ("", []),
    ],
)
def test_each_customer_asked_for_is_there_once(training, published, tmp_path, customers, expected):
    assert exported(training, tmp_path, customers.encode()) == [(one, 1) for one in expected]


def test_ids_that_are_not_utf_8_end_with_2(training, published, tmp_path):
    asked = tmp_path / "customers.txt"
    asked.write_bytes("anna\nzoë\n".encode("cp1252"))
    outcome = training(
        "export", "--placement", "for_you", "--out", tmp_path / "lists.csv", "--customers", asked
    )
    assert outcome.code == 2
    assert f"{asked}: is not UTF-8 at byte 7" in outcome.errors


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, the disk that is always full")
@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_a_full_disk_ends_with_2(training, published, tmp_path, ending):
    out = tmp_path / f"lists.{ending}"
    out.symlink_to("/dev/full")
    outcome = training("export", "--placement", "for_you", "--out", out)
    assert outcome.code == 2
    assert f"--out: {out}: " in outcome.errors
    assert "No space left on device" in outcome.errors


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
@pytest.mark.parametrize("place", ["/proc", "{folder}/five.csv", "{folder}/five.csv/below"])
def test_where_nothing_can_be_written_ends_with_2(training, published, tmp_path, place, ending):
    out = Path(place.format(folder=tmp_path)) / f"lists.{ending}"
    outcome = training("export", "--placement", "for_you", "--out", out)
    assert outcome.code == 2
    assert "error: --out: " in outcome.errors
    assert str(out.parent) in outcome.errors


def buyers_of_formula(training, out: Path) -> pl.DataFrame:
    assert training("export", "--placement", "buy_it_again", "--out", out).code == 0
    if out.suffix == ".csv":
        return pl.read_csv(out).filter(pl.col("product_id").str.contains("@tea"))
    return (pl.read_parquet if out.suffix == ".parquet" else pl.read_ndjson)(out).filter(product_id="@tea")


def test_in_csv_ids_that_begin_like_formulas_are_quoted_once(training, published, tmp_path):
    rows = buyers_of_formula(training, tmp_path / "lists.csv").select("customer_id", "product_id").rows()
    assert rows == [("''-1", "'@tea"), ("'=1+1", "'@tea")]


@pytest.mark.parametrize("ending", ["parquet", "jsonl"])
def test_in_formats_for_machines_ids_are_as_they_are(training, published, tmp_path, ending):
    rows = buyers_of_formula(training, tmp_path / f"lists.{ending}").select("customer_id").rows()
    assert rows == [("'-1",), ("=1+1",)]


def test_what_the_latest_catalogue_says_cannot_be_ordered_is_left_out(training, published, tmp_path):
    catalog, out = tmp_path / "catalog.csv", tmp_path / "lists.parquet"
    catalog.write_text("product_id,in_stock\ntea,no\n")

    def bobs() -> dict[int, str]:
        assert training("export", "--placement", "for_you", "--limit", "2", "--out", out).code == 0
        return dict(pl.read_parquet(out).filter(customer_id="bob").select("rank", "product_id").iter_rows())

    assert "tea" in bobs().values()
    assert training("catalog", "--catalog", catalog).code == 0
    found = bobs()
    assert (set(found), set(found.values())) == ({1, 2}, {"jam", "mug"})


def test_columns_for_a_mail_service_with_the_addresses(training, published, tmp_path):
    contacts, out = tmp_path / "contacts.csv", tmp_path / "mail.csv"
    contacts.write_text("email,customer_id\nbob@example.com,bob\nanna@example.com,anna\n")
    arguments = ["--placement", "for_you", "--limit", "2", "--layout", "klaviyo", "--out", out]
    assert training("export", *arguments, "--contacts", contacts).code == 0
    mail = pl.read_csv(out)
    assert mail.columns[:2] == ["Email", "External ID"]
    assert mail.select("Email", "External ID").rows() == [
        ("anna@example.com", "anna"),
        ("bob@example.com", "bob"),
    ]


@pytest.mark.parametrize(
    "options, why",
    [
        (["--contacts", "{file}"], "--contacts needs --layout klaviyo or mailchimp"),
        (["--contacts", "{file}", "--layout", "klaviyo"], "needs the columns customer_id and email"),
        (["--layout", "mailchimp", "--limit", "21"], "has room for 20 products"),
        (["--at", "soon"], "--at 'soon' is no ISO 8601 time"),
        (["--placement", "trending"], "only the customers' lists are exported: for_you"),
    ],
)
def test_what_cannot_be_exported_ends_with_2_and_says_why(training, published, tmp_path, options, why):
    file = tmp_path / "file.csv"
    file.write_text("id,address\n1,x\n")
    given = [option.format(file=file) for option in options]
    outcome = training("export", "--placement", "for_you", "--out", tmp_path / "out.csv", *given)
    assert outcome.code == 2
    assert why in outcome.errors


def test_nothing_is_left_but_the_file(training, published, tmp_path):
    out = tmp_path / "lists" / "out.csv"
    assert training("export", "--placement", "for_you", "--out", out).code == 0
    assert [path.name for path in out.parent.iterdir()] == ["out.csv"]
    assert list((tmp_path / "var" / "exports").iterdir()) == []
