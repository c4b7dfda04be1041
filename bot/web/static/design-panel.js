// The side panel: what is selected, in sentences that can be changed.
"use strict";
{
  const t = (key, blanks) => Design.t(key, blanks);

  // ---------------------------------------------------------------- small controls

  let fieldNumber = 0;
  function labelled(words, control, more = "") {
    control.id ||= `c${++fieldNumber}`;
    return h("label", { class: `control ${more}`, htmlFor: control.id }, h("span", { textContent: words }), control);
  }
  function choice(options, value, pick, props = {}) {
    return h(
      "select",
      { ...props, onchange: (event) => pick(event.target.value), disabled: !Design.mayEdit },
      Object.entries(options).map(([each, words]) => h("option", { value: each, textContent: words, selected: each === `${value}` })),
    );
  }
  function typed(value, write, props = {}) {
    return h(props.rows ? "textarea" : "input", {
      value: value ?? "", disabled: !Design.mayEdit, autocomplete: "off", spellcheck: false, ...props,
      oninput: (event) => write(event.target.value),
    });
  }
  function ticked(words, checked, write) {
    const box = h("input", { type: "checkbox", checked, disabled: !Design.mayEdit, onchange: (event) => write(event.target.checked) });
    return h("label", { class: "tick" }, box, h("span", { textContent: words }));
  }
  const button = (words, act, kind = "plain") =>
    h("button", { type: "button", class: `small ${kind}`, textContent: words, onclick: act, disabled: !Design.mayEdit });
  const section = (words, ...children) => h("section", {}, h("h3", { textContent: words }), ...children);

  // Both languages of a text, side by side; `rename` is called with the English once it is written.
  function both(words, key, edit, { rename, rows } = {}) {
    const one = (language) =>
      labelled(t(language === "en" ? "name_en" : "name_zh"), typed(words?.[language], (value) => Design.change((flow) => (edit(flow)[language] = value), `${key}.${language}`), {
        lang: language === "zh" ? "zh-CN" : "en", rows, data: { text: `${key}.${language}` },
        onchange: () => language === "en" && rename?.(),
      }));
    return h("div", { class: "both" }, one("en"), one("zh"));
  }

  // ---------------------------------------------------------------- what can be chosen

  function targets(flow, without) {
    const found = {};
    for (const name of Object.keys(flow.steps)) if (name !== without) found[name] = Design.stepLabel(flow, name);
    for (const name of Object.keys(flow.ends)) found[name] = `◼ ${Design.stepLabel(flow, name)}`;
    if (Object.values(flow.steps).some((each) => each.together)) found.joined = t("joined");
    return found;
  }
  function seatOptions() {
    const found = {};
    for (const [name, words] of Object.entries(Design.catalogue.roles)) found[`role:${name}`] = words;
    found["who:requester"] = t("requester");
    found["who:requester.manager"] = t("manager");
    found["who:category.owner"] = t("owner");
    for (const [code, name] of Object.entries(Design.catalogue.people)) found[`person:${code}`] = name;
    return found;
  }
  const seatValue = (seat) => (seat.role ? `role:${seat.role}` : seat.person ? `person:${seat.person}` : `who:${seat.who}`);
  function seatOf(value, seat = {}) {
    const [kind, name] = [value.slice(0, value.indexOf(":")), value.slice(value.indexOf(":") + 1)];
    const made = { [kind]: name };
    if (kind === "who") made.otherwise = seat.otherwise || Object.keys(Design.catalogue.roles)[0];
    if (seat.offers) made.offers = seat.offers;
    return made;
  }
  function seat(present, write, { data } = {}) {
    const found = [choice(seatOptions(), seatValue(present), (value) => write(seatOf(value, present)), { data, "aria-label": t("asks") })];
    if (present.who)
      found.push(
        h("span", { textContent: t("otherwise_ask") }),
        choice(Design.catalogue.roles, present.otherwise, (role) => write({ ...present, otherwise: role }), { "aria-label": t("a_role") }),
      );
    return found;
  }

  // ---------------------------------------------------------------- a condition and where it leads, in a sentence

  function condition(flow, text, write, key) {
    const kinds = Design.nameKinds(flow);
    const names = Object.fromEntries(Object.keys(kinds).map((name) => [name, Design.nameLabel(flow, name)]));
    const read = Design.readRule(text);
    if (!read || !(read.name in names))
      return [typed(text, (value) => write(value, true), { "aria-label": t("rule"), class: "rule", data: { rule: key } })];
    const kind = kinds[read.name];
    const operators = Object.entries(Design.operators).filter(([how]) => kind === "number" || kind === "date" || how === "==" || how === "!=");
    const put = (change, isTyped = false) => write(Design.writeRule({ ...read, ...change }), isTyped);
    const field = flow.fields?.[read.name];
    const value =
      kind === "boolean"
        ? choice({ yes: t("yes"), no: t("no") }, (read.how === "!=") !== (read.value === false) ? "no" : "yes", (chosen) => put({ how: "==", value: chosen }), { "aria-label": t("rule") })
        : field?.kind === "choice"
          ? choice(Object.fromEntries(Object.entries(field.options || {}).map(([each, words]) => [each, Design.say(words)])), read.value, (chosen) => put({ value: chosen }), { "aria-label": t("rule") })
          : typed(read.value, (words) => put({ value: words }, true), { "aria-label": t("rule"), class: "figure", inputMode: kind === "number" ? "decimal" : "text", data: { value: key } });
    return [
      choice(names, read.name, (name) => put({ name, value: kinds[name] === kind ? read.value : kinds[name] === "number" ? "0" : kinds[name] === "date" ? "2026-12-31" : "" }), { "aria-label": t("if"), data: { names: key } }),
      kind === "boolean" ? h("span", { textContent: t("op_eq") }) : choice(Object.fromEntries(operators.map(([how, words]) => [how, t(words)])), read.how, (how) => put({ how }), { "aria-label": t("rule"), data: { how: key } }),
      value,
    ];
  }
  function branches(flow, list, name, outcome, key) {
    const of = (changed) => (outcome ? changed.steps[name].outcomes[outcome].then : changed.steps[name].then);
    const rows = list.map((branch, at) => {
      const isLast = at === list.length - 1;
      const to = choice(targets(flow, name), branch.go || branch.back_to, (target) => Design.lead(name, outcome, target, at), { "aria-label": t("go_to"), data: { leads: `${key}.${at}` } });
      const lead = h("span", { textContent: branch.back_to ? t("back_to") : t("go_to") });
      if (isLast) return h("p", { class: "sentence" }, list.length > 1 ? h("span", { textContent: t("otherwise") }) : null, lead, to);
      return h(
        "p", { class: "sentence" }, h("span", { textContent: t("if") }),
        condition(flow, branch.when || "", (text, isTyped) => Design.change((changed) => (of(changed)[at].when = text), isTyped ? `${key}.${at}.when` : ""), `${key}.${at}`),
        lead, to, button("×", () => Design.change((changed) => of(changed).splice(at, 1)), "bare"),
      );
    });
    const add = () =>
      Design.change((changed) => {
        const names = Design.nameKinds(changed);
        const first = Object.keys(names).find((each) => names[each] === "number") || Object.keys(names)[0];
        const when = first ? Design.writeRule({ name: first, how: names[first] === "number" ? ">" : "==", value: names[first] === "number" ? "0" : true }) : "";
        const last = of(changed).at(-1);
        of(changed).splice(-1, 0, { go: last.go || Object.keys(changed.ends)[0], when });
      });
    return [...rows, button(t("add_condition"), add)];
  }

  // ---------------------------------------------------------------- a step

  function question(flow, name, step) {
    const of = (changed) => changed.steps[name];
    const rename = () => {
      if (!/^step_\d+$/.test(name)) return;
      const to = Design.slug(Design.flow.steps[name].title.en, Design.flow.steps, name);
      if (to === name) return;
      Design.change((changed) => Design.renameStep(changed, name, to));
      Design.select("step", to);
    };
    const seats = step.asks.map((each, at) =>
      h(
        "p", { class: "sentence" }, h("span", { textContent: at ? t("or_ask") : t("asks") }),
        seat(each, (made) => Design.change((changed) => (of(changed).asks[at] = made)), { data: { seat: at } }),
        each.role ? ticked(t("each"), Boolean(each.each), (on) => Design.change((changed) => (on ? (of(changed).asks[at].each = true) : delete of(changed).asks[at].each))) : null,
        step.asks.length > 1 ? button("×", () => Design.change((changed) => of(changed).asks.splice(at, 1)), "bare") : null,
      ),
    );
    const many = step.asks.length > 1 || step.asks.some((each) => each.each);
    const counts = { one: t("agree_one"), all: t("agree_all") };
    for (let n = 2; n < step.asks.length; n++) counts[n] = t("agree_n", { n });
    const others = Object.entries(flow.steps).filter(([each, other]) => each !== name && (other.asks || other.runs));
    const shown = { ...Object.fromEntries(Object.entries(flow.fields || {}).map(([each, field]) => [each, Design.say(field.label) || each])) };
    if (flow.about === "receipt") Object.assign(shown, Design.catalogue.lineFigures);
    return [
      section(t("title"), both(step.title, `steps.${name}.title`, (changed) => of(changed).title, { rename })),
      section(t("question"), both(step.question, `steps.${name}.question`, (changed) => of(changed).question)),
      section(
        t("asks"), seats,
        button(t("add_seat"), () => Design.change((changed) => of(changed).asks.push({ role: Object.keys(Design.catalogue.roles)[0] }))),
        many ? h("p", { class: "sentence" }, choice(counts, step.agree ?? "one", (value) => Design.change((changed) => (of(changed).agree = Number(value) || value)), { "aria-label": t("asks") }),
          ticked(t("in_order"), Boolean(step.in_order), (on) => Design.change((changed) => (of(changed).in_order = on)))) : null,
        others.length ? h("div", { class: "ticks" }, h("span", { textContent: t("not_who") }),
          others.map(([other]) => ticked(Design.stepLabel(flow, other), (step.someone_other_than || []).includes(other), (on) => Design.change((changed) => toggle(of(changed), "someone_other_than", other, on))))) : null,
      ),
      Object.keys(shown).length ? section(t("shows"), h("div", { class: "ticks" },
        Object.keys(flow.fact_labels || {}).map((fact) => ticked(Design.nameLabel(flow, fact), (step.tells_facts || []).includes(fact), (on) => Design.change((changed) => toggle(of(changed), "tells_facts", fact, on)))),
        Object.entries(shown).map(([each, words]) => ticked(words, (step.shows || []).includes(each), (on) => Design.change((changed) => toggle(of(changed), "shows", each, on)))))) : null,
      section(t("outcomes"), Object.entries(step.outcomes).map(([outcome, each]) => answer(flow, name, outcome, each)),
        button(t("add_outcome"), () => Design.change((changed) => {
          const made = Design.slug("", of(changed).outcomes, `answer_${Object.keys(of(changed).outcomes).length + 1}`);
          const isSecond = Object.keys(of(changed).outcomes).length > 0;
          of(changed).outcomes[made] = { label: isSecond ? { en: "Reject", zh: "驳回" } : { en: "OK", zh: "同意" }, then: [{ go: Object.keys(changed.ends)[0] }], tone: isSecond ? "bad" : "good" };
        }))),
      section(t("late"), late(flow, name, step)),
    ];
  }
  function toggle(object, key, value, on) {
    const list = (object[key] || []).filter((each) => each !== value);
    if (on) list.push(value);
    if (list.length) object[key] = list;
    else delete object[key];
  }
  function answer(flow, name, outcome, each) {
    const of = (changed) => changed.steps[name].outcomes[outcome];
    const fields = Object.entries(flow.fields || {});
    const key = `${name}.${outcome}`;
    return h(
      "div", { class: `reply ${each.tone || "plain"}`, data: { answer: outcome } },
      both(each.label, `steps.${key}.label`, (changed) => of(changed).label),
      h("p", { class: "sentence" },
        choice({ good: t("tone_good"), bad: t("tone_bad"), plain: t("tone_plain") }, each.tone || "plain", (tone) => Design.change((changed) => (of(changed).tone = tone)), { "aria-label": t("tone") }),
        Object.keys(flow.steps[name].outcomes).length > 1 ? button(t("delete"), () => Design.change((changed) => delete changed.steps[name].outcomes[outcome]), "bare") : null),
      h("p", { class: "sentence" }, h("span", { textContent: t("offered_when") }), onlyIf(flow, each, "offered_when", of, `steps.${key}.offered`)),
      branches(flow, each.then, name, outcome, key),
      h("div", { class: "ticks" }, fields.length ? h("span", { textContent: t("asks_first") }) : null,
        fields.map(([field, rule]) => ticked(Design.say(rule.label) || field, (each.form || []).includes(field), (on) => Design.change((changed) => toggle(of(changed), "form", field, on)))),
        button(t("add_field_to"), () => { Design.formOf = { step: name, outcome }; Design.tell("form"); })),
      told(each.tells, (role, on) => Design.change((changed) => toggle(of(changed), "tells", role, on))),
    );
  }
  function told(list, write) {
    return h("details", { open: (list || []).length > 0 }, h("summary", { textContent: t("end_tells") }),
      h("div", { class: "ticks" }, Object.entries(Design.catalogue.roles).map(([role, words]) => ticked(words, (list || []).includes(role), (on) => write(role, on)))));
  }
  function late(flow, name, step) {
    const of = (changed) => (changed.steps[name].late ||= []);
    const units = { "business hours": t("business_hours"), "business days": t("business_days"), hours: t("hours"), days: t("days") };
    const acts = { remind: t("remind"), also_ask: t("also_ask"), hand_to: t("hand_to"), decide: t("decide") };
    const outcomes = Object.fromEntries(Object.entries(step.outcomes).map(([each, words]) => [each, Design.say(words.label) || each]));
    const firstOf = { remind: () => true, also_ask: () => ({ role: Object.keys(Design.catalogue.roles)[0] }), hand_to: () => ({ role: Object.keys(Design.catalogue.roles)[0] }), decide: () => Object.keys(outcomes)[0] };
    const rows = (step.late || []).map((rung, at) => {
      const [amount, ...rest] = rung.after.split(" ");
      const unit = rest.join(" ").replace(/(hour|day)$/, "$1s");
      const act = Object.keys(acts).find((each) => each in rung);
      const put = (change) => Design.change((changed) => (of(changed)[at] = { ...of(changed)[at], ...change }), change.after ? `${name}.late.${at}` : "");
      return h("p", { class: "sentence" }, h("span", { textContent: t("after") }),
        typed(amount, (value) => /^\d{1,4}$/.test(value) && put({ after: `${value} ${unit}` }), { class: "figure", inputMode: "numeric", "aria-label": t("after") }),
        choice(units, unit, (value) => put({ after: `${amount} ${value}` }), { "aria-label": t("after") }),
        choice(acts, act, (chosen) => Design.change((changed) => (of(changed)[at] = { after: rung.after, [chosen]: firstOf[chosen]() })), { "aria-label": t("late") }),
        act === "decide" ? choice(outcomes, rung.decide, (value) => put({ decide: value }), { "aria-label": t("decide") }) : null,
        act === "also_ask" || act === "hand_to" ? seat(rung[act], (made) => put({ [act]: made })) : null,
        button("×", () => Design.change((changed) => { of(changed).splice(at, 1); if (!of(changed).length) delete changed.steps[name].late; }), "bare"));
    });
    return [...rows, button(t("add_late"), () => Design.change((changed) => of(changed).push({ after: "4 business hours", remind: true })))];
  }

  function action(flow, name, step) {
    const { actions } = Design.catalogue;
    const fitting = Object.fromEntries(Object.entries(actions).filter(([each, of]) => !of.about || of.about === flow.about || each === step.does.action).map(([each, of]) => [each, of.label]));
    const kinds = Design.nameKinds(flow);
    const takes = Object.entries(actions[step.does.action]?.takes || {});
    return [
      section(t("does"), choice(fitting, step.does.action, (chosen) => Design.change((changed) => (changed.steps[name].does = { action: chosen, using: guessed(changed, actions[chosen].takes) })), { "aria-label": t("does"), data: { action: name } })),
      takes.length ? section(t("using"), takes.map(([argument, of]) => {
        const known = Object.fromEntries(Object.keys(kinds).filter((each) => kinds[each] === of.kind).map((each) => [each, Design.nameLabel(flow, each)]));
        const value = step.does.using?.[argument] || "";
        const write = (text) => Design.change((changed) => { const using = (changed.steps[name].does.using ||= {}); if (text) using[argument] = text; else delete using[argument]; }, `${name}.using.${argument}`);
        const control = value && !(value in known) ? typed(value, write, { class: "rule" }) : choice({ "": "–", ...known }, value, write, { data: { argument } });
        return labelled(`${argument}${of.needed ? " *" : ""}`, control);
      })) : null,
      section(t("then"), branches(flow, step.then, name, "", `${name}.then`)),
    ];
  }
  // An argument that is called as a field is, or is the only one of its kind, is that field.
  function guessed(flow, takes) {
    const kinds = Design.nameKinds(flow);
    const using = {};
    for (const [argument, { kind, needed }] of Object.entries(takes)) {
      const fitting = Object.keys(kinds).filter((each) => kinds[each] === kind);
      const alike = fitting.find((each) => each === argument) || fitting.find((each) => flow.fields?.[each]?.kind === argument);
      const meant = alike || (argument === "price" && fitting.find((each) => flow.fields?.[each]?.kind === "money")) || (argument === "quantity" && fitting.find((each) => ["decimal", "integer"].includes(flow.fields?.[each]?.kind))) || (argument === "supplier" && fitting.find((each) => flow.fields?.[each]?.kind === "partner"));
      if (meant) using[argument] = meant;
      else if (needed && fitting.length === 1) using[argument] = fitting[0];
    }
    return using;
  }

  function together(flow, name, step) {
    const joins = { all: t("joins_all"), one: t("joins_one") };
    for (let n = 2; n < Object.keys(step.together).length; n++) joins[n] = t("joins_n", { n });
    return [
      section(t("ways"),
        Object.entries(step.together).map(([arm, first]) => h("p", { class: "sentence" }, h("strong", { textContent: arm }),
          choice(targets(flow, name), first, (target) => Design.change((changed) => (changed.steps[name].together[arm] = target)), { "aria-label": arm }),
          button("×", () => Design.change((changed) => delete changed.steps[name].together[arm]), "bare"))),
        button(t("add_way"), () => Design.change((changed) => {
          const taken = new Set(Object.values(changed.steps[name].together));
          const free = Object.keys(changed.steps).find((each) => each !== name && !taken.has(each) && changed.steps[each].asks) || Object.keys(changed.steps)[0];
          changed.steps[name].together[Design.slug("", changed.steps[name].together, `way_${taken.size + 1}`)] = free;
        })),
        choice(joins, step.joins ?? "all", (value) => Design.change((changed) => (changed.steps[name].joins = Number(value) || value)), { "aria-label": t("ways") })),
      section(t("then"), branches(flow, step.then, name, "", `${name}.then`)),
    ];
  }
  function run(flow, name, step) {
    const { flows, ends } = Design.catalogue;
    const others = Object.fromEntries(Object.entries(flows).filter(([each]) => each !== flow.flow));
    return [
      section(t("runs"), choice({ [step.runs]: flows[step.runs] || step.runs, ...others }, step.runs, (chosen) => Design.change((changed) => {
        changed.steps[name].runs = chosen;
        changed.steps[name].ends = Object.fromEntries((ends[chosen] || []).map((each) => [each, Object.keys(changed.ends)[0]]));
      }), { "aria-label": t("runs") })),
      section(t("at_end"), Object.entries(step.ends || {}).map(([end, target]) => h("p", { class: "sentence" }, h("strong", { textContent: end }), h("span", { textContent: t("go_to") }),
        choice(targets(flow, name), target, (to) => Design.change((changed) => (changed.steps[name].ends[end] = to)), { "aria-label": end })))),
    ];
  }

  // ---------------------------------------------------------------- ends, and the flow itself

  function end(flow, name, present) {
    const of = (changed) => changed.ends[name];
    const rename = () => {
      if (!/^end_\d+$/.test(name)) return;
      const to = Design.slug(Design.flow.ends[name].label.en, Design.flow.ends, name);
      if (to === name) return;
      Design.change((changed) => Design.renameEnd(changed, name, to));
      Design.select("end", to);
    };
    return [
      section(t("label"), both(present.label, `ends.${name}`, (changed) => of(changed).label, { rename })),
      h("p", { class: "sentence" }, choice({ good: t("tone_good"), bad: t("tone_bad"), plain: t("tone_plain") }, present.tone || "good", (tone) => Design.change((changed) => (of(changed).tone = tone)), { "aria-label": t("tone") })),
      section(t("end_tells"), h("div", { class: "ticks" }, Object.entries(Design.catalogue.roles).map(([role, words]) => ticked(words, (present.tells || []).includes(role), (on) => Design.change((changed) => toggle(of(changed), "tells", role, on)))))),
      Object.keys(flow.ends).length > 1 ? button(t("delete"), () => Design.change((changed) => {
        delete changed.ends[name];
        const other = Object.keys(changed.ends)[0];
        for (const step of Object.values(changed.steps)) {
          for (const outcome of Object.values(step.outcomes || {})) for (const branch of outcome.then) if (branch.go === name) branch.go = other;
          for (const branch of step.then || []) if (branch.go === name) branch.go = other;
        }
        Design.selected = { kind: "flow", name: "" };
      }), "bad") : null,
    ];
  }

  function settings(flow) {
    const facts = Object.keys(flow.facts || {});
    const figures = Object.entries(flow.facts || {}).map(([name, source]) => h("div", { class: "figure-row" },
      h("strong", { textContent: name }),
      typed(source, (value) => Design.change((changed) => (changed.facts[name] = value), `facts.${name}`), { class: "rule", "aria-label": name, data: { fact: name } }),
      both(flow.fact_labels?.[name], `fact_labels.${name}`, (changed) => ((changed.fact_labels ||= {})[name] ||= { en: "", zh: "" })),
      button("×", () => Design.change((changed) => { delete changed.facts[name]; delete changed.fact_labels?.[name]; if (changed.amount === name) delete changed.amount; }), "bare")));
    return [
      section(t("flow_title"), both(flow.title, "title", (changed) => changed.title)),
      section(t("card_title"), both(flow.card.title, "card.title", (changed) => changed.card.title)),
      section(t("about"), choice({ request: t("about_request"), receipt: t("about_receipt"), ...(["request", "receipt"].includes(flow.about) ? {} : { [flow.about]: flow.about }) }, flow.about, (about) => Design.change((changed) => (changed.about = about)), { "aria-label": t("about") })),
      section(t("started_by"), h("div", { class: "ticks" }, Object.entries(Design.catalogue.roles).map(([role, words]) => ticked(words, (flow.started_by || []).includes(role), (on) => Design.change((changed) => toggle(changed, "started_by", role, on)))),
        (flow.started_by || []).length ? null : h("span", { textContent: t("by_itself") }))),
      section(t("cancel_by"), choice({ "": t("nobody"), ...Design.catalogue.roles }, flow.cancel?.by || "", (role) => Design.change((changed) => { if (role) changed.cancel = { ...(changed.cancel || {}), by: role }; else delete changed.cancel; }), { "aria-label": t("cancel_by") })),
      section(t("figures"), figures, button(t("add_figure"), () => Design.change((changed) => {
        changed.facts ||= {};
        const known = Object.entries(Design.catalogue.facts).find(([, fact]) => fact.about === changed.about);
        const name = Design.slug("", changed.facts, `figure_${facts.length + 1}`);
        const numbers = Object.keys(Design.nameKinds(changed)).filter((each) => Design.nameKinds(changed)[each] === "number");
        changed.facts[name] = known ? known[0] : numbers.length > 1 ? `${numbers[0]} * ${numbers[1]}` : numbers[0] || "0";
        (changed.fact_labels ||= {})[name] = { en: "Value", zh: "金额" };
      })), facts.length ? labelled(t("amount"), choice({ "": "–", ...Object.fromEntries(facts.map((each) => [each, Design.nameLabel(flow, each)])) }, flow.amount || "", (name) => Design.change((changed) => { if (name) changed.amount = name; else delete changed.amount; }))) : null),
    ];
  }

  // ---------------------------------------------------------------- a field

  function field(flow, name, present) {
    const of = (changed) => changed.fields[name];
    const rename = () => {
      if (name.replace(/_\d+$/, "") !== present.kind) return; // it has a name of its own already
      const to = Design.slug(Design.flow.fields[name].label.en, Design.flow.fields, name);
      if (to === name) return;
      Design.change((changed) => Design.renameField(changed, name, to));
      Design.select("field", to);
    };
    const plain = (key, props) => typed(present[key], (value) => Design.change((changed) => { if (value) of(changed)[key] = value; else delete of(changed)[key]; }, `fields.${name}.${key}`), props);
    const numeric = ["integer", "decimal", "money", "quantity", "date"].includes(present.kind);
    return [
      section(`${t("field")} · ${Design.catalogue.kinds[present.kind].label}`, both(present.label, `fields.${name}.label`, (changed) => of(changed).label, { rename })),
      h("div", { class: "ticks" }, ticked(t("required"), present.required !== false, (on) => Design.change((changed) => (on ? delete of(changed).required : (of(changed).required = false)))),
        ["text", "choice"].includes(present.kind) && flow.about === "receipt" ? ticked(t("each_line"), present.each === "line", (on) => Design.change((changed) => (on ? (of(changed).each = "line") : delete of(changed).each))) : null),
      present.kind === "choice" ? labelled(t("options"), lines(present.options, ([code, words]) => `${code}, ${words.en}, ${words.zh}`, (parts) => ({ en: parts[1] || parts[0], zh: parts[2] || parts[1] || parts[0] }), (made) => Design.change((changed) => (of(changed).options = made), `fields.${name}.options`))) : null,
      present.kind === "table" ? labelled(t("columns"), lines(present.columns, ([code, column]) => `${code}, ${column.kind}, ${column.label.en}, ${column.label.zh}`, (parts) => ({ kind: parts[1] || "text", label: { en: parts[2] || parts[0], zh: parts[3] || parts[2] || parts[0] } }), (made) => Design.change((changed) => (of(changed).columns = made), `fields.${name}.columns`))) : null,
      ["integer", "decimal", "money"].includes(present.kind) ? labelled(t("unit"), plain("unit", { maxLength: 16 })) : null,
      numeric ? h("div", { class: "both" }, labelled(t("at_least"), plain("at_least")), labelled(t("at_most"), plain("at_most"))) : null,
      ["photo", "file", "table", "signature"].includes(present.kind) ? null : labelled(t("default"), plain("default")),
      present.each === "line" ? labelled(t("visible_when"), plain("visible_when")) : section(t("visible_when"), h("p", { class: "sentence" }, onlyIf(flow, present, "visible_when", of, `fields.${name}.visible`, name))),
      section(t("help"), both(present.help, `fields.${name}.help`, (changed) => (of(changed).help ||= { en: "", zh: "" }))),
      button(t("delete"), () => Design.removeField(name), "bad"),
    ];
  }
  // A condition under which a field is asked or an answer offered; without one it always is.
  function onlyIf(flow, present, rule, of, key, except) {
    const kinds = Design.nameKinds(flow);
    const before = Object.keys(kinds).filter((each) => each !== except);
    if (!present[rule]) {
      return [h("span", { textContent: t("always") }), before.length ? button(t("add_condition"), () => Design.change((changed) => {
        const first = before[0];
        of(changed)[rule] = Design.writeRule({ name: first, how: kinds[first] === "number" ? ">" : "==", value: kinds[first] === "number" ? "0" : kinds[first] === "boolean" ? true : Object.keys(flow.fields[first]?.options || { "": "" })[0] });
      })) : null];
    }
    return [...condition(flow, present[rule], (text, isTyped) => Design.change((changed) => (of(changed)[rule] = text), isTyped ? key : ""), key),
      button("×", () => Design.change((changed) => delete of(changed)[rule]), "bare")];
  }
  // A map of things, one a line: what can't be read yet is kept in the box until it can.
  function lines(present, show, read, write) {
    return typed(Object.entries(present || {}).map(show).join("\n"), (text) => {
      const made = {};
      for (const line of text.split("\n")) {
        const parts = line.split(/[,，]/).map((each) => each.trim());
        if (/^[a-z][a-z0-9_]{0,39}$/.test(parts[0])) made[parts[0]] = read(parts);
      }
      if (Object.keys(made).length) write(made);
    }, { rows: 4 });
  }

  // ---------------------------------------------------------------- the panel

  Design.panel = () => {
    const { flow, selected } = Design;
    const { kind, name } = selected;
    const wrong = Design.findings.filter((each) => (kind === "step" && each.step === name) || (kind === "field" && each.field === name) || (kind === "flow" && !each.step && !each.field));
    const told = wrong.map((each) => h("p", { class: each.isError ? "finding" : "finding advice", textContent: each.words }));
    let body = settings(flow);
    let head = t("settings");
    if (kind === "step" && flow.steps[name]) {
      const step = flow.steps[name];
      head = Design.stepLabel(flow, name);
      body = step.asks ? question(flow, name, step) : step.does ? action(flow, name, step) : step.together ? together(flow, name, step) : run(flow, name, step);
      body.push(button(t("delete"), () => Design.removeStep(name), "bad"));
    } else if (kind === "end" && flow.ends[name]) [head, body] = [Design.stepLabel(flow, name), end(flow, name, flow.ends[name])];
    else if (kind === "field" && flow.fields?.[name]) [head, body] = [Design.say(flow.fields[name].label) || name, field(flow, name, flow.fields[name])];
    return h("aside", { class: "panel", "aria-label": head }, h("h2", { textContent: head }), told, body);
  };
}
