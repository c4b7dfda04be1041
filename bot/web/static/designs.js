// A new flow is called by a name made of what was typed.
"use strict";

document.getElementById("new-flow")?.addEventListener("submit", (event) => {
  event.preventDefault();
  const typed = document.getElementById("new-name").value.trim();
  const name = typed.toLowerCase().normalize("NFKD").replace(/[^a-z0-9]+/g, "_").replace(/^[^a-z]+|_+$/g, "").slice(0, 32) || `flow_${Date.now().toString(36)}`;
  const words = new URLSearchParams({ title: typed });
  location.href = `${event.target.dataset.home}${name}?${words}`;
});
