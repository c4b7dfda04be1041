// The designer's page: tabs over one document, what is wrong with it, and how it is saved and published.
"use strict";
{
  const { body } = document;
  const t = (key, blanks) => Design.t(key, blanks);
  const desk = document.getElementById("desk");
  Design.tab = "flow";

  Design.ask = async (what, sent) => {
    try {
      const answer = await fetch(`${body.dataset.home}/${what}`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(sent) });
      const isJson = (answer.headers.get("content-type") || "").includes("json");
      const told = isJson ? await answer.json() : { findings: [{ words: await answer.text(), isError: true }] };
      return Array.isArray(told) ? told : { ...told, ok: answer.ok };
    } catch {
      say(body.dataset.offline, "bad");
      return { ok: false };
    }
  };
  function say(words, tone) {
    document.getElementById("said").replaceChildren(h("p", { class: `toast ${tone}`, textContent: words }));
    setTimeout(() => document.getElementById("said").replaceChildren(), 5000);
  }

  // ---------------------------------------------------------------- checking, saving

  let checkTimer;
  let saveTimer;
  let checks = 0;
  async function check(sent) {
    const number = ++checks;
    const told = await Design.ask("check", sent);
    if (number !== checks || !told.findings) return null;
    Design.findings = told.findings;
    if (told.yaml) Design.yaml = told.yaml;
    return told;
  }
  function soon() {
    clearTimeout(checkTimer);
    checkTimer = setTimeout(async () => {
      await check({ definition: Design.flow });
      Design.tell("checked");
    }, 250);
    clearTimeout(saveTimer);
    if (Design.mayEdit) saveTimer = setTimeout(save, 1500);
  }
  // One save at a time: two at once would send the same revision, and the second be told that someone else was faster.
  let saving = Promise.resolve();
  function save() {
    clearTimeout(saveTimer);
    saving = saving.then(saveNow);
    return saving;
  }
  async function saveNow() {
    if (Design.isSaved || !Design.mayEdit) return;
    const sent = JSON.stringify(Design.flow);
    const told = await Design.ask("save", Design.flow ? { definition: Design.flow, revision: Design.revision } : { yaml: Design.yaml, revision: Design.revision });
    if (told.ok) {
      Design.revision = told.revision;
      Design.isSaved = sent === JSON.stringify(Design.flow);
      tools();
    } else if (told.findings && told.findings[0]?.key === "shape") say(told.findings[0].words, "bad");
  }
  // Before it is published: what past cases would have done under it, and the running ones that keep to older versions.
  async function ready() {
    await save();
    const box = h("div", { class: "past" });
    const close = () => gate.close();
    const gate = h("dialog", { class: "gate", id: "gate", "aria-label": t("publish") }, h("h2", { textContent: t("gate") }), box,
      h("p", { class: "sentence" }, h("button", { type: "button", class: "small good", id: "publish-now", textContent: t("publish"), onclick: () => { close(); publish(); } }),
        h("button", { type: "button", class: "small plain", textContent: t("not_yet"), onclick: close })));
    gate.addEventListener("close", () => gate.remove());
    document.body.append(gate);
    gate.showModal();
    await replay(box);
  }
  async function publish() {
    const told = await Design.ask("publish", { definition: Design.flow });
    if (!told.ok) {
      Design.findings = told.findings || Design.findings;
      if (told.findings?.length) say(told.findings[0].words, "bad");
      draw();
      return;
    }
    Design.published = told.published;
    Design.revision = 0;
    Design.isSaved = true;
    say(t("published", { n: told.version }), "good");
    tools();
  }

  // ---------------------------------------------------------------- the head

  function tools() {
    const wrong = Design.findings.filter((each) => each.isError).length;
    const go = (finding) => {
      if (!finding) return;
      if (finding.step) Design.select("step", finding.step);
      else if (finding.field) Design.select("field", finding.field);
      else Design.select("flow");
    };
    const tool = (words, act, props = {}) => h("button", { type: "button", class: "small plain", textContent: words, onclick: act, ...props });
    document.getElementById("tools").replaceChildren(
      h("button", { type: "button", class: `verdict ${wrong ? "bad" : "good"}`, id: "verdict", textContent: wrong ? t("to_change", { n: wrong }) : t("fine"), onclick: () => go(Design.findings.find((each) => each.isError)) }),
      ...(Design.mayEdit
        ? [
            tool(t("undo"), Design.undo, { disabled: !Design.past.length, id: "undo" }),
            tool(t("redo"), Design.redo, { disabled: !Design.future.length, id: "redo" }),
            tool(Design.isSaved ? t("saved") : t("save"), save, { disabled: Design.isSaved, id: "save" }),
          ]
        : [h("span", { class: "hint", textContent: t("read_only") })]),
      ...(Design.mayPublish ? [h("button", { type: "button", class: "small good", id: "publish", textContent: t("publish"), disabled: Boolean(wrong) || Design.yaml === Design.published, onclick: ready })] : []),
    );
    document.getElementById("flow-title").textContent = Design.say(Design.flow?.title) || body.dataset.name;
  }
  function tabs() {
    const names = { flow: "tab_flow", form: "tab_form", try: "tab_try", yaml: "tab_yaml", diff: "tab_diff" };
    document.getElementById("tabs").replaceChildren(
      ...Object.entries(names).map(([name, words]) =>
        h("button", { type: "button", role: "tab", id: `tab-${name}`, textContent: t(words), "aria-selected": `${Design.tab === name}`, onclick: () => show(name) })),
    );
  }
  function show(name) {
    Design.tab = name;
    tabs();
    draw();
  }

  // ---------------------------------------------------------------- the flow tab

  function flowTab() {
    const { flow } = Design;
    const list = h("ol", { class: "steps", id: "steps" }, Object.entries(flow.steps).map(([name, step]) => {
      const wrong = Design.findings.some((each) => each.step === name && each.isError);
      return h("li", { data: { name, label: Design.stepLabel(flow, name) }, class: `${Design.selected.name === name && Design.selected.kind === "step" ? "selected" : ""} ${wrong ? "wrong" : ""}` },
        Design.mayEdit ? h("span", { class: "grip", textContent: "⋮⋮", "aria-hidden": "true" }) : null,
        h("button", { type: "button", onclick: () => Design.select("step", name) }, h("strong", { textContent: Design.stepLabel(flow, name) }),
          h("span", { textContent: step.asks ? step.asks.map(Design.seatLabel).join(", ") : "" })));
    }));
    Design.sortable(list, Design.moveStep);
    const at = () => (Design.selected.kind === "step" ? Object.keys(Design.flow.steps).indexOf(Design.selected.name) + 1 : undefined);
    const add = Design.mayEdit
      ? h("div", { class: "adds" }, ["asks", "does", "together", "runs"].map((kind) => h("button", { type: "button", class: "small plain", id: `add-${kind}`, textContent: `+ ${t({ asks: "add_question", does: "add_action", together: "add_together", runs: "add_run" }[kind])}`, onclick: () => Design.addStep(kind, at()) })))
      : null;
    const ends = h("ul", { class: "steps" }, Object.keys(flow.ends).map((name) => h("li", { class: Design.selected.kind === "end" && Design.selected.name === name ? "selected" : "" }, h("button", { type: "button", onclick: () => Design.select("end", name) }, h("strong", { textContent: Design.stepLabel(flow, name) })))));
    const addEnd = () => Design.change((changed) => {
      const made = Design.slug("", changed.ends, `end_${Object.keys(changed.ends).length + 1}`);
      changed.ends[made] = { label: { en: "Rejected", zh: "已驳回" }, tone: "bad" };
      Design.selected = { kind: "end", name: made };
    });
    return [
      h("div", { class: "side" },
        h("button", { type: "button", class: `settings ${Design.selected.kind === "flow" ? "selected" : ""}`, id: "settings", textContent: t("settings"), onclick: () => Design.select("flow") }),
        h("h3", { textContent: t("steps") }), list, add, h("h3", { textContent: t("ends") }), ends,
        Design.mayEdit ? h("button", { type: "button", class: "small plain", id: "add-end", textContent: `+ ${t("add_end")}`, onclick: addEnd }) : null),
      Design.drawing(),
      Design.panel(),
      h("section", { class: "faces-box" }, h("h3", { textContent: t("faces") }), h("div", { class: "faces", id: "faces" })),
    ];
  }

  // ---------------------------------------------------------------- the form tab

  function formTab() {
    const { flow } = Design;
    const answers = [];
    for (const [step, each] of Object.entries(flow.steps))
      for (const outcome of Object.keys(each.outcomes || {})) answers.push({ step, outcome, words: `${Design.stepLabel(flow, step)} · ${Design.portLabel(each, outcome)}` });
    if (!answers.length) return [h("p", { class: "hint", textContent: t("first_a_step") })];
    if (!Design.formOf || !answers.some((each) => each.step === Design.formOf.step && each.outcome === Design.formOf.outcome)) Design.formOf = answers[0];
    const chosen = answers.findIndex((each) => each.step === Design.formOf.step && each.outcome === Design.formOf.outcome);
    const picker = h("select", { id: "form-of", onchange: (event) => { Design.formOf = answers[event.target.value]; draw(); } },
      answers.map((each, at) => h("option", { value: at, textContent: each.words, selected: at === chosen })));
    const names = flow.steps[Design.formOf.step].outcomes[Design.formOf.outcome].form || [];
    const list = h("ol", { class: "fields", id: "fields" }, names.filter((each) => flow.fields?.[each]).map((name) => {
      const field = flow.fields[name];
      const wrong = Design.findings.some((each) => each.field === name && each.isError);
      return h("li", { data: { name, label: Design.say(field.label) }, class: `${Design.selected.kind === "field" && Design.selected.name === name ? "selected" : ""} ${wrong ? "wrong" : ""}` },
        Design.mayEdit ? h("span", { class: "grip", textContent: "⋮⋮", "aria-hidden": "true" }) : null,
        h("button", { type: "button", onclick: () => Design.select("field", name) }, h("strong", { textContent: `${Design.say(field.label) || name}${field.required === false ? "" : " *"}` }), h("span", { textContent: Design.catalogue.kinds[field.kind].label })));
    }), names.length ? null : h("li", { class: "empty", textContent: t("no_fields") }));
    Design.sortable(list, Design.moveField);
    const kinds = Object.entries(Design.catalogue.kinds).filter(([kind]) => kind !== "quantity" || flow.about === "receipt");
    const palette = h("div", { class: "palette", id: "palette" }, kinds.map(([kind, { label }]) => {
      const chip = h("button", { type: "button", class: "chip", data: { kind }, textContent: label, disabled: !Design.mayEdit, onclick: () => Design.addField(kind) });
      Design.draggable(chip, () => {
        const ghost = Design.ghost(label);
        const finish = () => { ghost.remove(); Design.mark(list, null); };
        return {
          move(x, y) { ghost.move(x, y); Design.mark(list, Design.place(list, x, y)); },
          drop(x, y) { const at = Design.place(list, x, y); finish(); if (at !== null) Design.addField(kind, at); },
          cancel: finish,
        };
      });
      return chip;
    }));
    return [
      h("div", { class: "side" }, h("h3", { textContent: t("palette") }), palette),
      h("div", { class: "form-box" }, h("label", { class: "control", htmlFor: "form-of" }, h("span", { textContent: t("form_of") }), picker), list,
        h("section", { class: "faces-box" }, h("h3", { textContent: t("faces") }), h("div", { class: "faces", id: "faces" }))),
      Design.selected.kind === "field" ? Design.panel() : h("aside", { class: "panel" }, h("p", { class: "hint", textContent: t("palette") })),
    ];
  }

  // ---------------------------------------------------------------- YAML, and what changed

  function yamlTab() {
    let timer;
    const box = h("textarea", { id: "yaml", class: "yaml", value: Design.yaml, spellcheck: false, readOnly: !Design.mayEdit, "aria-label": "YAML", oninput: () => {
      clearTimeout(timer);
      timer = setTimeout(async () => {
        Design.yaml = box.value;
        const told = await check({ yaml: box.value });
        if (told?.definition) {
          if (Design.flow) Design.past.push({ flow: JSON.stringify(Design.flow), key: "", at: 0 });
          Design.future = [];
          Design.flow = told.definition;
          Design.isSaved = false;
          clearTimeout(saveTimer);
          saveTimer = setTimeout(save, 1500);
        }
        findings.replaceChildren(...told_of());
        tools();
      }, 400);
    } });
    const told_of = () => Design.findings.map((each) => h("li", { class: each.isError ? "finding" : "finding advice", textContent: each.words }));
    const findings = h("ul", { class: "findings", "aria-live": "polite" }, told_of());
    return [h("div", { class: "whole" }, box, findings)];
  }
  function diffTab() {
    const rows = lineDiff(Design.published.split("\n"), Design.yaml.split("\n"));
    const same = !rows.some((each) => each.sign !== " ");
    const drop = Design.mayEdit && Design.published && !same
      ? h("button", { type: "button", class: "small bad", textContent: t("drop"), onclick: async () => {
          clearTimeout(saveTimer);
          await saving;
          const told = await Design.ask("drop", {});
          if (told.ok) { Design.revision = 0; const back = await check({ yaml: told.yaml }); if (back?.definition) { Design.past.push({ flow: JSON.stringify(Design.flow), key: "", at: 0 }); Design.flow = back.definition; Design.isSaved = true; draw(); } }
        } })
      : null;
    const shown = rows.filter((each, at) => each.sign !== " " || rows.slice(Math.max(0, at - 2), at + 3).some((near) => near.sign !== " "));
    return [h("div", { class: "whole" }, same ? h("p", { class: "hint", textContent: t("no_changes") }) : h("pre", { class: "diff" }, shown.map((each) => h("span", { class: { "+": "added", "-": "gone", " ": "" }[each.sign], textContent: `${each.sign} ${each.line}\n` }))), drop)];
  }
  // The longest common lines, the rest added or gone.
  function lineDiff(a, b) {
    const long = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
    for (let i = a.length - 1; i >= 0; i--) for (let j = b.length - 1; j >= 0; j--) long[i][j] = a[i] === b[j] ? long[i + 1][j + 1] + 1 : Math.max(long[i + 1][j], long[i][j + 1]);
    const rows = [];
    let [i, j] = [0, 0];
    while (i < a.length || j < b.length) {
      if (i < a.length && j < b.length && a[i] === b[j]) { rows.push({ sign: " ", line: a[i] }); i++; j++; }
      else if (j >= b.length || (i < a.length && long[i + 1][j] >= long[i][j + 1])) rows.push({ sign: "-", line: a[i++] });
      else rows.push({ sign: "+", line: b[j++] });
    }
    return rows;
  }

  // ---------------------------------------------------------------- trying it, past and running cases

  const example = { values: {}, choices: {} };
  function tryTab() {
    const { flow } = Design;
    const result = h("div", { class: "trial", id: "trial", "aria-live": "polite" });
    let runs = 0;
    const run = async () => {
      const number = ++runs;
      const told = await Design.ask("try", { definition: flow, values: example.values, choices: example.choices });
      if (number !== runs) return undefined; // an older answer came late
      if (!told.steps) return result.replaceChildren(...(told.findings || []).map((each) => h("p", { class: "finding", textContent: each.words })));
      const rows = told.steps.map((each) => {
        const step = flow.steps[each.step];
        const outcomes = step?.outcomes || {};
        const pick = h("select", { "aria-label": each.step, onchange: (event) => { example.choices[each.step] = event.target.value; run(); } }, Object.entries(outcomes).map(([name, outcome]) => h("option", { value: name, textContent: Design.say(outcome.label) || name, selected: name === each.outcome })));
        return [...each.actions.map((action) => h("li", { class: "did", textContent: Design.catalogue.actions[action.split(": ")[1]]?.label || action })), h("li", {}, h("strong", { textContent: Design.stepLabel(flow, each.step) }), h("span", { textContent: step ? step.asks.map(Design.seatLabel).join(", ") : "" }), step ? pick : h("span", { textContent: each.outcome }))];
      });
      result.replaceChildren(h("ol", {}, rows, told.actions.map((action) => h("li", { class: "did", textContent: Design.catalogue.actions[action.split(": ")[1]]?.label || action })), h("li", { class: "ended", textContent: told.end ? `${t("try_end")}: ${Design.stepLabel(flow, told.end)}` : t("no_end") })));
    };
    const asked = [
      ...Object.entries(flow.fields || {}).filter(([, field]) => field.each !== "line" && Design.catalogue.kinds[field.kind]?.rule).map(([name, field]) => [name, Design.say(field.label) || name, field]),
      ...Object.entries(flow.facts || {}).filter(([, source]) => Design.catalogue.facts[source]).map(([name, source]) => [name, Design.nameLabel(flow, name), { kind: Design.catalogue.facts[source].kind === "boolean" ? "yes_no" : "money" }]),
    ];
    const inputs = asked.map(([name, words, field]) => {
      const options = field.kind === "choice" ? Object.fromEntries(Object.entries(field.options || {}).map(([each, label]) => [each, Design.say(label)])) : field.kind === "yes_no" ? { yes: t("yes"), no: t("no") } : null;
      const write = (event) => { example.values[name] = event.target.value; run(); };
      const control = options
        ? h("select", { id: `try-${name}`, onchange: write }, [h("option", { value: "", textContent: "–" }), ...Object.entries(options).map(([each, label]) => h("option", { value: each, textContent: label, selected: example.values[name] === each }))])
        : h("input", { id: `try-${name}`, value: example.values[name] || "", oninput: write, autocomplete: "off" });
      return h("label", { class: "control", htmlFor: `try-${name}` }, h("span", { textContent: words }), control);
    });
    run();
    const past = h("div", { class: "past" });
    replay(past);
    return [h("div", { class: "side" }, h("h3", { textContent: t("try_values") }), inputs), h("div", { class: "whole" }, result, h("h3", { textContent: t("replay") }), past)];
  }
  async function replay(home) {
    const { flow } = Design;
    const [told, running] = await Promise.all([Design.ask("replay", { definition: flow }), Design.ask("running", { mapped: {} })]);
    const label = (names) => names.map((each) => Design.stepLabel(flow, each)).join(", ") || t("no_end");
    if (told.looked_at === undefined || !told.looked_at) home.append(h("p", { class: "hint", textContent: t("replay_none") }));
    else if (!told.differing.length) home.append(h("p", { textContent: t("replay_same", { n: told.looked_at }) }));
    else home.append(h("p", { textContent: t("replay_differs", { n: told.looked_at, m: told.differing.length }) }), h("ul", {}, told.differing.map((each) => h("li", { textContent: t("went", { number: each.number, step: each.step ? Design.stepLabel(flow, each.step) : t("at_start"), went: label(each.went), would: label(each.would_go) }) }))));
    if (!Array.isArray(running) || !running.length) return;
    const mapped = {};
    const lost = [...new Set(running.flatMap((each) => each.lost))];
    const asking = Object.fromEntries(Object.entries(flow.steps).filter(([, step]) => step.asks).map(([name]) => [name, Design.stepLabel(flow, name)]));
    home.append(h("h3", { textContent: t("running_old") }), h("ul", {}, running.map((each) => h("li", { textContent: each.lost.length ? t("stays", { number: each.number, steps: each.lost.join(", ") }) : `${each.number}: ${label(each.steps)}` }))),
      lost.map((step) => h("p", { class: "sentence" }, h("strong", { textContent: step }), h("span", { textContent: "→" }), h("select", { "aria-label": step, onchange: (event) => (event.target.value ? (mapped[step] = event.target.value) : delete mapped[step]) }, [h("option", { value: "", textContent: "–" }), ...Object.entries(asking).map(([name, words]) => h("option", { value: name, textContent: words }))]))),
      Design.mayPublish ? h("button", { type: "button", class: "small good", textContent: t("move"), onclick: async () => { const done = await Design.ask("move", { mapped }); if (done.moved) { say(t("moved", { n: done.moved.length }), "good"); draw(); } } }) : null);
  }

  // ---------------------------------------------------------------- drawing the page anew, keeping the place

  let facesTimer;
  function draw() {
    tools();
    if (!Design.flow && Design.tab !== "yaml") Design.tab = "yaml";
    const focus = document.activeElement;
    const mark = focus?.dataset?.text || focus?.dataset?.value || focus?.id || "";
    const at = focus && "selectionStart" in focus && focus.selectionStart !== null ? [focus.selectionStart, focus.selectionEnd] : null;
    const tops = { panel: desk.querySelector(".panel")?.scrollTop || 0, canvas: desk.querySelector(".canvas")?.scrollTop || 0, side: desk.querySelector(".side")?.scrollTop || 0 };
    const kept = desk.querySelector("#faces");
    desk.className = Design.tab;
    desk.replaceChildren(...{ flow: flowTab, form: formTab, try: tryTab, yaml: yamlTab, diff: diffTab }[Design.tab]());
    Design.fit();
    for (const [name, top] of Object.entries(tops)) desk.querySelector(`.${name}`)?.scrollTo(0, top);
    const faces = desk.querySelector("#faces");
    if (faces && kept) faces.replaceChildren(...kept.childNodes);
    if (faces) {
      clearTimeout(facesTimer);
      facesTimer = setTimeout(() => Design.faces(desk.querySelector("#faces") || faces), 350);
    }
    if (!mark) return;
    const again = [...desk.querySelectorAll("[data-text], [data-value], [id]")].find((each) => each.dataset.text === mark || each.dataset.value === mark || each.id === mark);
    again?.focus();
    if (again && at && "setSelectionRange" in again && again.type !== "number") try { again.setSelectionRange(...at); } catch { /* a kind of input without a cursor */ }
  }

  Design.onChange((what) => {
    if (what === "changed" || what === "typed") soon();
    if (what === "typed") {
      tools();
      const board = desk.querySelector(".canvas");
      if (board && Design.tab === "flow") {
        const { scrollTop, scrollLeft } = board;
        const next = Design.drawing();
        board.replaceWith(next);
        Design.fit();
        next.scrollTo(scrollLeft, scrollTop);
      }
      const faces = desk.querySelector("#faces");
      clearTimeout(facesTimer);
      if (faces) facesTimer = setTimeout(() => Design.faces(faces), 500);
      return;
    }
    if (what === "form") return show("form");
    if (what === "checked") {
      if ((Design.tab === "yaml" || Design.tab === "diff") && document.activeElement?.id !== "yaml") return draw();
      tools();
      marks();
      return;
    }
    draw();
  });
  // Show what is wrong without drawing the page anew, so that nobody loses what they are typing.
  function marks() {
    const wrong = (kind, name) => Design.findings.some((each) => each[kind] === name && each.isError);
    for (const each of desk.querySelectorAll("[data-step]")) each.classList.toggle("wrong", wrong("step", each.dataset.step));
    for (const each of desk.querySelectorAll("#steps > [data-name]")) each.classList.toggle("wrong", wrong("step", each.dataset.name));
    for (const each of desk.querySelectorAll("#fields > [data-name]")) each.classList.toggle("wrong", wrong("field", each.dataset.name));
    const panel = desk.querySelector(".panel");
    if (!panel || !panel.querySelector("h2")) return;
    panel.querySelectorAll(".finding").forEach((each) => each.remove());
    const { kind, name } = Design.selected;
    const told = Design.findings.filter((each) => (kind === "step" && each.step === name) || (kind === "field" && each.field === name) || (kind === "flow" && !each.step && !each.field));
    panel.querySelector("h2").after(...told.map((each) => h("p", { class: each.isError ? "finding" : "finding advice", textContent: each.words })));
  }

  window.addEventListener("resize", () => Design.fit());
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey)) return;
    if (event.key === "s") { event.preventDefault(); save(); }
    if (event.target.closest("input, textarea")) return;
    if (event.key === "z") { event.preventDefault(); if (event.shiftKey) Design.redo(); else Design.undo(); }
    if (event.key === "y") { event.preventDefault(); Design.redo(); }
  });
  window.addEventListener("beforeunload", (event) => !Design.isSaved && event.preventDefault());

  async function open() {
    const told = await (await fetch(`${body.dataset.home}/data`)).json();
    Object.assign(Design, { words: told.words, catalogue: told.catalogue, language: told.language, published: told.published, revision: told.revision, mayEdit: told.mayEdit, mayPublish: told.mayPublish, yaml: told.yaml });
    const checked = await check({ yaml: told.yaml });
    Design.flow = checked?.definition || null;
    const title = new URLSearchParams(location.search).get("title");
    if (title && Design.flow && !told.published && !told.revision) {
      Design.flow.title = { en: title, zh: title };
      Design.flow.card.title = { en: `${title} {number}`, zh: `${title} {number}` };
      Design.isSaved = false;
      soon();
    }
    if (told.published && Design.flow === null) Design.tab = "yaml";
    tabs();
    draw();
  }
  open();
}
