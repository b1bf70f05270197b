// One program in two designs: outcomes and sources beside each other.
"use strict";

(function () {
  const { data, base, el, get, set, start, mark, forms, inOrder } = awb;

  const of = (hazard) => data.sources.of[hazard.id] || {};
  const textOf = (path) => data.sources.files[path] || "";
  function chosen() {
    const hazard = data.hazards.find((one) => one.id === get("hazard")) || data.hazards[0];
    const cases = hazard.cases.filter((one) =>
      hazard.outcomes.some((other) => hazard.cases[other.case] === one),
    );
    const at = cases.find((one) => one.id === get("case", hazard.headline)) || cases[0];
    const places = of(hazard);
    const here = inOrder.filter((form) => places[form.at] && outcomes(hazard, at, form).length > 0);
    const left = here.find((form) => form.id === get("left")) || here[0];
    const other = here.find((form) => places[form.at] !== places[left.at]) || here[1] || here[0];
    const right = here.find((form) => form.id === get("right")) || other;
    return { hazard, cases, at, places, here, left, right };
  }
  function outcomes(hazard, at, form) {
    return hazard.outcomes.filter(
      (one) => one.form === form.at && hazard.cases[one.case] === at && one.pref,
    );
  }

  function filters({ hazard, cases, at, here, left, right }) {
    const pick = (key, label, form) =>
      awb.select(
        key,
        label,
        here.map((one) => [one.id, one.name]),
        form.id,
        (value) => set({ [key]: value }),
      );
    return awb.filters(
      awb.select(
        "hazard",
        "Hazard",
        data.hazards.map((one) => [one.id, one.name]),
        hazard.id,
        (value) => set({ hazard: value, case: null, left: null, right: null }),
      ),
      awb.select(
        "case",
        "Case",
        cases.map((one) => [one.id, one.name]),
        at.id,
        (value) => set({ case: value }),
      ),
      pick("left", "Left", left),
      pick("right", "Right", right),
      el(
        "button",
        {
          class: "plain",
          type: "button",
          "data-key": "swap",
          onclick: () => set({ left: right.id, right: left.id }),
        },
        "Swap",
      ),
    );
  }

  // The outcome of a form where it is judged, and below it the other targets.
  function result({ hazard, at }, form) {
    const all = outcomes(hazard, at, form);
    const main = all.find((one) => one.target === hazard.target) || all[0];
    const words = [
      main.how,
      main.price,
      main.schedules && `${main.schedules[0]} of ${main.schedules[1]} schedules`,
      main.why,
    ];
    const rest = all.filter((one) => one !== main).map((one) => `${one.target}: ${one.text}`);
    return el(
      "div",
      { class: "result" },
      el("div", {}, mark(form), el("span", {}, form.name)),
      el("strong", {}, main.text + (main.shield ? " †" : "")),
      el("p", {}, words.filter(Boolean).join(" · ") || `nothing went wrong on ${main.target}`),
      rest.length ? el("p", {}, rest.join(" · ")) : null,
    );
  }

  function difference(left, right) {
    if (!left.axes || !right.axes) return [];
    return data.axes
      .map((axis, at) => [axis, left.axes[at], right.axes[at]])
      .filter(([, one, other]) => one !== other);
  }
  function meaning(axis, value) {
    const known = axis.values.find(([word]) => word === value);
    return known ? `${value}: ${known[1]}` : value;
  }
  function axes(left, right) {
    const rows = difference(left, right);
    if (rows.length === 0) return null;
    return el(
      "table",
      { class: "axes" },
      el(
        "thead",
        {},
        el(
          "tr",
          {},
          ["what differs", left.name, right.name].map((text) => el("th", { scope: "col" }, text)),
        ),
      ),
      el(
        "tbody",
        {},
        rows.map(([axis, one, other]) =>
          el(
            "tr",
            {},
            el("th", { scope: "row" }, axis.question),
            el("td", {}, meaning(axis, one)),
            el("td", {}, meaning(axis, other)),
          ),
        ),
      ),
    );
  }

  // Lines of one text that the other has not, by the longest common subsequence.
  function others(mine, theirs) {
    const [a, b] = [mine, theirs].map((lines) => lines.map((line) => line.trim()));
    const size = b.length + 1;
    const long = new Uint16Array((a.length + 1) * size);
    for (let i = a.length - 1; i >= 0; i--) {
      for (let j = b.length - 1; j >= 0; j--) {
        long[i * size + j] =
          a[i] === b[j]
            ? long[(i + 1) * size + j + 1] + 1
            : Math.max(long[(i + 1) * size + j], long[i * size + j + 1]);
      }
    }
    const marked = new Set();
    for (let i = 0, j = 0; i < a.length;) {
      if (j < b.length && a[i] === b[j]) {
        i++;
        j++;
      } else if (j < b.length && long[i * size + j + 1] >= long[(i + 1) * size + j]) j++;
      else {
        if (a[i]) marked.add(i);
        i++;
      }
    }
    // Where most lines differ it is another program, and marks would say nothing.
    return marked.size > 0.6 * a.length ? new Set() : marked;
  }
  function code(path, marked, key) {
    const lines = textOf(path).trimEnd().split("\n");
    const item = (line, at) => {
      const comment = line.trimStart().startsWith("//");
      return el(
        "li",
        { class: [marked.has(at) ? "other" : "", comment ? "c" : ""].join(" ").trim() || null },
        line || " ",
      );
    };
    return el(
      "figure",
      {},
      el(
        "figcaption",
        {},
        el("a", { href: `${base}../../${path}` }, path),
        marked.size ? `, ${marked.size} lines differ` : "",
      ),
      el(
        "div",
        { class: "code", tabindex: "0", "data-key": key, role: "region", "aria-label": path },
        el("ol", {}, lines.map(item)),
      ),
    );
  }

  function answer({ hazard, at, places, left, right }) {
    const word = (form) => {
      const all = outcomes(hazard, at, form);
      const main = all.find((one) => one.target === hazard.target) || all[0];
      const words = {
        fires: "fires",
        absent: "does not fire",
        price: "does not fire",
        refused: "is refused by the compiler",
        compiles: "compiles",
        trouble: "failed",
        missing: "was not measured",
      };
      return `${words[main.is]} in ${form.name}`;
    };
    const same = places[left.at] === places[right.at];
    const how = same ? "from one source text" : "from two source texts";
    return `${hazard.name}, ${at.name}: it ${word(left)} and ${word(right)}, ${how}.`;
  }

  function draw() {
    const all = chosen();
    const { hazard, places, left, right } = all;
    const [one, other] = [places[left.at], places[right.at]];
    const lines = (path) => textOf(path).trimEnd().split("\n");
    const same = one === other;
    const panes = same
      ? code(one, new Set(), "code-left")
      : el(
          "div",
          { class: "two" },
          code(one, others(lines(one), lines(other)), "code-left"),
          code(other, others(lines(other), lines(one)), "code-right"),
        );
    const target = data.targets.find((known) => known.id === hazard.target);
    const own = `> ${answer(all)}\n>\n> record ${target.record} · again: \`${target.again} --workload ${hazard.id}\`\n`;
    const id = `${hazard.id}.${all.at.id}`;
    awb.show(
      el("p", { class: "answer", "aria-live": "polite", id: `row-${id}` }, answer(all)),
      filters(all),
      el("div", { class: "two" }, result(all, left), result(all, right)),
      same
        ? el(
            "p",
            { class: "quiet" },
            left === right
              ? "Choose another form on one side."
              : "Both forms are compiled from this file: the dialect d is another crate.",
          )
        : null,
      axes(left, right),
      panes,
      el("p", { class: "row-tools" }, awb.tools(id, hazard.claims, own)),
      awb.claimList(hazard.claims),
    );
  }
  start(draw);
})();
