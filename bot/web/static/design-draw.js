// The flow as a drawing: steps from top to bottom, an arrow from each answer. Its layout is derived, never stored.
"use strict";
{
  const CARD_W = 210;
  const GAP_X = 44;
  const GAP_Y = 58;
  const PORT_H = 26;

  // How far down each step and end lies: one below the lowest that leads there by going on.
  function layers(flow) {
    const depth = {};
    const names = [...Object.keys(flow.steps), ...Object.keys(flow.ends)];
    const visit = (name, at, trail) => {
      if (!names.includes(name) || trail.includes(name) || (depth[name] ?? -1) >= at) return;
      depth[name] = at;
      for (const way of Design.ways(flow.steps[name] || {})) if (!way.isBack) visit(way.target, at + 1, [...trail, name]);
    };
    const first = Object.keys(flow.steps)[0];
    if (first) visit(first, 0, []);
    const lowest = () => Math.max(-1, ...Object.values(depth));
    for (const name of Object.keys(flow.steps)) if (!(name in depth)) visit(name, lowest() + 1, []);
    for (const name of Object.keys(flow.ends)) depth[name] ??= lowest() + 1;
    const bottom = Math.max(0, ...Object.keys(flow.ends).map((each) => depth[each]));
    for (const name of Object.keys(flow.ends)) depth[name] = Math.max(depth[name], bottom);
    return depth;
  }

  function places(flow) {
    const depth = layers(flow);
    const rows = Array.from({ length: 1 + Math.max(0, ...Object.values(depth)) }, () => []);
    for (const [name, at] of Object.entries(depth)) rows[at].push(name);
    const at = {};
    const widest = Math.max(1, ...rows.map((row) => row.length));
    let top = 16;
    for (const row of rows) {
      if (!row.length) continue;
      // Under what leads there, as far as there is room: fewer lines cross.
      const wish = (name) => {
        const from = Object.keys(at).filter((each) => Design.ways(flow.steps[each] || {}).some((way) => way.target === name));
        return from.length ? from.reduce((sum, each) => sum + at[each].x, 0) / from.length : 0;
      };
      row.sort((a, b) => wish(a) - wish(b));
      const width = row.length * CARD_W + (row.length - 1) * GAP_X;
      const left = 70 + (widest * CARD_W + (widest - 1) * GAP_X - width) / 2;
      const heights = row.map((name) => heightOf(flow.steps[name]));
      row.forEach((name, index) => (at[name] = { x: left + index * (CARD_W + GAP_X), y: top, h: heights[index] }));
      top += Math.max(...heights) + GAP_Y;
    }
    return { at, width: 140 + widest * CARD_W + (widest - 1) * GAP_X, height: top };
  }
  const portsOf = (step) => [...new Set(Design.ways(step || {}).map((way) => way.outcome))];
  const heightOf = (step) => (step ? 58 + portsOf(step).length * PORT_H + 6 : 44);

  Design.portLabel = (step, outcome) => {
    if (outcome.startsWith("arm:") || outcome.startsWith("end:")) return outcome.slice(4);
    return outcome ? Design.say(step.outcomes[outcome].label) || outcome : Design.t("then");
  };

  Design.drawing = () => {
    const { flow } = Design;
    const { at, width, height } = places(flow);
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("width", width);
    svg.setAttribute("height", height);
    svg.setAttribute("aria-hidden", "true");
    const board = h("div", { class: "board", id: "board", data: { width, height } }, svg);
    board.style.width = `${width}px`;
    board.style.height = `${height}px`;
    for (const [name, step] of Object.entries(flow.steps)) board.append(card(name, step, at, board, svg));
    for (const [name, end] of Object.entries(flow.ends)) {
      const made = h("button", {
        type: "button", class: `node end ${end.tone || "good"}${isSelected("end", name)}`, data: { target: name, end: name },
        textContent: Design.stepLabel(flow, name), onclick: () => Design.select("end", name),
      });
      set(made, at[name]);
      board.append(made);
    }
    for (const [name, step] of Object.entries(flow.steps))
      for (const way of Design.ways(step)) arrow(svg, at, name, step, way);
    return h("div", { class: "canvas", tabIndex: -1 }, board);
  };

  // Show the whole drawing where that leaves it readable; what is larger still is scrolled.
  const SMALLEST = 0.6;
  Design.scale = 1;
  Design.fit = () => {
    const canvas = document.querySelector(".canvas");
    const board = canvas?.querySelector(".board");
    if (!board) return;
    const room = Math.min((canvas.clientWidth - 4) / Number(board.dataset.width), (canvas.clientHeight - 4) / Number(board.dataset.height));
    Design.scale = canvas.clientWidth < 500 ? 1 : Math.max(SMALLEST, Math.min(1, room));
    board.style.zoom = Design.scale;
  };

  const isSelected = (kind, name) => (Design.selected.kind === kind && Design.selected.name === name ? " selected" : "");
  function set(element, { x, y, h: height }) {
    Object.assign(element.style, { left: `${x}px`, top: `${y}px`, width: `${CARD_W}px`, height: `${height}px` });
  }

  function card(name, step, at, board, svg) {
    const place = at[name];
    const { flow } = Design;
    const wrong = Design.findings.some((each) => each.step === name && each.isError);
    const kind = step.asks ? "asks" : step.does ? "does" : step.together ? "together" : "runs";
    const who = step.asks ? step.asks.map(Design.seatLabel).join(", ") : Design.t({ does: "does", together: "ways", runs: "runs" }[kind]);
    const made = h(
      "div",
      { class: `node ${kind}${isSelected("step", name)}${wrong ? " wrong" : ""}`, data: { target: name, step: name } },
      h("button", { type: "button", class: "head", onclick: () => Design.select("step", name) },
        h("strong", { textContent: Design.stepLabel(flow, name) }), h("span", { textContent: who })),
      portsOf(step).map((outcome) => port(name, step, outcome, board, svg, at)),
    );
    set(made, place);
    return made;
  }

  // Whether an answer's arrow leaves to the left: where it leads lies that way.
  function isLeft(at, name, step, outcome) {
    const way = Design.ways(step).filter((each) => each.outcome === outcome).at(-1);
    const to = at[way?.target];
    return Boolean(to) && (way.isBack || to.y <= at[name].y || to.x < at[name].x - 20);
  }

  function port(name, step, outcome, board, svg, at) {
    const tone = step.outcomes?.[outcome]?.tone || "plain";
    const made = h(
      "button",
      { type: "button", class: `port ${tone}${isLeft(at, name, step, outcome) ? " left" : ""}`, data: { outcome }, title: Design.t("go_to"), onclick: () => Design.select("step", name) },
      h("span", { textContent: Design.portLabel(step, outcome) }), h("i", { "aria-hidden": "true" }),
    );
    if (outcome.startsWith("end:") || outcome.startsWith("arm:")) return made;
    Design.draggable(made, () => {
      const line = path(svg, "drawn");
      let target = null;
      const aim = (x, y) => {
        target?.classList.remove("aimed");
        target = document.elementsFromPoint(x, y).map((each) => each.closest?.("[data-target]")).find((each) => each && each.dataset.target !== name) || null;
        target?.classList.add("aimed");
      };
      const finish = () => {
        line.remove();
        target?.classList.remove("aimed");
      };
      return {
        move(x, y) {
          const by = Design.scale;
        scrollAlong(board.parentElement, x, y);
        const base = board.getBoundingClientRect();
        const from = made.getBoundingClientRect();
        line.setAttribute("d", curve((made.classList.contains("left") ? from.left : from.right) - base.left, from.top + from.height / 2 - base.top, x - base.left, y - base.top).replace(/-?[\d.]+/g, (each) => each / by));
          aim(x, y);
        },
        drop(x, y) {
          aim(x, y);
          finish();
          if (target) Design.lead(name, outcome, target.dataset.target);
        },
        cancel: finish,
      };
    });
    return made;
  }

  // Near the edge of the canvas a drag moves what is seen.
  function scrollAlong(canvas, x, y) {
    const { left, right, top, bottom } = canvas.getBoundingClientRect();
    const by = (at, from, to) => (at < from + 36 ? -16 : at > to - 36 ? 16 : 0);
    canvas.scrollBy(by(x, left, right), by(y, top, bottom));
  }

  function path(svg, kind) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", "path");
    made.setAttribute("class", kind);
    svg.append(made);
    return made;
  }
  const curve = (x1, y1, x2, y2, side = 1) => {
    const bend = Math.max(24, Math.abs(y2 - y1) / 2);
    return `M${x1},${y1} C${x1 + side * 26},${y1 + 4} ${x2},${y2 - bend} ${x2},${y2}`;
  };

  function arrow(svg, at, name, step, way) {
    const from = at[name];
    const to = at[way.target];
    if (!to) return;
    const index = portsOf(step).indexOf(way.outcome);
    const y1 = from.y + 58 + index * PORT_H + PORT_H / 2;
    const tone = step.outcomes?.[way.outcome]?.tone || "plain";
    if (way.isBack || to.y <= from.y) {
      const left = Math.min(from.x, to.x) - 34;
      const line = path(svg, `back ${tone}`);
      line.setAttribute("d", `M${from.x},${y1} C${left},${y1} ${left},${to.y + 24} ${to.x},${to.y + 24}`);
      head(svg, to.x, to.y + 24, "right");
      return;
    }
    const spread = Object.keys(at).indexOf(name) % 5;
    const x2 = to.x + CARD_W * (to.x < from.x - 20 ? 0.68 : to.x > from.x + 20 ? 0.32 : 0.8) + (spread - 2) * 8;
    const line = path(svg, `way ${tone}`);
    const left = to.x < from.x - 20;
    const x1 = left ? from.x : from.x + CARD_W;
    // What leads past other steps goes round them.
    const isFar = to.y - from.y > 260 && Math.abs(to.x - from.x) < CARD_W;
    const out = x1 + (left ? -1 : 1) * (50 + 9 * index);
    line.setAttribute("d", isFar ? `M${x1},${y1} C${out},${y1} ${out},${to.y - 60} ${x2},${to.y - 7}` : curve(x1, y1, x2, to.y - 7, left ? -1 : 1));
    head(svg, x2, to.y - 1, "down");
    if (way.when) {
      const label = document.createElementNS("http://www.w3.org/2000/svg", "text");
      label.setAttribute("x", left ? x1 - 12 : x1 + 12);
      if (left) label.setAttribute("text-anchor", "end");
      label.setAttribute("y", y1 - 4 + way.at * 12);
      const said = way.when.replace(/[a-z]\w*/g, (name) => (name in Design.nameKinds(Design.flow) ? Design.nameLabel(Design.flow, name) : name));
      label.textContent = said.length > 26 ? `${said.slice(0, 25)}…` : said;
      svg.append(label);
    }
  }
  function head(svg, x, y, way) {
    const made = path(svg, "head");
    made.setAttribute("d", way === "down" ? `M${x - 5},${y - 8} L${x},${y} L${x + 5},${y - 8}` : `M${x - 8},${y - 5} L${x},${y} L${x - 8},${y + 5}`);
  }
}
