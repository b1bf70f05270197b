// On a page of evidence, each cell opens the lines of the record that its value was read from.
"use strict";

(function () {
  let record = null;
  window.awbLines = (packed) => {
    record = packs.unpack(packed);
  };
  async function lines(target, cell) {
    if (!record) await packs.load(["rfc/evidence/lines.js"]);
    const of = (await record)[target];
    return (of && of[cell]) || [];
  }

  // One row below that of the cell: where each line stands, and the line.
  function unfolded(found, width) {
    const row = document.createElement("tr");
    row.className = "lines";
    const place = row.insertCell();
    place.colSpan = width;
    for (const [where, line] of found) {
      const name = document.createElement("p");
      name.textContent = where;
      const text = document.createElement("pre");
      text.tabIndex = 0;
      text.textContent = line;
      place.append(name, text);
    }
    const note = document.createElement("p");
    note.textContent = found.length
      ? "Samples, and receipts and values by schedule, stand in the record alone."
      : "The pinned record has no line of this cell.";
    place.append(note);
    return row;
  }

  async function toggle(button, row, target) {
    const below = row.nextElementSibling;
    const open = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", String(!open));
    if (open) below.remove();
    else row.after(unfolded(await lines(target, button.textContent), row.cells.length));
  }

  for (const table of document.querySelectorAll("main table")) {
    const heads = [...table.querySelectorAll("thead th")].map((head) => head.textContent.trim());
    const [at, target] = [heads.indexOf("cell"), heads.indexOf("target")];
    if (at < 0 || target < 0) continue;
    for (const row of table.tBodies[0].rows) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "raw";
      button.title = "Lines of the record";
      button.setAttribute("aria-expanded", "false");
      button.textContent = row.cells[at].textContent.trim();
      button.onclick = () => toggle(button, row, row.cells[target].textContent.trim());
      row.cells[at].replaceChildren(button);
    }
  }
})();
