"""A shop of another origin, with the widget in its pages, over the tiny shop of `tests.published`."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PAGE = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">
<title>{title}</title><style>{style}</style></head>
<body><header><a href="/">Tea &amp; Toast</a></header><main><h1>{title}</h1>{body}</main>
<script src="{service}/static/recommendations.js" data-key="{key}" data-limit="6"
  data-url="/product/{{product_id}}" data-timeout="20000" {attributes} defer></script></body></html>"""

STYLE = """
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: #2b2420; background: #fbf7f1 }
header { padding: 1rem 2rem; background: #6b2d1e }
header a { color: #fff; font-size: 1.2rem; text-decoration: none }
main { max-width: 64rem; margin: 0 auto; padding: 1.5rem 2rem } h2 { margin: 2rem 0 .8rem; font-size: 1.2rem }
button { padding: .6rem 1.2rem; border: 0; border-radius: 6px; background: #6b2d1e; color: #fff }
.recs-list { grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr)) }
.recs-list li { padding: .8rem; border: 1px solid #e6d9c8; border-radius: 8px; background: #fff }
"""

LIST = """<section aria-labelledby="{name}"><h2 id="{name}">{title}</h2>
<div data-recs="{name}"><p>Come in and look around.</p></div></section>"""

BUTTON = (
    "<button onclick=\"recs.track({{type: '{type}', product_id: '{product_id}'{more}}})\">{label}</button>"
)


def home() -> tuple[str, str]:
    """Body and attributes of the script."""
    return LIST.format(name="for_you", title="For you") + LIST.format(name="trending", title="Trending"), ""


def product(product_id: str) -> tuple[str, str]:
    """A product's page: reports the view, has buttons for the cart and to buy at once."""
    into = BUTTON.format(type="add_to_cart", product_id=product_id, label="Into the cart", more="")
    order = ", order_id: 1, quantity: 1, unit_price: 2.5"
    buy = BUTTON.format(type="purchase", product_id=product_id, label="Buy", more=order)
    similar = LIST.format(name="similar_items", title="Similar")
    return f"<p>{into} {buy}</p>{similar}", f'data-view="{product_id}"'


def picture(number: int) -> str:
    """Of a product: a coloured square."""
    fill = f"hsl({number * 67 % 360} 45% 70%)"
    square = f'<path fill="{fill}" d="M0 0h1v1H0z"/>'
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1">{square}</svg>'


class ShopSite(ThreadingHTTPServer):
    """The shop's server, on a free port.

    Attributes:
        origin: as browsers name it.
        service, key: the service's address and a public key, for the script tag.
        attributes: what its script tags have besides.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Pages)
        self.service = ""
        self.key = ""
        self.attributes = ""
        # Another site than the service's 127.0.0.1, not only another port.
        self.origin = f"http://localhost:{self.server_port}"


class _Pages(BaseHTTPRequestHandler):
    server: ShopSite

    def do_GET(self) -> None:
        if self.path.startswith("/image/"):
            self._send("image/svg+xml", picture(int(self.path.removeprefix("/image/"))))
            return
        _, _, product_id = self.path.rpartition("/product/")
        body, attributes = product(product_id) if "/product/" in self.path else home()
        title = f"Product {product_id[1:]}" if "/product/" in self.path else "Welcome"
        site = self.server
        page = PAGE.format(
            title=title, style=STYLE, body=body, service=site.service, key=site.key,
            attributes=f"{attributes} {site.attributes}",
        )  # fmt: skip
        self._send("text/html; charset=utf-8", page)

    def _send(self, content_type: str, body: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: Any) -> None:
        """Not on the tests' output."""


@contextmanager
def running_shop(site: ShopSite) -> Iterator[ShopSite]:
    """Serves its pages, while in `with`."""
    threading.Thread(target=site.serve_forever, daemon=True).start()
    try:
        yield site
    finally:
        site.shutdown()
        site.server_close()
