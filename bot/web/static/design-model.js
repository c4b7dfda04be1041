// The flow that is being changed: one document, every change of it undoable, checked by the server after each.
"use strict";

const Design = {
  flow: null, // the document as the server gives it: null while the YAML is no flow
  yaml: "",
  published: "",
  revision: 0,
  findings: [],
  words: {},
  catalogue: {},
  language: "en",
  mayEdit: false,
  mayPublish: false,
  selected: { kind: "flow", name: "" },
  formOf: null, // { step, outcome }: the answer whose form is made on the form tab
  past: [],
  future: [],
  listeners: [],
  isSaved: true,
};

Design.t = (key, blanks = {}) => {
  const { words } = Design;
  const form = blanks.n === 1 && `${key}.one` in words ? `${key}.one` : `${key}.other`;
  const text = words[key] ?? words[form] ?? key;
  return text.replace(/\{(\w+)\}/g, (_, name) => blanks[name] ?? "");
};
Design.say = (words) => (words ? words[Design.language] || words.en || words.zh || "" : "");

// ------------------------------------------------------------------ DOM in short words

function h(tag, props = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (name === "class") made.className = value;
    else if (name === "data") Object.assign(made.dataset, value);
    else if (name in made && name !== "list" && !name.startsWith("aria")) made[name] = value;
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((each) => each !== null && each !== undefined && each !== false));
  return made;
}

// ------------------------------------------------------------------ changes

Design.onChange = (listener) => Design.listeners.push(listener);
Design.tell = (what) => Design.listeners.forEach((each) => each(what));

// Change the document by a function on a copy of it; `key` joins quick changes of one text into one step of undo.
Design.change = (edit, key = "") => {
  if (!Design.mayEdit || !Design.flow) return;
  const before = JSON.stringify(Design.flow);
  const next = JSON.parse(before);
  edit(next);
  if (JSON.stringify(next) === before) return;
  const last = Design.past.at(-1);
  if (!(key && last?.key === key && Date.now() - last.at < 3000)) Design.past.push({ flow: before, key, at: Date.now() });
  else last.at = Date.now();
  Design.future = [];
  Design.flow = next;
  Design.isSaved = false;
  Design.tell(key ? "typed" : "changed");
};
Design.undo = () => travel(Design.past, Design.future);
Design.redo = () => travel(Design.future, Design.past);
function travel(from, to) {
  const back = from.pop();
  if (!back) return;
  to.push({ flow: JSON.stringify(Design.flow), key: "", at: 0 });
  Design.flow = JSON.parse(back.flow);
  Design.isSaved = false;
  mendSelection();
  Design.tell("changed");
}
Design.select = (kind, name = "") => {
  Design.selected = { kind, name };
  Design.tell("selected");
};
function mendSelection() {
  const { kind, name } = Design.selected;
  const homes = { step: Design.flow.steps, end: Design.flow.ends, field: Design.flow.fields || {} };
  if (homes[kind] && !(name in homes[kind])) Design.selected = { kind: "flow", name: "" };
}

// ------------------------------------------------------------------ names

Design.slug = (text, taken, fallback) => {
  let name = text.toLowerCase().normalize("NFKD").replace(/[^a-z0-9]+/g, "_").replace(/^[^a-z]+|_+$/g, "").slice(0, 32);
  if (!name || name === "joined") name = fallback;
  let free = name;
  for (let n = 2; free in taken; n++) free = `${name}_${n}`;
  return free;
};
const renamedKey = (object, from, to) =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name === from ? to : name, value]));
const moved = (object, name, to) => {
  const entries = Object.entries(object).filter(([each]) => each !== name);
  entries.splice(to, 0, [name, object[name]]);
  return Object.fromEntries(entries);
};

function eachBranch(flow, act) {
  for (const step of Object.values(flow.steps)) {
    for (const outcome of Object.values(step.outcomes || {})) outcome.then.forEach(act);
    (step.then || []).forEach(act);
  }
}
Design.renameStep = (flow, from, to) => {
  flow.steps = renamedKey(flow.steps, from, to);
  retarget(flow, from, to);
  for (const step of Object.values(flow.steps))
    if (step.someone_other_than) step.someone_other_than = step.someone_other_than.map((each) => (each === from ? to : each));
};
function retarget(flow, from, to) {
  eachBranch(flow, (branch) => {
    if (branch.go === from) branch.go = to;
    if (branch.back_to === from) branch.back_to = to;
  });
  for (const step of Object.values(flow.steps)) {
    for (const map of [step.together, step.ends])
      for (const [key, value] of Object.entries(map || {})) if (value === from) map[key] = to;
  }
}
Design.renameEnd = (flow, from, to) => {
  flow.ends = renamedKey(flow.ends, from, to);
  retarget(flow, from, to);
};
Design.renameField = (flow, from, to) => {
  flow.fields = renamedKey(flow.fields, from, to);
  const swap = (text) => (text || "").replace(new RegExp(`\\b${from}\\b`, "g"), to);
  for (const step of Object.values(flow.steps)) {
    if (step.shows) step.shows = step.shows.map((each) => (each === from ? to : each));
    for (const outcome of Object.values(step.outcomes || {})) {
      if (outcome.form) outcome.form = outcome.form.map((each) => (each === from ? to : each));
      for (const map of ["fills", "hears"]) if (outcome[map]) outcome[map] = renamedKey(outcome[map], from, to);
      if (outcome.offered_when) outcome.offered_when = swap(outcome.offered_when);
    }
    if (step.does?.using) for (const name of Object.keys(step.does.using)) step.does.using[name] = swap(step.does.using[name]);
  }
  eachBranch(flow, (branch) => branch.when && (branch.when = swap(branch.when)));
  for (const name of Object.keys(flow.facts || {})) flow.facts[name] = swap(flow.facts[name]);
  for (const field of Object.values(flow.fields))
    for (const rule of ["default", "at_least", "at_most", "visible_when"]) if (field[rule]) field[rule] = swap(field[rule]);
};

