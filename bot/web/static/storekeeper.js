// The inbox: what htmx does not do by itself. The server decides everything; this keeps the page alive and handy.
"use strict";

const PULSE_MS = 1500;
const HOLD_MS = 5000; // how long a card that was just settled stays where the eye expects it
const body = document.body;
document.documentElement.classList.toggle("framed", parent !== window);
const sheet = document.getElementById("sheet");
const sheetBody = document.getElementById("sheet-body");

// ------------------------------------------------------------------ confirmations

let toastTimer;
function say(words, tone) {
  const toast = document.createElement("p");
  toast.className = `toast ${tone}`;
  toast.textContent = words;
  document.getElementById("said").replaceChildren(toast);
  fadeToast();
}
function fadeToast() {
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => document.getElementById("said").replaceChildren(), 6000);
}

body.addEventListener("htmx:sendError", () => say(body.dataset.offline, "bad"));
body.addEventListener("htmx:timeout", () => say(body.dataset.offline, "bad"));
body.addEventListener("htmx:responseError", (event) => {
  const { responseText } = event.detail.xhr;
  const isPlain = (event.detail.xhr.getResponseHeader("content-type") || "").startsWith("text/plain");
  say(isPlain && responseText ? responseText : body.dataset.problem, "bad");
});

// ------------------------------------------------------------------ news: cards come, change and go in place

let version = document.getElementById("shelf").dataset.version;
let isAsking = false;
let laterTimer;

async function pulse() {
  if (document.hidden || isAsking) return;
  isAsking = true;
  try {
    const address = new URL(body.dataset.pulse, location.href);
    address.searchParams.set("since", version);
    const answer = await fetch(address, { headers: { "HX-Request": "true" } });
    if (answer.status === 200) take(await answer.text());
    else if (answer.status === 401) location.reload();
  } catch {
    // out of reach: the next pulse asks again
  } finally {
    isAsking = false;
  }
}

function take(text) {
  const next = new DOMParser().parseFromString(text, "text/html").getElementById("shelf");
  if (!next) return;
  version = next.dataset.version;
  clearTimeout(laterTimer);
  const holdMs = merge(next.cloneNode(true));
  if (holdMs) laterTimer = setTimeout(() => take(text), holdMs + 50);
  tellCount(Number(next.dataset.count));
}

function merge(next) {
  for (const fresh of next.querySelectorAll("[data-live]")) {
    const old = document.getElementById(fresh.id);
    if (old && old.innerHTML !== fresh.innerHTML) old.innerHTML = fresh.innerHTML;
  }
  const now = performance.now();
  const homes = new Map(); // card id -> the list in which it lies now
  for (const list of next.querySelectorAll("[data-keyed]"))
    for (const card of list.children) homes.set(card.id, list.id);
  let holdMs = 0;
  for (const list of next.querySelectorAll("[data-keyed]")) {
    const old = document.getElementById(list.id);
    const wanted = [...list.children].map((card) => kept(card, old)).filter(Boolean);
    for (const card of [...old.children]) {
      if (wanted.includes(card)) continue;
      const remains = heldFor(card, homes.get(card.id), next, now);
      if (remains > 0) {
        holdMs = Math.max(holdMs, remains);
        const before = wanted.indexOf(card.previousElementSibling);
        wanted.splice(before + 1, 0, document.getElementById(card.id));
      }
    }
    arrange(old, wanted);
  }
  for (const section of next.querySelectorAll("section[id]"))
    document.getElementById(section.id).hidden = section.hidden;
  return holdMs;
}

// The card that stands for `card`: the one on the page if it already looks so; null while that one is held elsewhere.
function kept(card, list) {
  const old = document.getElementById(card.id);
  if (!old) {
    card.classList.add("arrives");
    htmx.process(card);
    return card;
  }
  if (old.parentElement !== list && old.closest("#tasks")) {
    if (old.dataset.mark !== card.dataset.mark) {
      // settled elsewhere: say so in its old place first
      card.dataset.fresh = "";
      old.replaceWith(card);
      card.heldUntil = performance.now() + HOLD_MS;
      return null;
    }
    if (old.heldUntil > performance.now()) return null;
    old.querySelector("details")?.removeAttribute("open");
    delete old.dataset.fresh;
    return old;
  }
  if (old.dataset.mark === card.dataset.mark) return old;
  // what was unfolded stays unfolded
  const unfolded = [...old.querySelectorAll("details")].map((each) => each.open);
  [...card.querySelectorAll("details")].forEach((each, at) => (each.open = each.open || Boolean(unfolded[at])));
  old.replaceWith(card);
  htmx.process(card);
  return card;
}

function heldFor(card, home, next, now) {
  if (!home || home === card.parentElement.id || !card.heldUntil) return 0;
  return card.heldUntil - now;
}

function arrange(list, wanted) {
  for (const card of [...list.children]) if (!wanted.includes(card)) card.remove();
  wanted.forEach((card, at) => {
    if (list.children[at] !== card) list.insertBefore(card, list.children[at] || null);
  });
}

