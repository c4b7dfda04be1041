// Dragging with mouse, pen or finger; everything that is dragged can be done with keys too.
"use strict";
{
  const DRAG_PX = 5;

  // Call `begin(event)` once a pointer that went down on `handle` has moved; it returns { move(x, y), drop(x, y), cancel() }.
  Design.draggable = (handle, begin) => {
    handle.addEventListener("pointerdown", (down) => {
      if (down.button || !Design.mayEdit) return;
      let drag = null;
      const move = (event) => {
        if (!drag) {
          if (Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) < DRAG_PX) return;
          drag = begin(down);
          document.body.classList.add("dragging");
        }
        event.preventDefault();
        drag.move(event.clientX, event.clientY);
      };
      const end = (event) => {
        window.removeEventListener("pointermove", move);
        window.removeEventListener("pointerup", end);
        window.removeEventListener("pointercancel", end);
        document.body.classList.remove("dragging");
        if (!drag) return;
        // The click that follows a drag is none.
        window.addEventListener("click", (click) => click.stopPropagation(), { capture: true, once: true });
        setTimeout(() => window.dispatchEvent(new MouseEvent("click", { bubbles: false })), 0);
        if (event.type === "pointerup") drag.drop(event.clientX, event.clientY);
        else drag.cancel?.();
      };
      window.addEventListener("pointermove", move);
      window.addEventListener("pointerup", end);
      window.addEventListener("pointercancel", end);
    });
  };

  // A picture of what is dragged, under the pointer.
  Design.ghost = (label) => {
    const made = h("div", { class: "ghost", textContent: label });
    document.body.append(made);
    return {
      move(x, y) {
        made.style.left = `${x + 8}px`;
        made.style.top = `${y + 8}px`;
      },
      remove: () => made.remove(),
    };
  };

  // Where in a list a pointer is: the index before which a thing would fall, and a line that shows it.
  Design.place = (list, x, y) => {
    const box = list.getBoundingClientRect();
    if (x < box.left - 40 || x > box.right + 40 || y < box.top - 40 || y > box.bottom + 60) return null;
    const items = [...list.querySelectorAll(":scope > [data-name]")];
    const at = items.findIndex((each) => {
      const { top, height } = each.getBoundingClientRect();
      return y < top + height / 2;
    });
    return at < 0 ? items.length : at;
  };
  Design.mark = (list, at) => {
    list.querySelector(":scope > .gap")?.remove();
    if (at === null) return;
    const items = [...list.querySelectorAll(":scope > [data-name]")];
    list.insertBefore(h("li", { class: "gap", "aria-hidden": "true" }), items[at] || null);
  };

  // Let the items of a list be put in order: by their grip, or with Alt and the arrows.
  Design.sortable = (list, sort) => {
    const names = () => [...list.querySelectorAll(":scope > [data-name]")].map((each) => each.dataset.name);
    for (const item of list.querySelectorAll(":scope > [data-name]")) {
      const { name } = item.dataset;
      item.addEventListener("keydown", (event) => {
        const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
        if (!event.altKey || !by) return;
        event.preventDefault();
        const to = names().indexOf(name) + by;
        if (to >= 0 && to < names().length) sort(name, to);
      });
      const grip = item.querySelector(".grip");
      if (!grip) continue;
      Design.draggable(grip, () => {
        const ghost = Design.ghost(item.dataset.label || name);
        item.classList.add("lifted");
        const finish = () => {
          ghost.remove();
          item.classList.remove("lifted");
          Design.mark(list, null);
        };
        return {
          move(x, y) {
            ghost.move(x, y);
            Design.mark(list, Design.place(list, x, y));
          },
          drop(x, y) {
            const at = Design.place(list, x, y);
            finish();
            if (at === null) return;
            const from = names().indexOf(name);
            const to = at > from ? at - 1 : at;
            if (to !== from) sort(name, to);
          },
          cancel: finish,
        };
      });
    }
  };
}
