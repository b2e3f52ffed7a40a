// The order grid saves each line by itself. Without this script its buttons do the same.
"use strict";
addEventListener("DOMContentLoaded", () => {
  const grid = document.getElementById("grid");
  if (!grid || !window.htmx) return;
  document.documentElement.classList.add("scripted");
  const timers = new Map(), sent = new Map();
  let count = 0;

  const rowOf = (element) => element.closest?.(".item");
  const field = (row) => row.querySelector(".step input");
  const extra = (row) => row.querySelector(".range :checked")?.value ?? "";
  const now = (row) => field(row).value + "+" + extra(row);
  const hidden = (name) => grid.elements[name].value;

  function save(row, wait) {
    row.classList.add("busy");
    clearTimeout(timers.get(row.id));
    timers.set(row.id, setTimeout(() => htmx.trigger(document.getElementById(row.id), "save"), wait));
  }

  function step(row, pieces) {
    const input = field(row), piece = Number(input.dataset.piece || 1000);
    const value = Number(input.value.trim().replace(",", "."));
    if (Number.isNaN(value)) return;
    const next = Math.max(0, Math.round(value * 1000 / piece) + pieces) * piece / 1000;
    input.value = document.documentElement.lang === "en" ? String(next) : String(next).replace(".", ",");
  }

  function failed(row) {
    row.classList.remove("busy");
    if (row.querySelector(".unsaved")) return;
    const words = document.createElement("p"), again = document.createElement("button");
    Object.assign(again, { type: "button", className: "link", textContent: grid.dataset.again });
    again.addEventListener("click", () => save(row, 0));
    words.className = "error unsaved";
    words.append(grid.dataset.unsaved, again);
    row.querySelector(".fill").append(words);
    document.getElementById("status").textContent = grid.dataset.unsaved;
  }

  grid.addEventListener("input", (event) => rowOf(event.target) && save(rowOf(event.target), 600));
  grid.addEventListener("submit", (event) => {
    const button = event.submitter, row = rowOf(button) || rowOf(document.activeElement);
    if (!row || button.name === "place") return; // ordering sends the whole form, typed lines too
    event.preventDefault();
    if (button.name === "step") step(row, Number(button.value.split(":")[1]));
    save(row, button.name === "step" ? 350 : 0);
  });

  grid.addEventListener("htmx:configRequest", (event) => {
    const row = event.detail.elt, id = row.id.slice(1), before = sent.get(row.id);
    const again = before && before.value === now(row) && row.querySelector(".unsaved");
    const key = again ? before.key : hidden("key") + "." + ++count; // the same try is counted once
    sent.set(row.id, { key, value: now(row) });
    event.detail.parameters = {
      csrf_token: hidden("csrf_token"), for: hidden("for"), key,
      ["q" + id]: field(row).value, ["x" + id]: extra(row),
    };
  });
  grid.addEventListener("htmx:beforeSwap", (event) => {
    const row = event.detail.elt, answer = event.detail.xhr.responseText;
    if (!answer.includes(`id="${row.id}"`)) { event.detail.shouldSwap = false; failed(row); }
    else if (now(row) !== sent.get(row.id).value) event.detail.shouldSwap = false; // typed on
  });
  for (const name of ["sendError", "responseError", "timeout"])
    grid.addEventListener("htmx:" + name, (event) => failed(event.detail.elt));
});
