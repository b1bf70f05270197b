// What the comparison pages share: state in the address, filters, marks, sorted tables.
"use strict";

const awb = (function () {
  const data = window.AWB;
  const base = path_to_root;
  const root = document.getElementById("compare");
  // mdBook turns pages at the arrow keys and searches at a letter: not from within a filter.
  root.addEventListener("keydown", (event) => event.stopPropagation());

  function el(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === false || value === null || value === undefined) continue;
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.flat().filter((child) => child !== null && child !== undefined));
    return node;
  }

  // State: words by key, kept behind the `#` so that an address is a view.
  const state = new URLSearchParams(location.hash.slice(1));
  let drawn = () => {};
  function get(key, other) {
    return state.has(key) ? state.get(key) : other;
  }
  function list(key, other) {
    return state.has(key) ? state.get(key).split(",").filter(Boolean) : other;
  }
  function set(changes) {
    for (const [key, value] of Object.entries(changes)) {
      const text = Array.isArray(value) ? value.join(",") : value;
      if (text === null || text === undefined || text === false) state.delete(key);
      else state.set(key, text);
    }
    state.delete("row");
    const hash = written(state);
    history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search);
    redraw();
  }
  // Marks that an address may hold stay as they are, so that a person can read it.
  function written(view) {
    const plain = { "%2C": ",", "%3A": ":", "%40": "@", "%2F": "/", "%3D": "=", "%2B": "%2B" };
    return view.toString().replace(/%[0-9A-F]{2}/g, (code) => plain[code] || code);
  }
  // What has the focus is drawn anew as well, and keeps it.
  function redraw() {
    const had = document.activeElement;
    const key = had && had.dataset.key;
    const caret = had && had.type === "search" ? had.selectionStart : null;
    drawn();
    const same = key && root.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (same) same.focus({ preventScroll: true });
    if (same && caret !== null) same.setSelectionRange(caret, caret);
  }
  function start(draw) {
    drawn = draw;
    draw();
    const row = state.get("row");
    const node = row && document.getElementById("row-" + row);
    if (node) {
      node.classList.add("target");
      node.scrollIntoView({ block: "center" });
    }
    window.addEventListener("hashchange", () => location.reload());
  }
  function permalink(row) {
    const view = new URLSearchParams(state);
    view.set("row", row);
    return location.href.split("#")[0] + "#" + written(view);
  }

  // The marker of a family, as figures draw it.
  const SHAPES = {
    circle: '<circle r="4.5" fill="currentColor"/>',
    ring: '<circle r="4" fill="none" stroke="currentColor" stroke-width="2"/>',
    square: '<path d="M-4 -4h8v8h-8z" fill="currentColor"/>',
    triangle: '<path d="M0 -5L5 4H-5z" fill="currentColor"/>',
    wedge: '<path d="M0 5L5 -4H-5z" fill="currentColor"/>',
    diamond: '<path d="M0 -6L5 0L0 6L-5 0z" fill="currentColor"/>',
    cross: '<path d="M-4 -4L4 4M-4 4L4 -4" stroke="currentColor" stroke-width="2"/>',
    plus: '<path d="M-5 0H5M0 -5V5" stroke="currentColor" stroke-width="2"/>',
  };
  function mark(form) {
    const holder = el("span", { style: `color: var(--hue-${form.hue})` });
    holder.innerHTML = `<svg class="mark" viewBox="-7 -7 14 14" aria-hidden="true">${SHAPES[form.shape]}</svg>`;
    return holder;
  }

  // Filters.
  function select(key, label, options, value, change) {
    const node = el("select", { "data-key": key, onchange: (event) => change(event.target.value) });
    for (const [id, text] of options) {
      node.append(el("option", { value: id, selected: id === value }, text));
    }
    return el("label", {}, label, node);
  }
  function check(key, label, value, change) {
    const box = el("input", {
      type: "checkbox",
      "data-key": key,
      checked: value,
      onchange: (event) => change(event.target.checked),
    });
    return el("label", {}, box, label);
  }
  function chips(key, legend, options, chosen, change) {
    const chip = ([id, text, form]) => {
      const box = el("input", {
        type: "checkbox",
        "data-key": `${key}-${id}`,
        checked: chosen.includes(id),
        onchange: (event) => {
          const rest = options.map(([other]) => other);
          change(
            rest.filter((other) => (other === id ? event.target.checked : chosen.includes(other))),
          );
        },
      });
      return el("label", { class: "chip" }, box, form ? mark(form) : null, text);
    };
    return el("fieldset", {}, el("legend", {}, legend), options.map(chip));
  }

  function filters(...parts) {
    return el(
      "form",
      { class: "filters", onsubmit: (event) => event.preventDefault() },
      ...parts,
    );
  }
  // Filters that are asked for less often. They stay open while the page does.
  let isChoosing = false;
  function choose(title, keys, ...content) {
    const narrowed =
      keys.some((key) => get(key) !== undefined) || data.axes.some((axis) => get(`x-${axis.id}`));
    const node = el(
      "details",
      { class: "choose", open: narrowed || isChoosing },
      el("summary", { "data-key": "choose" }, title),
      el("div", {}, ...content),
    );
    node.addEventListener("toggle", () => {
      isChoosing = node.open;
    });
    return node;
  }
  function reset() {
    if (location.hash.length <= 1) return null;
    const clear = () => {
      location.hash = "";
    };
    return el(
      "button",
      { class: "plain", type: "button", "data-key": "reset", onclick: clear },
      "Reset",
    );
  }

  // Forms: which columns or rows are wanted.
  const forms = data.forms.map((form, at) => ({ ...form, at }));
  const inOrder = [...forms].sort((a, b) => a.order - b.order);
  function designs(used) {
    const seen = new Map();
    for (const form of inOrder) {
      if (used.has(form.at) && !seen.has(form.design)) seen.set(form.design, form);
    }
    return [...seen.values()];
  }
  function axisFilters(used) {
    const filter = (axis, at) => {
      const has = (value) =>
        forms.some((form) => used.has(form.at) && form.axes && form.axes[at] === value);
      const values = axis.values.filter(([value]) => has(value));
      if (values.length < 2) return null;
      const options = [["", "any"], ...values.map(([value]) => [value, value])];
      const node = select(`x-${axis.id}`, axis.id, options, get(`x-${axis.id}`, ""), (value) =>
        set({ [`x-${axis.id}`]: value || null }),
      );
      node.title = axis.question;
      return node;
    };
    return el("fieldset", {}, el("legend", {}, "Axes"), data.axes.map(filter));
  }
  // A crate states no place in the design space, so that a filter by axis leaves it out.
  function onAxes(form) {
    return data.axes.every((axis, at) => {
      const wanted = get(`x-${axis.id}`, "");
      return !wanted || (form.axes && form.axes[at] === wanted);
    });
  }

  // Rows.
  function tools(row, claims, own) {
    const name = "Copy a link to this row";
    const link = el(
      "button",
      { class: "plain link", type: "button", title: name, "aria-label": name },
      "#",
    );
    link.addEventListener("click", () => window.awbCopy(permalink(row), link));
    const claim = claims.map(claimOf).find((one) => one && one.cite);
    const text = claim ? claim.cite : own;
    const label = `Copy the citation of ${claim ? claim.id : "this row"}`;
    const cite = el(
      "button",
      { class: "cite", type: "button", title: label, "aria-label": label, "data-cite": text },
      "cite",
    );
    return el("span", {}, link, cite);
  }
  function claimOf(id) {
    return data.claims.find((claim) => claim.id === id);
  }
  function claimList(ids) {
    const item = (claim) =>
      el(
        "li",
        {},
        el("a", { href: `${base}rfc/evidence/${claim.id}.html` }, claim.id),
        el("span", { class: "words" }, `${claim.title}: ${claim.verdict}`),
        claim.cite
          ? el(
              "button",
              { class: "cite", type: "button", "data-cite": claim.cite },
              "Copy citation",
            )
          : null,
      );
    return el("ul", { class: "claims" }, ids.map(claimOf).filter(Boolean).map(item));
  }
  // A head that sorts: first down, then up, then as it was.
  function head(key, content, attributes) {
    const [by, way] = get("sort", "").split(":");
    const sorted = by === key ? (way === "up" ? "ascending" : "descending") : null;
    const next = sorted === null ? `${key}:down` : sorted === "descending" ? `${key}:up` : null;
    const button = el(
      "button",
      {
        type: "button",
        "data-key": `sort-${key}`,
        onclick: () => set({ sort: next }),
      },
      content,
    );
    return el("th", { scope: "col", "aria-sort": sorted, ...attributes }, button);
  }
  function sorted(rows, value) {
    const [by, way] = get("sort", "").split(":");
    if (!by) return rows;
    const sign = way === "up" ? 1 : -1;
    const of = new Map(rows.map((row) => [row, value(row, by)]));
    const none = (one) => one === null || one === undefined;
    return [...rows].sort((a, b) => {
      const [x, y] = [of.get(a), of.get(b)];
      if (none(x) || none(y)) return none(x) - none(y);
      return sign * (typeof x === "string" ? x.localeCompare(y) : x - y);
    });
  }
  // A row: what it is called, its cells, and what cites it.
  function row(id, name, cells, cite, kind) {
    return el(
      "tr",
      { class: kind ? `row ${kind}` : "row", id: `row-${id}` },
      el("th", { scope: "row" }, name),
      ...cells,
      el("td", { class: "row-tools" }, cite),
    );
  }
  const isOpen = (id) => list("open", []).includes(id);
  // The name of a row that opens and closes.
  function fold(id, ...name) {
    const open = list("open", []);
    const change = () =>
      set({ open: isOpen(id) ? open.filter((one) => one !== id) : [...open, id] });
    return el(
      "button",
      {
        class: "fold",
        type: "button",
        "data-key": `fold-${id}`,
        "aria-expanded": String(isOpen(id)),
        onclick: change,
      },
      ...name,
    );
  }
  // What stands below a row that is open.
  function more(width, ...content) {
    return el("tr", { class: "more" }, el("td", { colspan: width }, ...content));
  }
  function table(label, heads, rows) {
    const cites = el("th", { scope: "col" }, el("span", { class: "said" }, "link and citation"));
    return el(
      "div",
      { class: "wide", tabindex: "0", role: "region", "aria-label": label },
      el(
        "table",
        { class: "cards" },
        el("thead", {}, el("tr", {}, ...heads, cites)),
        el("tbody", {}, rows),
      ),
    );
  }
  const answer = (text) => el("p", { class: "answer", "aria-live": "polite" }, text);
  const quiet = (...text) => el("p", { class: "quiet" }, ...text);

  function number(value) {
    const digits =
      Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2;
    return value.toLocaleString("en", { maximumFractionDigits: digits });
  }
  function show(...children) {
    root.replaceChildren(...children.flat().filter((child) => child));
  }
  return {
    data,
    base,
    root,
    show,
    el,
    get,
    list,
    set,
    start,
    mark,
    select,
    check,
    chips,
    forms,
    inOrder,
    designs,
    axisFilters,
    onAxes,
    tools,
    claimList,
    head,
    sorted,
    filters,
    choose,
    reset,
    row,
    isOpen,
    fold,
    more,
    table,
    answer,
    quiet,
    number,
  };
})();