// ------------------------------------------------------------------ steps

Design.addStep = (kind, at) => {
  let made;
  Design.change((flow) => {
    const number = Object.keys(flow.steps).length + 1;
    made = Design.slug("", flow.steps, `step_${number}`);
    const end = Object.keys(flow.ends)[0];
    const role = Object.keys(Design.catalogue.roles)[0] || "supervisor";
    const title = { en: `Step ${number}`, zh: `步骤${number}` };
    const blank = {
      asks: {
        asks: number === 1 ? [{ who: "requester", otherwise: role }] : [{ role }],
        title,
        question: number === 1 ? { en: "Please fill this in.", zh: "请填写。" } : { en: "All right?", zh: "是否同意？" },
        outcomes: { ok: { label: number === 1 ? { en: "Send", zh: "提交" } : { en: "OK", zh: "同意" }, then: [{ go: end }], tone: "good" } },
      },
      does: { does: { action: Object.keys(Design.catalogue.actions)[0] }, then: [{ go: end }] },
      together: { together: {}, then: [{ go: end }] },
      runs: { runs: Object.keys(Design.catalogue.flows)[0] || "", ends: {} },
    }[kind];
    flow.steps = moved({ ...flow.steps, [made]: blank }, made, at ?? number - 1);
    if (kind === "runs") for (const each of Design.catalogue.ends[blank.runs] || []) blank.ends[each] = end;
    // What led to an end before leads through the new step, where it is the last of the list.
    const before = Object.keys(flow.steps)[(at ?? number - 1) - 1];
    if (before && flow.steps[before].outcomes) {
      const first = Object.values(flow.steps[before].outcomes).find((each) => each.tone !== "bad");
      if (first && first.then.length === 1 && flow.ends[first.then[0].go]) first.then[0].go = made;
    }
  });
  if (made) Design.select("step", made);
};
Design.removeStep = (name) => {
  Design.change((flow) => {
    const names = Object.keys(flow.steps);
    const end = Object.keys(flow.ends)[0];
    const gone = flow.steps[name];
    const onward = (gone.then || Object.values(gone.outcomes || {})[0]?.then || [{ go: end }]).at(-1).go || end;
    delete flow.steps[name];
    retarget(flow, name, onward === name ? end : onward);
    for (const step of Object.values(flow.steps))
      if (step.someone_other_than) {
        step.someone_other_than = step.someone_other_than.filter((each) => each !== name);
        if (!step.someone_other_than.length) delete step.someone_other_than;
      }
    Design.selected = { kind: names.length > 1 ? "step" : "flow", name: names.find((each) => each !== name) || "" };
  });
};
Design.moveStep = (name, to) => Design.change((flow) => (flow.steps = moved(flow.steps, name, to)));

// Let an answer (or a step that is no question) lead somewhere; `at` names one of its conditions, or the last branch.
Design.lead = (step, outcome, target, at = -1) =>
  Design.change((flow) => {
    const branches = outcome ? flow.steps[step].outcomes[outcome].then : flow.steps[step].then;
    const branch = branches.at(at);
    const isBack = Design.leadsTo(flow, target, step);
    delete branch.go;
    delete branch.back_to;
    branch[isBack ? "back_to" : "go"] = target;
  });
// Whether one leads from a step to another by going on: then the way back is a sending back.
Design.leadsTo = (flow, from, to) => {
  const seen = new Set();
  const waiting = [from];
  while (waiting.length) {
    const name = waiting.pop();
    if (name === to) return true;
    if (seen.has(name) || !flow.steps[name]) continue;
    seen.add(name);
    waiting.push(...Design.ways(flow.steps[name]).filter((way) => !way.isBack).map((way) => way.target));
  }
  return false;
};
// All ways on from a step: { outcome, at, target, when, isBack }
Design.ways = (step) => {
  const found = [];
  const add = (outcome, branches) =>
    (branches || []).forEach((each, at) =>
      found.push({ outcome, at, target: each.go || each.back_to, when: each.when || "", isBack: Boolean(each.back_to) }),
    );
  for (const [name, outcome] of Object.entries(step.outcomes || {})) add(name, outcome.then);
  add("", step.then);
  for (const [arm, first] of Object.entries(step.together || {}))
    found.push({ outcome: `arm:${arm}`, at: 0, target: first, when: "", isBack: false });
  for (const [end, target] of Object.entries(step.ends || {}))
    found.push({ outcome: `end:${end}`, at: 0, target, when: "", isBack: false });
  return found;
};

