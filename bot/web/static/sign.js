// A signature drawn with a finger: kept as a picture in the form's own file field, and sent with the other answers.
"use strict";

{
  const sheetBody = document.getElementById("sheet-body");
  const LINE_PX = 3;
  const PER_PX = 2; // so that it is sharp on a phone, and as large on every screen
  let drawing = null; // the stroke that a finger is at: its canvas and where it is

  sheetBody.addEventListener("pointerdown", (event) => {
    if (!event.target.matches(".signature canvas") || !event.isPrimary) return;
    const canvas = event.target;
    canvas.setPointerCapture(event.pointerId);
    drawing = { canvas, pen: penOf(canvas), at: placeOf(event) };
    stroke(event); // a dot is a stroke, too
  });
  sheetBody.addEventListener("pointermove", (event) => {
    if (!drawing || event.target !== drawing.canvas) return;
    for (const each of event.getCoalescedEvents?.() ?? []) stroke(each);
    stroke(event);
  });
  for (const end of ["pointerup", "pointercancel"])
    sheetBody.addEventListener(end, () => {
      if (drawing) keep(drawing.canvas);
      drawing = null;
    });
  sheetBody.addEventListener("click", (event) => {
    if (!event.target.closest("[data-wipe]")) return;
    const field = event.target.closest(".signature");
    field.querySelector("canvas").width = 0; // the next stroke begins on white
    field.querySelector("input[type=file]").value = "";
    field.querySelector("[data-wipe]").hidden = true;
  });

  function penOf(canvas) {
    const pen = canvas.getContext("2d");
    if (!canvas.closest(".signature").querySelector("[data-wipe]").hidden) return pen;
    canvas.width = canvas.clientWidth * PER_PX;
    canvas.height = canvas.clientHeight * PER_PX;
    pen.fillStyle = "#ffffff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    pen.strokeStyle = "#000000";
    pen.lineWidth = LINE_PX * PER_PX;
    pen.lineCap = pen.lineJoin = "round";
    canvas.closest(".signature").querySelector("[data-wipe]").hidden = false;
    return pen;
  }

  function placeOf(event) {
    const box = event.target.getBoundingClientRect();
    const { width, height } = event.target;
    return [((event.clientX - box.left) / box.width) * width, ((event.clientY - box.top) / box.height) * height];
  }

  function stroke(event) {
    const { pen, at } = drawing;
    const next = placeOf(event);
    pen.beginPath();
    pen.moveTo(...at);
    pen.lineTo(next[0] + 0.01, next[1]); // a line of no length would not show
    pen.stroke();
    drawing.at = next;
  }

  function keep(canvas) {
    const input = canvas.closest(".signature").querySelector("input[type=file]");
    canvas.toBlob((png) => {
      const bag = new DataTransfer();
      bag.items.add(new File([png], "signature.png", { type: "image/png" }));
      input.files = bag.files;
    }, "image/png");
  }
}
