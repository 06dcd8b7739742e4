// Adds buttons that move a shelf along; without this file, shelves are scrolled by hand.
"use strict";

for (const shelf of document.querySelectorAll(".shelf")) {
  const row = shelf.querySelector(".shelf-row");
  if (row) addButtons(shelf.querySelector(".shelf-head"), row);
}

function addButtons(head, row) {
  const back = button("Back", "‹", -1);
  const forward = button("Forward", "›", 1);
  const buttons = document.createElement("div");
  buttons.className = "shelf-buttons";
  buttons.append(back, forward);
  head.append(buttons);
  row.addEventListener("scroll", update, { passive: true });
  new ResizeObserver(update).observe(row);
  update();

  function button(label, sign, direction) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = sign;
    made.setAttribute("aria-label", label);
    made.addEventListener("click", () => row.scrollBy({ left: direction * row.clientWidth * 0.85 }));
    return made;
  }

  function update() {
    const room = row.scrollWidth - row.clientWidth;
    buttons.hidden = room <= 1;
    back.disabled = row.scrollLeft <= 1;
    forward.disabled = row.scrollLeft >= room - 1;
  }
}
