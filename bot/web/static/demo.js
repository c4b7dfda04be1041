// The demo: which person has something to do, and, on a phone, whose page is in front.
"use strict";

const seats = [...document.querySelectorAll(".seat")];
const tabs = [...document.querySelectorAll(".tabs a")];
const table = document.querySelector(".table");

addEventListener("message", (event) => {
  if (event.origin !== location.origin || typeof event.data?.person !== "string") return;
  const { person, count } = event.data;
  for (const tab of tabs.filter((each) => each.dataset.person === person)) {
    const number = tab.querySelector("b");
    number.textContent = String(count);
    number.hidden = !count;
  }
  for (const seat of seats.filter((each) => each.dataset.person === person)) seat.classList.toggle("asked", count > 0);
});

for (const [at, tab] of tabs.entries())
  tab.addEventListener("click", (event) => {
    event.preventDefault();
    table.scrollTo({ left: seats[at].offsetLeft - table.offsetLeft, behavior: "smooth" });
  });

function tellFront() {
  const at = Math.round(table.scrollLeft / table.clientWidth);
  tabs.forEach((tab, number) => {
    tab.classList.toggle("front", number === at);
    if (number === at) tab.setAttribute("aria-current", "true");
    else tab.removeAttribute("aria-current");
  });
}
table.addEventListener("scroll", tellFront, { passive: true });
addEventListener("resize", tellFront);
tellFront();
