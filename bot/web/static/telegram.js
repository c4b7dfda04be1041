// The pages inside Telegram: who is there, and the way back into the chat. Telegram's own script would come from its
// site, from which we load nothing; this speaks the few documented events that we need.
// Source: core.telegram.org/api/web-events, core.telegram.org/bots/webapps.
"use strict";

{
  const TELEGRAM_WEB = "https://web.telegram.org";
  const { body } = document;
  const isFramed = parent !== window;

  const post = (eventType, eventData = {}) => {
    if (window.TelegramWebviewProxy) window.TelegramWebviewProxy.postEvent(eventType, JSON.stringify(eventData));
    else if (window.external && "notify" in window.external)
      window.external.notify(JSON.stringify({ eventType, eventData }));
    else if (isFramed) parent.postMessage(JSON.stringify({ eventType, eventData }), TELEGRAM_WEB);
  };

  // Each app calls us by a name of its own.
  const receiveEvent = (eventType) => {
    if (eventType === "main_button_pressed") post("web_app_close");
  };
  window.Telegram = { WebView: { receiveEvent } };
  window.TelegramGameProxy = { receiveEvent };
  window.TelegramGameProxy_receiveEvent = receiveEvent;
  addEventListener("message", (event) => {
    if (event.source !== parent || event.origin !== TELEGRAM_WEB) return;
    try {
      receiveEvent(JSON.parse(event.data).eventType);
    } catch {
      // not one of Telegram's events
    }
  });

  const colour = document.querySelector("meta[name=theme-color]").content;
  if (isFramed) post("iframe_ready", { reload_supported: false });
  post("web_app_ready");
  post("web_app_expand");
  post("web_app_set_header_color", { color: colour });
  post("web_app_set_background_color", { color: colour });

  if (body.dataset.signin) signIn();
  else if (body.dataset.back) body.addEventListener("closeSheet", offerWayBack);

  // A window of its own would leave Telegram, and with it the session: a picture is shown over the page.
  body.addEventListener("click", (event) => {
    const picture = event.target.closest("a[target=_blank]")?.querySelector("img");
    if (!picture) return;
    event.preventDefault();
    const whole = document.createElement("dialog");
    whole.className = "whole-picture";
    const image = new Image();
    image.src = picture.closest("a").href;
    image.alt = picture.alt;
    whole.append(image);
    whole.addEventListener("click", () => whole.close());
    whole.addEventListener("close", () => whole.remove());
    body.append(whole);
    whole.showModal();
  });

  async function signIn() {
    const initData = new URLSearchParams(location.hash.slice(1)).get("tgWebAppData");
    if (!initData) return tell({ words: body.dataset.stale });
    try {
      const answer = await fetch(body.dataset.signin, { method: "POST", body: initData });
      const told = await answer.json();
      if (answer.ok) location.replace(told.home + body.dataset.onward);
      else tell(told);
    } catch {
      tell({ words: body.dataset.offline });
    }
  }

  function tell({ words, close }) {
    document.getElementById("told").textContent = words;
    const button = document.getElementById("close");
    if (close) button.textContent = close;
    button.hidden = false;
    button.addEventListener("click", () => post("web_app_close"));
  }

  // What the window was opened for is done: one tap leads back to the chat.
  function offerWayBack() {
    if (!document.querySelector("#said .good")) return;
    post("web_app_setup_main_button", {
      is_visible: true,
      is_active: true,
      text: body.dataset.back,
      color: "#1d2a35",
      text_color: "#ffffff",
    });
  }
}
