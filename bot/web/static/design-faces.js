// How a card and a form look in Slack, in Telegram and on the web, drawn from what the faces themselves would send.
"use strict";
{
  const sign = { primary: "good", danger: "bad" };

  // Slack's marks: *bold*, &amp; and friends, <link|words>.
  function marked(text) {
    const made = h("span");
    const plain = (words) => words.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
    for (const [, bold, link, words] of text.matchAll(/\*([^*\n]+)\*|<[^|>]+\|([^>]+)>|([^*<]+|[*<])/g))
      made.append(bold ? h("strong", { textContent: plain(bold) }) : link ? h("u", { textContent: plain(link) }) : plain(words));
    return made;
  }
  const words = (text) => (text?.type === "plain_text" ? h("span", { textContent: text.text }) : marked(text?.text || ""));

  function block(each) {
    switch (each.type) {
      case "header": return h("h4", {}, words(each.text));
      case "divider": return h("hr");
      case "section": return h("div", { class: "section" }, each.text ? words(each.text) : null, each.fields ? h("div", { class: "pairs" }, each.fields.map((field) => h("div", {}, words(field)))) : null);
      case "context": return h("div", { class: "context" }, each.elements.map(words));
      case "actions": return h("div", { class: "buttons" }, each.elements.map((button) => h("span", { class: `key ${sign[button.style] || "plain"}` }, words(button.text))));
      case "input": return h("div", { class: "input" }, h("b", {}, words(each.label), each.optional ? " (optional)" : ""), box(each.element), each.hint ? h("small", {}, words(each.hint)) : null);
    }
    return null;
  }
  function box(element) {
    if (element.type === "radio_buttons")
      return h("div", { class: "radios" }, element.options.map((each) => h("div", {}, each.value === element.initial_option?.value ? "◉ " : "○ ", words(each.text))));
    const known = element.initial_value || element.initial_date || element.initial_option?.text?.text || "";
    const signs = { static_select: " ▾", external_select: " ▾", datepicker: " ▦", file_input: " ⇪" }[element.type] || "";
    return h("div", { class: `box ${element.multiline ? "tall" : ""}`, textContent: `${known || element.placeholder?.text || ""}${signs}` });
  }
  function slack(face) {
    const made = h("div", { class: "face slack" }, h("h4", { class: "face-name", textContent: "Slack" }));
    for (const message of face.messages) made.append(h("div", { class: "message" }, message.map(block)));
    if (face.modal) made.append(h("div", { class: "modal" }, h("h4", {}, words(face.modal.title)), face.modal.blocks.map(block), face.modal.submit ? h("div", { class: "buttons" }, h("span", { class: "key good" }, words(face.modal.submit))) : null));
    return made;
  }

  // Telegram's marks are HTML with a few tags, escaped by its own face.
  function telegram(face) {
    const bubble = h("div", { class: "bubble" });
    const parsed = new DOMParser().parseFromString(face.html, "text/html").body;
    const copy = (from, to) => {
      for (const node of from.childNodes) {
        if (node.nodeType === Node.TEXT_NODE) to.append(node.textContent);
        else if (["B", "I", "CODE", "BLOCKQUOTE", "S", "U"].includes(node.tagName)) {
          const made = document.createElement(node.tagName);
          copy(node, made);
          to.append(made);
        } else copy(node, to);
      }
    };
    copy(parsed, bubble);
    const keys = face.keyboard.map((row) => h("div", { class: "keys" }, row.map((key) => h("span", { class: "key", textContent: key }))));
    const made = h("div", { class: "face telegram" }, h("h4", { class: "face-name", textContent: "Telegram" }), bubble, keys);
    for (const each of face.questions || [])
      made.append(h("div", { class: "bubble" }, each.title ? h("b", { textContent: `${each.title}\n` }) : null, [each.words, each.hint].filter(Boolean).join(" · ")), each.quick.length ? h("div", { class: "keys" }, each.quick.map((key) => h("span", { class: "key", textContent: key }))) : null);
    return made;
  }
  function web(html, sheet) {
    const made = h("div", { class: "face web", inert: true }, h("h4", { class: "face-name", textContent: "Web" }));
    const parsed = new DOMParser().parseFromString(sheet || html, "text/html");
    made.append(...parsed.body.childNodes);
    return made;
  }

  let asked = 0;
  // Fetch and draw the three faces of a step's card, or of the form that is made.
  Design.faces = async (home) => {
    const { flow, formOf } = Design;
    const isForm = Boolean(formOf && flow.steps[formOf.step]?.outcomes?.[formOf.outcome]) && Design.tab === "form";
    const step = isForm ? formOf.step : Design.selected.kind === "step" ? Design.selected.name : Object.keys(flow.steps)[0];
    const number = ++asked;
    if (!step || !flow.steps[step]?.asks) return home.replaceChildren(h("p", { class: "hint", textContent: Design.t("unready") }));
    const answer = await Design.ask("look", { definition: flow, step, outcome: isForm ? formOf.outcome : "", language: Design.language });
    if (number !== asked) return;
    if (isForm && !answer.sheet) return home.replaceChildren();
    if (!answer.web) return home.replaceChildren(h("p", { class: "hint", textContent: Design.t("unready") }));
    if (isForm) answer.slack.messages = [];
    if (isForm) answer.telegram = { ...answer.telegram, html: "", keyboard: [] };
    home.replaceChildren(slack(answer.slack), telegram(answer.telegram), web(answer.web, isForm ? answer.sheet : ""));
    home.querySelectorAll(".bubble:empty").forEach((each) => each.remove());
  };
}
