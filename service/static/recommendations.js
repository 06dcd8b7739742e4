// Recommendations on a shop's pages, with one script tag: see docs/widget.md.
// Whatever goes wrong stays in here: the page keeps what it had, and never sees an error.
(() => {
  "use strict";

  const script = document.currentScript;
  if (!script || window.recs?.track) return; // The page has the widget twice.
  const settings = script.dataset;
  const endpoint = settings.endpoint?.replace(/\/+$/, "") || new URL(script.src || location.href).origin;
  const cookieName = settings.cookie || "recs_visitor";
  const CLICKS = "recs_clicks";

  let consented = settings.consent === "wait" ? undefined : true;
  let madeId; // Where the browser keeps no cookies, it lasts as long as the page.
  let round = 0, timer;
  const queue = [];
  const listed = new WeakMap(); // Placeholder → what it shows.
  const shown = new WeakMap(); // Card → its item, as events name it.
  const timers = new WeakMap();

  function uuid() {
    // Without https there is no randomUUID.
    return crypto.randomUUID?.() || crypto.getRandomValues(new Uint32Array(4)).join("-");
  }

  /** The same function, for the page and the browser to call: it never throws, and its promise is kept. */
  const quietly = (act) => (...given) => (async () => act(...given))().catch(() => undefined);

  /** What `make` gives; `otherwise` where it throws. */
  function attempt(make, otherwise) {
    try {
      return make();
    } catch {
      return otherwise;
    }
  }

  function readCookie() {
    const found = document.cookie.split("; ").find((one) => one.startsWith(`${cookieName}=`));
    return found?.slice(cookieName.length + 1);
  }

  function writeCookie(value, seconds) {
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${cookieName}=${value}; Path=/; Max-Age=${seconds}; SameSite=Lax${secure}`;
  }

  function visitorId() {
    if (!consented) return undefined;
    const known = settings.visitorId || readCookie();
    if (known) return known;
    writeCookie(madeId ||= uuid(), 365 * 86400);
    return madeId;
  }

  function consent(granted = true) {
    const returning = granted && !consented && (settings.visitorId || readCookie());
    consented = Boolean(granted);
    (consented ? flush : forget)();
    return returning ? refresh() : undefined;
  }

  function forget() {
    queue.length = 0;
    madeId = undefined;
    if (readCookie()) writeCookie("", 0);
    attempt(() => sessionStorage.removeItem(CLICKS));
  }

  async function post(path, body, options) {
    const headers = { "Content-Type": "application/json" };
    if (settings.key) headers.Authorization = `Bearer ${settings.key}`;
    const sent = { method: "POST", headers, body: JSON.stringify(body), credentials: "omit" };
    const response = await fetch(endpoint + path, { ...sent, ...options });
    if (!response.ok) throw Object.assign(new Error(response.statusText), { status: response.status });
    return response.json();
  }

  /** Ids as "a, b", or as a JSON array where they hold commas. */
  function ids(text = "") {
    const given = text.trim();
    if (given.startsWith("[")) return attempt(() => JSON.parse(given).map(String));
    return given ? given.split(",").map((one) => one.trim()) : undefined;
  }

  function queryFor(place) {
    const of = { ...settings, ...place.dataset };
    return {
      placement: of.recs,
      visitor_id: visitorId(),
      limit: Number(of.limit) || undefined,
      product_id: ids(of.productIds) || (of.view ? [of.view] : undefined),
      exclude: ids(of.exclude),
      category: of.category || undefined,
      include: "product",
    };
  }

  /** The address in full; undefined for none, and for javascript: and the like. */
  function safeUrl(text) {
    const url = text ? attempt(() => new URL(text, document.baseURI)) : undefined;
    return url && /^https?:$/.test(url.protocol) ? url.href : undefined;
  }

  function priceText({ price, currency }) {
    if (price == null) return undefined;
    const language = document.documentElement.lang || undefined;
    const format = () => new Intl.NumberFormat(language, { style: "currency", currency }).format(price);
    // Where there is no currency, or none that Intl knows:
    return attempt(format, `${price.toFixed(2)} ${currency || ""}`.trim());
  }

  function valuesOf({ product, product_id, rank, reason }, pattern) {
    const url = pattern ? pattern.replace("{product_id}", encodeURIComponent(product_id)) : product.url;
    const made = { url: safeUrl(url), image: safeUrl(product.image_url), price: priceText(product) };
    return { ...product, ...made, product_id, rank, reason: reason.code };
  }

  function part(tag, name) {
    const made = Object.assign(document.createElement(tag), { className: `recs-${name}` });
    made.dataset.bind = name;
    return made;
  }

  function ownCard() {
    const card = part("a", "url");
    const image = part("img", "image");
    // The title beside it says what it shows. Its size is known before it comes, so that nothing jumps.
    Object.assign(image, { alt: "", width: 240, height: 240, loading: "lazy", decoding: "async" });
    card.append(image, part("span", "title"), part("span", "brand"), part("span", "price"));
    return card;
  }

  function bind(element, values) {
    const name = element.dataset.bind;
    const value = values[name];
    if (name === "url") {
      if (value) element.href = value;
    } else if (value == null || value === "") {
      element.remove();
    } else if (name === "image") {
      if (!element.hasAttribute("alt")) element.alt = values.title;
      element.src = value;
    } else {
      element.textContent = value;
    }
  }

  function listItem(item, { recommendation_id, placement }, of) {
    const template = of.template && document.querySelector(of.template);
    const inner = template ? template.content.firstElementChild.cloneNode(true) : ownCard();
    const card = inner.tagName === "LI" ? inner : document.createElement("li");
    if (card !== inner) card.append(inner);
    const values = valuesOf(item, of.url);
    for (const element of card.querySelectorAll("[data-bind]")) bind(element, values);
    Object.assign(card.dataset, { productId: item.product_id, reason: item.reason.code });
    shown.set(card, { product_id: item.product_id, recommendation_id, placement, rank: item.rank });
    for (const name of ["click", "auxclick"]) card.addEventListener(name, clicked);
    return card;
  }

  function listIn(target) {
    if (/^[OU]L$/.test(target.tagName)) return target;
    const list = document.createElement("ul");
    list.className = "recs-list";
    list.setAttribute("role", "list"); // Safari takes a list without bullets for none.
    return list;
  }

  function render(place, answer) {
    const items = answer.items.filter((item) => item.product?.title);
    const now = JSON.stringify(items.map((item) => item.product_id));
    // Nothing to show, and never was: what the shop put there stays. Nothing new: nothing moves.
    if (now === (listed.get(place) || "[]")) return;
    const target = place.querySelector("[data-recs-list]") || place;
    const focused = target.contains(document.activeElement) && document.activeElement.closest("[data-product-id]");
    const list = listIn(target);
    list.replaceChildren(...items.map((item) => listItem(item, answer, { ...settings, ...place.dataset })));
    if (list !== target) target.replaceChildren(list);
    listed.set(place, now);
    if (items.length) place.hidden = false;
    for (const card of list.children) {
      observer.observe(card);
      if (card.dataset.productId === focused?.dataset?.productId) card.querySelector("a, button")?.focus();
    }
  }

  async function refresh() {
    const mine = ++round;
    const places = [...document.querySelectorAll("[data-recs]")];
    if (!places.length) return;
    const abort = new AbortController();
    setTimeout(() => abort.abort(), Number(settings.timeout) || 800); // After the answer it changes nothing.
    // A batch also for one: browsers ask leave (CORS) for each address anew, and this one is always the same.
    const page = { page_id: settings.pageId || uuid(), queries: places.map(queryFor) };
    const { results } = await post("/v1/recommendations/batch", page, { signal: abort.signal });
    // Else a later call has asked again.
    if (mine === round) places.forEach(quietly((place, index) => render(place, results[index])));
  }

  const observer = new IntersectionObserver((entries) => {
    for (const { target, intersectionRatio } of entries) {
      clearTimeout(timers.get(target));
      if (intersectionRatio >= 0.5) timers.set(target, setTimeout(quietly(seen), 1000, target));
    }
  }, { threshold: 0.5 });

  function seen(card) {
    observer.unobserve(card);
    // In a tab behind others the second begins again.
    if (document.visibilityState === "hidden") return void observer.observe(card);
    const item = shown.get(card);
    // The same id wherever this answer is shown again, so that it counts once.
    const event_id = `${item.recommendation_id}:${item.product_id}`;
    add({ ...item, type: "impression", ...(event_id.length <= 256 && { event_id }) });
    timer ||= setTimeout(quietly(flush), 500);
  }

  const clicked = quietly((event) => {
    if (event.button > 1 || !event.target.closest("a, button")) return;
    const item = shown.get(event.currentTarget);
    const others = clicks().filter((one) => one.product_id !== item.product_id);
    if (consented) attempt(() => sessionStorage.setItem(CLICKS, JSON.stringify([item, ...others].slice(0, 50))));
    track({ ...item, type: "click" });
  });

  /** What was clicked, latest first: a later purchase cites the answer that led to it. */
  function clicks() {
    return attempt(() => JSON.parse(sessionStorage.getItem(CLICKS)), null) || [];
  }

  function add(event) {
    if (consented === false) return;
    queue.push({ event_id: uuid(), occurred_at: new Date().toISOString(), ...event });
    if (queue.length > 200) queue.shift(); // Consent may never come.
  }

  function track(events) {
    for (const event of [events].flat()) {
      const named = { ...event };
      for (const name of ["product_id", "order_id"]) if (named[name] != null) named[name] = String(named[name]);
      add({ ...clicks().find((one) => one.product_id === named.product_id), ...named });
    }
    flush();
  }

  function flush() {
    timer = clearTimeout(timer);
    const visitor_id = visitorId();
    if (!visitor_id) return;
    // When a page is left, the browser takes 64 kB at most along.
    while (queue.length) send(queue.splice(0, 50).map((event) => ({ visitor_id, ...event })), true);
  }

  async function send(events, again) {
    try {
      // The second time without keepalive, which refuses large bodies. Ids make sure that nothing counts twice.
      await post("/v1/events", events, { keepalive: again });
    } catch ({ status = 503 }) {
      if (again && (status >= 500 || status === 429)) setTimeout(send, 1000, events, false);
    }
  }

  /** A look for our own cards: weaker than any rule of the shop's, and allowed by any Content-Security-Policy. */
  function addStyle() {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`
      :where(.recs-list) { display: grid; grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr)); gap: 1.25rem;
        margin: 0; padding: 0; list-style: none }
      :where(.recs-url) { display: flex; flex-direction: column; gap: .25rem; color: inherit; text-decoration: none }
      :where(.recs-image) { width: 100%; height: auto; aspect-ratio: 1; object-fit: contain }
      :where(.recs-title) { font-weight: 600 } :where(.recs-brand) { font-size: .875em }`);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  }

  function begin() {
    if (settings.placement) {
      const place = document.createElement("div");
      place.dataset.recs = settings.placement;
      script.after(place);
    }
    attempt(addStyle);
    addEventListener("pagehide", quietly(flush));
    document.addEventListener("visibilitychange", quietly(() => document.visibilityState === "hidden" && flush()));
    // Back out of the browser's memory, the page is as old as when it was left.
    addEventListener("pageshow", quietly((event) => event.persisted && refresh()));
    const early = window.recs || [];
    const recs = {
      track: quietly(track), refresh: quietly(refresh), consent: quietly(consent), push: quietly((act) => act(recs)),
      get visitorId() { return attempt(visitorId); },
    };
    window.recs = recs;
    if (settings.view) recs.track({ type: "view", product_id: settings.view });
    recs.ready = recs.refresh();
    early.forEach?.(recs.push);
  }

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", quietly(begin));
  else quietly(begin)();
})();