function tellCount(count) {
  const name = document.title.replace(/^\(\d+\) /, "");
  document.title = count ? `(${count}) ${name}` : name;
  if (parent !== window) parent.postMessage({ person: body.dataset.person, count }, location.origin);
}

setInterval(pulse, PULSE_MS);
document.addEventListener("visibilitychange", pulse);
tellCount(Number(document.getElementById("shelf").dataset.count));

body.addEventListener("htmx:oobAfterSwap", (event) => {
  const { target } = event.detail;
  if (target.id === "said") fadeToast();
  if (target.id === "sheet-body") prepare();
  const card = document.getElementById(target.id);
  if (card?.matches("article[data-fresh]")) card.heldUntil = performance.now() + HOLD_MS;
});

// ------------------------------------------------------------------ the sheet

// A link may mean one form of the card: it is opened as if its button had been tapped.
addEventListener("load", () => {
  const token = document.querySelector(`#tasks input[name=token][value="${body.dataset.opens}"]`);
  if (!body.dataset.opens || !token) return;
  history.replaceState(null, "", location.pathname); // and not once more when the page is loaded anew
  token.form.requestSubmit();
});

body.addEventListener("openSheet", () => {
  if (!sheet.open) sheet.showModal();
  const wrong = sheetBody.querySelector("[aria-invalid]");
  if (wrong) wrong.focus();
  else sheetBody.querySelector(".questions").scrollTop = 0;
});
body.addEventListener("closeSheet", () => sheet.open && sheet.close());
sheet.addEventListener("close", () => sheetBody.replaceChildren());
sheet.addEventListener("click", (event) => event.target === sheet && sheet.close());

body.addEventListener("click", (event) => {
  const menu = document.querySelector(".starts[open]");
  if (menu && (!menu.contains(event.target) || event.target.closest(".choice"))) menu.open = false;
  const button = event.target.closest("button");
  if (!button) return;
  if (button.dataset.close === "sheet") sheet.close();
  if (button.dataset.clear) document.getElementById(button.dataset.clear).replaceChildren();
  if (button.dataset.step) step(button.parentElement.querySelector("input"), Number(button.dataset.step));
});

function step(input, by) {
  const [whole, part] = (input.value.trim() || "0").split(".");
  if (!/^\d+$/.test(whole)) return;
  const next = Number(whole) + by;
  input.value = next < 0 ? "0" : part ? `${next}.${part}` : `${next}`;
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

let neededTimer;
sheet.addEventListener("input", (event) => {
  if (event.target.type === "file") return;
  clearTimeout(neededTimer);
  neededTimer = setTimeout(showNeeded, 200);
});

// Which conditional questions the answers call for is the flow's rule: the server tells.
async function showNeeded() {
  const conditional = sheetBody.querySelectorAll("[data-conditional]");
  if (!conditional.length) return;
  const filled = new FormData(document.getElementById("sheet-form"));
  for (const [name, value] of [...filled]) if (value instanceof File) filled.delete(name);
  let needed = null;
  try {
    const answer = await fetch(body.dataset.needed, { method: "POST", body: filled });
    if (answer.ok) needed = await answer.json();
  } catch {
    // out of reach: show every question
  }
  for (const field of conditional) {
    const wasHidden = field.hidden;
    field.hidden = needed !== null && !needed.includes(field.dataset.conditional);
    if (wasHidden && !field.hidden) field.scrollIntoView({ block: "nearest", behavior: "smooth" });
  }
}

// ------------------------------------------------------------------ photos: made small before they are sent

function prepare() {
  for (const input of sheetBody.querySelectorAll(".photo input[type=file]")) {
    if (input.isReady) continue;
    input.isReady = true;
    input.addEventListener("change", () => shrink(input));
  }
}

async function shrink(input) {
  const bag = new DataTransfer();
  for (const file of input.files) bag.items.add(await smaller(file));
  input.files = bag.files;
  const shown = [...input.files].map((file) => {
    const image = new Image();
    image.alt = file.name;
    image.src = URL.createObjectURL(file);
    return image;
  });
  input.closest(".photo").querySelector(".previews").replaceChildren(...shown);
}

async function smaller(file) {
  try {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, 2000 / Math.max(picture.width, picture.height));
    if (scale === 1 && file.size < 1_000_000) return file;
    const canvas = document.createElement("canvas");
    canvas.width = Math.round(picture.width * scale);
    canvas.height = Math.round(picture.height * scale);
    canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
    const made = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
    return made ? new File([made], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" }) : file;
  } catch {
    return file; // not a picture that the browser knows: the server says so in words
  }
}

// ------------------------------------------------------------------ the box for words

body.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.elt.id === "ask" && event.detail.successful) event.detail.elt.reset();
});
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.closest("input, textarea, dialog")) {
    event.preventDefault();
    document.getElementById("words").focus();
  }
  if (event.key === "Escape" && !sheet.open) document.getElementById("answers").replaceChildren();
});
