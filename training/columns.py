"""The canonical column names of orders and catalogue, each spelled once."""

ORDER_ID = "order_id"
CUSTOMER_ID = "customer_id"
PRODUCT_ID = "product_id"
QUANTITY = "quantity"
UNIT_PRICE = "unit_price"
ORDERED_AT = "ordered_at"
STATUS = "status"
CURRENCY = "currency"

TITLE = "title"
URL = "url"
IMAGE_URL = "image_url"
BRAND = "brand"
CATEGORY = "category"
PRICE = "price"
IN_STOCK = "in_stock"
AVAILABLE_FROM = "available_from"
TAGS = "tags"

SOURCE = "source"
LINE = "line"
"""Where a row came from: the file's name, and the line in it, from 1 with the header (Parquet: the row)."""
TEXT = "text"
"""The row as the file has it."""
REASON = "reason"
"""Why a row was quarantined."""
IGNORED = "ignored"
"""Why a row is no sale of a product, told by the connector that knows its shop; null for all others."""

ORDER_REQUIRED = (ORDER_ID, CUSTOMER_ID, PRODUCT_ID, QUANTITY, UNIT_PRICE, ORDERED_AT)
ORDER_OPTIONAL = (STATUS, CURRENCY, TITLE)
