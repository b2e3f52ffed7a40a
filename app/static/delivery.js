// Receiving an order: plus and minus, and nothing is lost when the connection is.
// Without this script the form does the same, but for keeping what could not be sent.
"use strict";
addEventListener("DOMContentLoaded", () => {
  const kept = "delivery " + location.pathname;
  let tries = 0, pressed = null;
  const form = () => document.getElementById("counts");
  const banner = (shown) => { const b = document.getElementById("unsent"); if (b) b.hidden = !shown; };
  const fields = () => [...form().querySelectorAll(".came input:not([type=hidden])")];

  function keep() {
    const values = {};
    for (const f of fields()) if (f.value !== f.defaultValue || f.checked) values[f.name] = f.checked || f.value;
    try { localStorage.setItem(kept, JSON.stringify(values)); } catch { /* private window: the page keeps it */ }
  }
  function forget() { try { localStorage.removeItem(kept); } catch { /* nothing was kept */ } }
  function recall() {
    let values = {};
    try { values = JSON.parse(localStorage.getItem(kept) || "{}"); } catch { return; }
    let found = false;
    for (const f of fields()) if (f.name in values) {
      if (f.type === "checkbox") f.checked = true; else f.value = values[f.name];
      found = true;
    }
    banner(found);
  }
  function show() {
    if (!form()) return;
    for (const button of form().querySelectorAll("[data-add]")) button.hidden = false;
  }
  function step(button) {
    const input = button.parentElement.querySelector("input");
    const piece = Number(input.dataset.piece), text = input.value.trim().replace(",", ".");
    const now = text ? Math.round(Number(text) * 1000 / piece) : Number(input.dataset.ordered);
    if (Number.isNaN(now)) return;
    const next = Math.max(0, now + Number(button.dataset.add)) * piece / 1000;
    input.value = document.documentElement.lang === "en" ? String(next) : String(next).replace(".", ",");
    changed();
  }
  function changed() {
    form().elements.key.value = form().elements.key.value.split(".")[0] + "." + ++tries;
    keep();
  }
  async function send(button) {
    pressed = button;
    keep();
    const body = new URLSearchParams(new FormData(form(), button || undefined));
    try {
      const answer = await fetch(location.pathname, { method: "POST", body, credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("delivery");
      if (!fresh) throw new Error("another page came");
      document.getElementById("delivery").replaceWith(document.adoptNode(fresh));
      forget();
      pressed = null;
      show();
    } catch { banner(true); }
  }
  if (!form()) { forget(); return; }
  document.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add]");
    if (add) step(add);
    if (event.target.id === "again") send(pressed);
  });
  document.addEventListener("input", (event) => event.target.closest(".came") && changed());
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "counts") return;
    event.preventDefault();
    send(event.submitter);
  });
  addEventListener("online", () => { const b = document.getElementById("unsent"); if (b && !b.hidden) send(pressed); });
  show();
  recall();
});
