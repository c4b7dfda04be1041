// The camera as a scanner. Where the device reads codes by itself it does; elsewhere the decoder that ships with us is
// fetched, once. What a code means is for the server to say, which reads it as it reads the photo of a label.
"use strict";

{
  const camera = document.getElementById("camera");
  const video = camera.querySelector("video");
  const told = document.getElementById("camera-told");
  const FORMATS = ["qr_code", "data_matrix", "ean_13", "ean_8", "upc_a", "upc_e", "code_128", "code_39", "itf"];
  const SOUND = new Set(["qr_code", "data_matrix"]); // these correct their own errors; of the others two must agree
  const PAUSE_MS = 120;
  const LONGEST_SIDE = 1000;

  let target = null; // the field that waits for the code; null: it is looked up
  let sight = 0; // counts the openings, so that what an earlier one still does comes to nothing
  let decoder = null;

  document.body.addEventListener("click", (event) => {
    const button = event.target.closest("[data-scan]");
    if (button) open(button);
  });
  camera.addEventListener("close", stop);
  camera.addEventListener("click", (event) => event.target.closest("[data-close]") && camera.close());
  document.addEventListener("visibilitychange", () => document.hidden && camera.open && camera.close());

  async function open(button) {
    const own = ++sight;
    target = button.dataset.scan ? button.closest(".field") : null;
    tell(camera.dataset.aim);
    camera.classList.remove("sees", "blind");
    camera.showModal();
    try {
      const asked = { video: { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1080 } }, audio: false };
      if (!navigator.mediaDevices) return giveUp(own, camera.dataset.none);
      const stream = await navigator.mediaDevices.getUserMedia(asked);
      if (own !== sight || !camera.open) return stream.getTracks().forEach((track) => track.stop());
      video.srcObject = stream;
      await video.play();
      camera.classList.add("sees");
    } catch (error) {
      const isRefused = error.name === "NotAllowedError" || error.name === "SecurityError";
      return giveUp(own, isRefused ? camera.dataset.refused : camera.dataset.none);
    }
    try {
      decoder ??= await makeDecoder();
    } catch {
      return giveUp(own, camera.dataset.none);
    }
    await look(own);
  }

  function giveUp(own, words) {
    if (own !== sight) return;
    camera.classList.remove("sees");
    camera.classList.add("blind");
    tell(words);
  }

  function stop() {
    sight += 1;
    video.srcObject?.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
    target?.querySelector("input, select")?.focus();
  }

  async function look(own) {
    let before = "";
    while (own === sight && camera.open) {
      const found = await decoder().catch(() => null);
      if (own !== sight) return;
      if (found && (SOUND.has(found.format) || found.words === before) && (await take(found.words, own))) return;
      before = found?.words ?? "";
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
  }

  // Tells whether the code was taken; of one that means nothing here the server says so, and the camera looks on.
  async function take(words, own) {
    navigator.vibrate?.(60);
    if (!target) {
      camera.close();
      htmx.ajax("POST", camera.dataset.lookup, { swap: "none", values: { words, act: newAct() } });
      return true;
    }
    const field = target;
    const asked = new FormData();
    asked.set("token", field.closest("form").elements.token.value);
    asked.set("name", field.querySelector("[data-scan]").dataset.scan);
    asked.set("words", words);
    let answer;
    try {
      answer = await (await fetch(camera.dataset.read, { method: "POST", body: asked })).json();
    } catch {
      answer = { words: document.body.dataset.offline };
    }
    if (own !== sight) return true;
    if (answer.value && fill(field, answer.value)) {
      camera.close();
      return true;
    }
    tell(answer.words || camera.dataset.aim);
    return false;
  }

  // Tells whether the field takes the value: one to choose from has only its own.
  function fill(field, value) {
    const choice = [...field.querySelectorAll("input[type=radio]")].find((each) => each.value === value);
    const input = choice ?? field.querySelector("select, input:not([type=radio])");
    if (!input) return false;
    if (choice) choice.checked = true;
    else input.value = value;
    input.removeAttribute("aria-invalid");
    input.dispatchEvent(new Event("input", { bubbles: true }));
    return choice !== undefined || input.value === value;
  }

  function tell(words) {
    told.textContent = words;
  }

  function newAct() {
    return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(12)))).replace(/\+/g, "-").replace(/\//g, "_");
  }

  // ------------------------------------------------------------------ decoders: each gives {words, format} or null

  async function makeDecoder() {
    const own = await devicesOwn();
    if (own) return own;
    await new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = camera.dataset.decoder;
      script.onload = done;
      script.onerror = failed;
      document.head.append(script);
    });
    return shipped();
  }

  async function devicesOwn() {
    const known = (await window.BarcodeDetector?.getSupportedFormats()) ?? [];
    if (!["qr_code", "ean_13", "code_128"].every((each) => known.includes(each))) return null;
    const detector = new BarcodeDetector({ formats: FORMATS.filter((each) => known.includes(each)) });
    return async () => {
      const [found] = await detector.detect(video);
      return found ? { words: found.rawValue, format: found.format } : null;
    };
  }

  function shipped() {
    const canvas = document.createElement("canvas");
    const context = canvas.getContext("2d", { willReadFrequently: true });
    const reader = new ZXing.MultiFormatReader();
    const formats = FORMATS.map((each) => ZXing.BarcodeFormat[each.toUpperCase()]);
    reader.setHints(
      new Map([
        [ZXing.DecodeHintType.POSSIBLE_FORMATS, formats],
        [ZXing.DecodeHintType.TRY_HARDER, true],
      ]),
    );
    return async () => {
      const scale = Math.min(1, LONGEST_SIDE / Math.max(video.videoWidth, video.videoHeight));
      canvas.width = Math.round(video.videoWidth * scale);
      canvas.height = Math.round(video.videoHeight * scale);
      context.drawImage(video, 0, 0, canvas.width, canvas.height);
      const source = new ZXing.HTMLCanvasElementLuminanceSource(canvas);
      try {
        const found = reader.decodeWithState(new ZXing.BinaryBitmap(new ZXing.HybridBinarizer(source)));
        return { words: found.getText(), format: ZXing.BarcodeFormat[found.getBarcodeFormat()].toLowerCase() };
      } catch (error) {
        if (error instanceof ZXing.Exception) return null; // nothing to be read in this picture
        throw error;
      } finally {
        reader.reset();
      }
    };
  }
}
