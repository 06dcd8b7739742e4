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

SALE_PRICE = "sale_price"
SALE_PERIOD = "sale_price_effective_date"
"""When the sale price holds: two ISO 8601 times with a slash between, either of which may be missing."""
ITEM_GROUP_ID = "item_group_id"
"""The product that a variant belongs to, as Google's feeds call it."""
VARIANT_TITLE = "variant_title"
"""What tells a variant from the others of its product: `Red / M`."""
IS_VARIANT = "is_variant"
"""Whether a row of a catalogue is one variant of a product, rather than the product as a whole."""
OFFERED = "offered"
"""Whether the shop shows the product at all: published, not hidden."""

SOURCE = "source"
LINE = "line"
"""Where a row came from: the file's name, and the line in it, from 1 with the header (Parquet: the row)."""
TEXT = "text"
"""The row as the file has it."""
REASON = "reason"
"""Why a row was quarantined."""
IGNORED = "ignored"
"""Why a row is no sale of a product, told by the connector that knows its shop; null for all others."""

REVISION = "revision"
"""When a platform last changed the order (ISO 8601 in UTC, or null): of several copies the latest holds."""
COPY = "copy"
"""Which copy of its order a row belongs to, a number within its source, another one in each reading
of it, so that a file that is named twice has two copies; null where a format has no copies."""

EMAIL = "email"
"""A customer's address in canonical orders: read to be hashed, never kept."""

PLATFORM_CUSTOMER_ID = "platform_customer_id"
CUSTOMER_EMAIL = "customer_email"
CUSTOMER_EMAIL_SHA256 = "customer_email_sha256"
SKU = "sku"
VARIANT_ID = "variant_id"
PLATFORM_PRODUCT_ID = "platform_product_id"

ORDER_REQUIRED = (ORDER_ID, CUSTOMER_ID, PRODUCT_ID, QUANTITY, UNIT_PRICE, ORDERED_AT)
ORDER_OPTIONAL = (EMAIL, STATUS, CURRENCY, TITLE)

PRODUCT_FIELDS = (TITLE, URL, IMAGE_URL, BRAND, CATEGORY, PRICE, CURRENCY, IN_STOCK, AVAILABLE_FROM, TAGS)
"""What a catalogue tells of a product, beside its id."""