// ------------------------------------------------------------------ fields

Design.addField = (kind, at) => {
  let made;
  Design.change((flow) => {
    flow.fields ||= {};
    const label = Design.catalogue.kinds[kind].label;
    made = Design.slug(kind, flow.fields, kind);
    const field = { kind, label: { en: label, zh: label } };
    if (kind === "quantity") field.each = "line";
    if (kind === "choice") field.options = { a: { en: "A", zh: "甲" }, b: { en: "B", zh: "乙" } };
    if (kind === "table")
      field.columns = { item: { kind: "item", label: { en: "Item", zh: "物料" } }, amount: { kind: "decimal", label: { en: "Quantity", zh: "数量" } } };
    if (kind === "photo" || kind === "file") field.required = false;
    flow.fields[made] = field;
    const form = Design.formIn(flow);
    if (form) form.splice(at ?? form.length, 0, made);
  });
  if (made) Design.select("field", made);
};
// The form that is being made, in a flow: the list of its fields' names.
Design.formIn = (flow) => {
  const { step, outcome } = Design.formOf || {};
  const found = flow.steps[step]?.outcomes?.[outcome];
  if (!found) return null;
  found.form ||= [];
  return found.form;
};
Design.removeField = (name) =>
  Design.change((flow) => {
    delete flow.fields[name];
    for (const step of Object.values(flow.steps)) {
      if (step.shows) step.shows = step.shows.filter((each) => each !== name);
      for (const outcome of Object.values(step.outcomes || {})) {
        if (outcome.form) outcome.form = outcome.form.filter((each) => each !== name);
        for (const map of ["fills", "hears"]) if (outcome[map]) delete outcome[map][name];
      }
    }
    Design.selected = { kind: "flow", name: "" };
  });
Design.moveField = (name, to) =>
  Design.change((flow) => {
    const form = Design.formIn(flow);
    form.splice(form.indexOf(name), 1);
    form.splice(to, 0, name);
  });

// ------------------------------------------------------------------ conditions, as far as they are one comparison

const OPERATORS = { ">": "op_gt", ">=": "op_ge", "<": "op_lt", "<=": "op_le", "==": "op_eq", "!=": "op_ne" };
Design.operators = OPERATORS;
Design.readRule = (text) => {
  const bare = text.match(/^\s*(not\s+)?([a-z]\w*)\s*$/);
  if (bare) return { name: bare[2], how: bare[1] ? "!=" : "==", value: true };
  const found = text.match(/^\s*([a-z]\w*)\s*(<=|>=|==|!=|<|>)\s*('(?:[^'\\])*'|-?\d+(?:\.\d+)?|True|False)\s*$/);
  if (!found) return null;
  const value = found[3];
  return { name: found[1], how: found[2], value: value.startsWith("'") ? value.slice(1, -1) : value === "True" ? true : value === "False" ? false : value };
};
Design.writeRule = ({ name, how, value }) => {
  const kind = Design.nameKinds(Design.flow)[name];
  if (kind === "boolean") return (how === "!=") !== (value === false || value === "no") ? `not ${name}` : name;
  if (kind === "number") return `${name} ${how} ${Number.isFinite(Number(value)) && `${value}`.trim() ? `${value}`.replace(/,/g, "").trim() : 0}`;
  return `${name} ${how} '${`${value}`.replace(/['\\]/g, "")}'`;
};
// What a condition may name, with its kind.
Design.nameKinds = (flow) => {
  const found = {};
  for (const [name, field] of Object.entries(flow.fields || {}))
    if (field.each !== "line" && Design.catalogue.kinds[field.kind]?.rule) found[name] = Design.catalogue.kinds[field.kind].rule;
  for (const [name, source] of Object.entries(flow.facts || {}))
    found[name] = Design.catalogue.facts[source]?.kind === "boolean" ? "boolean" : "number";
  return found;
};
Design.nameLabel = (flow, name) =>
  Design.say(flow.fact_labels?.[name]) || Design.say(flow.fields?.[name]?.label) || Design.catalogue.facts[flow.facts?.[name]]?.label || name;
Design.stepLabel = (flow, name) => {
  if (name === "joined") return Design.t("joined");
  if (flow.ends[name]) return Design.say(flow.ends[name].label) || name;
  const step = flow.steps[name];
  if (!step) return name;
  if (step.does) return Design.catalogue.actions[step.does.action]?.label || step.does.action;
  if (step.runs) return `${Design.t("runs")} ${Design.catalogue.flows[step.runs] || step.runs}`;
  if (step.together) return Design.say(step.title) || Design.t("add_together");
  return Design.say(step.title) || name;
};
Design.seatLabel = (seat) => {
  const { roles, people } = Design.catalogue;
  if (seat.role) return roles[seat.role] || seat.role;
  if (seat.person) return people[seat.person] || seat.person;
  return Design.t({ requester: "requester", "requester.manager": "manager", "category.owner": "owner" }[seat.who]);
};
