// What forms cost in one situation: a row for a form, bars with their ranges.
"use strict";

(function () {
  const { data, el, get, list, set, start, mark, forms, number } = awb;
  const { metrics, questions } = data.costs;
  const { mid, ends, bar, interval } = bars;
  const TIME = "time";
  // Kinds of runtimes by which rows are chosen.
  const FIRST = "linux";

  const key = (question) => `${question.workload}@${question.target}`;
  const usual =
    questions.find((one) => one.workload === "tcp-echo" && one.target === FIRST) || questions[0];
  const on = (row) => data.runtimes[row.runtime].id;
  const own = (row) => data.runtimes[row.runtime].plain || on(row) === forms[row.form].design;
  const name = (row) => (own(row) ? forms[row.form].name : `${forms[row.form].name} on ${on(row)}`);

  function chosen() {
    const question = questions.find((one) => key(one) === get("q")) || usual;
    const cases = question.cases.map((one) => one.id);
    const fallback = question.rows.some((row) => row.case === cases[0])
      ? cases[0]
      : question.rows[0].case;
    const situation = cases.includes(get("case")) ? get("case") : fallback;
    const rows = question.rows.filter((row) => row.case === situation);
    const sizes = [...new Set(rows.map((row) => row.n))].sort((a, b) => a - b);
    const size = sizes.includes(Number(get("n")))
      ? Number(get("n"))
      : sizes[Math.floor(sizes.length / 2)];
    const here = rows.filter((row) => row.n === size);
    const used = new Set(here.map((row) => row.form));
    const designs = awb.designs(used);
    const all = designs.map((form) => form.design);
    const wanted = list("designs", all);
    const runtimes = [...new Set(here.map(on))];
    // Designs on the runtimes of crates say little more than the crates: they are asked for.
    const home = (row) => data.runtimes[row.runtime].ours || forms[row.form].kind !== "design";
    const drivers = list("on", [...new Set(here.filter(home).map(on))]);
    const asked = get("on") !== undefined;
    const variants = [...new Set(here.map((row) => forms[row.form].variant))];
    const texts = list("forms", variants);
    const kept = here.filter((row) => {
      const form = forms[row.form];
      return (
        wanted.includes(form.design) &&
        texts.includes(form.variant) &&
        drivers.includes(on(row)) &&
        (asked || home(row)) &&
        (get("modes") || form.first || form.kind !== "design") &&
        awb.onAxes(form)
      );
    });
    return {
      question,
      cases,
      situation,
      sizes,
      size,
      used,
      designs,
      all,
      wanted,
      runtimes,
      drivers,
      variants,
      texts,
      kept,
      total: here.length,
    };
  }

  function filters(view) {
    const title = (one) => `${one.title} (${one.target})`;
    const more = awb.choose(
      "Designs, drivers and axes",
      ["designs", "on", "forms"],
      awb.chips(
        "designs",
        "Designs",
        view.designs.map((form) => [form.design, form.design, form]),
        view.wanted,
        (value) => set({ designs: value }),
      ),
      awb.chips(
        "on",
        "On",
        view.runtimes.map((id) => [id, id]),
        view.drivers,
        (value) => set({ on: value }),
      ),
      awb.chips(
        "forms",
        "Forms",
        view.variants.map((id) => [id, id]),
        view.texts,
        (value) => set({ forms: value }),
      ),
      awb.axisFilters(view.used),
    );
    return awb.filters(
      awb.select(
        "q",
        "Program",
        questions.map((one) => [key(one), title(one)]),
        key(view.question),
        (value) =>
          set({ q: value, case: null, n: null, sort: null, designs: null, on: null, forms: null }),
      ),
      awb.select(
        "case",
        "Case",
        view.cases.map((one) => [one, one]),
        view.situation,
        (value) => set({ case: value, n: null }),
      ),
      awb.select(
        "n",
        "n",
        view.sizes.map((one) => [String(one), number(one)]),
        String(view.size),
        (value) => set({ n: value }),
      ),
      awb.check("only", "Only differences", get("only", "1") === "1", (on) =>
        set({ only: on ? null : "0" }),
      ),
      awb.check("modes", "All modes", Boolean(get("modes")), (is) =>
        set({ modes: is ? "1" : null }),
      ),
      awb.reset(),
      more,
    );
  }

  // Rows that are equal to the digit are one that names them all.
  function joined(rows) {
    const all = rows.map((row) => ({ row, names: [row] }));
    if (get("only", "1") !== "1") return all;
    const same = new Map();
    for (const row of rows) {
      const text = JSON.stringify([row.values, row.why || "", row.time || ""]);
      if (same.has(text)) same.get(text).names.push(row);
      else same.set(text, { row, names: [row] });
    }
    return [...same.values()];
  }

  function figure(row, metric, most) {
    const value = row.values[metric.id];
    if (value === undefined)
      return el("td", { class: "number is-missing empty", "data-head": metric.head }, "–");
    const [low, high] = ends(value);
    const range = low === high ? null : `${number(low)} to ${number(high)} over launches`;
    return el(
      "td",
      { class: "number", "data-head": metric.head, title: range },
      el("span", {}, number(mid(value))),
      mid(value) > 0 ? bar(value, most, forms[row.form].hue) : null,
    );
  }
  function time(row, most) {
    const it = row.time;
    if (!it) return el("td", { class: "number is-missing empty", "data-head": TIME }, "–");
    if (it.is === "reference")
      return el("td", { class: "number", "data-head": TIME }, "1 (reference)");
    if (!it.ratio)
      return el("td", { class: "number is-missing", "data-head": TIME, title: it.why }, "refused");
    const [middle, low, high] = it.ratio;
    const what = it.range ? `range of ${it.range} rounds` : "95 % interval";
    return el(
      "td",
      {
        class: "number",
        "data-head": TIME,
        title: `${low} to ${high} of ${it.to}, ${what}: ${it.is}`,
      },
      el("span", {}, `${middle.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`),
      interval(it.ratio, most, forms[row.form].hue),
    );
  }
  function value(entry, by) {
    if (by === "form") return forms[entry.row.form].name;
    if (by === "on") return on(entry.row);
    if (by === TIME) return entry.row.time && entry.row.time.ratio ? entry.row.time.ratio[0] : null;
    const it = entry.row.values[by];
    return it === undefined ? null : mid(it);
  }

  function citation(view, row, shown) {
    const target = data.targets.find((one) => one.id === view.question.target);
    const parts = shown
      .filter((metric) => row.values[metric.id] !== undefined)
      .map((metric) => `${metric.head} ${number(mid(row.values[metric.id]))}`);
    return (
      `> \`${row.cell}\` (${target.id}): ${parts.join(" · ")}${row.per ? ", each per operation" : ""}\n>\n` +
      `> record ${target.record} · again: \`${target.again} --workload ${view.question.workload}\`\n`
    );
  }
  function line(view, entry, shown, most, far, hasTime, hasDrivers) {
    const { row, names } = entry;
    const form = forms[row.form];
    const id = row.cell;
    const label = names.length > 1 ? `${form.name} and ${names.length - 1} more` : form.name;
    const marks = [
      ...new Map(names.map((one) => [forms[one.form].family, forms[one.form]])).values(),
    ].slice(0, 3);
    const main = awb.row(
      id,
      awb.fold(id, marks.map(mark), label),
      [
        hasDrivers ? el("td", { "data-head": "on" }, el("span", {}, on(row))) : null,
        ...shown.map((metric) => figure(row, metric, most.get(metric.id))),
        hasTime ? time(row, far) : null,
      ],
      awb.tools(id, view.question.claims, citation(view, row, shown)),
    );
    if (!awb.isOpen(id)) return [main];
    const notes = [
      row.why,
      row.threads && "its runtime starts threads: instructions are shown and not compared",
      row.control && "a control",
      row.time && row.time.why && `time: ${row.time.why}`,
    ];
    const cells = el(
      "p",
      {},
      names.length > 1 ? "Equal to the digit: " : "Cell: ",
      names.map((one) => [el("code", {}, one.cell), " "]),
    );
    const axes = form.axes
      ? el("p", {}, data.axes.map((axis, at) => `${axis.id} ${form.axes[at]}`).join(" · "))
      : null;
    return [
      main,
      awb.more(
        shown.length + 4,
        cells,
        axes,
        notes.filter(Boolean).map((note) => el("p", {}, note)),
        awb.claimList(view.question.claims),
      ),
    ];
  }

  function answer(view, entries, shown) {
    const main = shown[0];
    if (!main || entries.length === 0) return "No form that is chosen has a figure there.";
    const known = entries
      .filter(
        (entry) =>
          entry.row.values[main.id] !== undefined && forms[entry.row.form].kind !== "baseline",
      )
      .sort((a, b) => value(a, main.id) - value(b, main.id));
    if (known.length === 0) return "No form that is chosen has a figure there.";
    const what = `${main.head}${known[0].row.per ? " per operation" : ""}`;
    const say = (entry) => `${name(entry.row)} (${number(value(entry, main.id))})`;
    if (known.length === 1)
      return `Every form shown takes ${number(value(known[0], main.id))} ${what}: ${name(known[0].row)}.`;
    return `${view.question.title}, ${view.situation}, n = ${number(view.size)}: the fewest ${what} in ${say(known[0])}, the most in ${say(known[known.length - 1])}.`;
  }

  function draw() {
    const view = chosen();
    let entries = joined(view.kept);
    const shown = metrics.filter((metric) =>
      view.kept.some((row) => mid(row.values[metric.id]) > 0),
    );
    const hasDrivers = new Set(view.kept.map(on)).size > 1;
    const hasTime = view.kept.some((row) => row.time);
    const most = new Map(
      shown.map((metric) => [
        metric.id,
        Math.max(...view.kept.map((row) => ends(row.values[metric.id] ?? 0)[1])),
      ]),
    );
    const ratios = view.kept
      .flatMap((row) => (row.time && row.time.ratio) || [])
      .map((one) => Math.abs(Math.log(one)));
    const far = Math.exp(Math.max(Math.log(1.25), ...ratios));
    const first = shown[0] && shown[0].id;
    entries = get("sort")
      ? awb.sorted(entries, value)
      : [...entries].sort((a, b) => (value(a, first) ?? Infinity) - (value(b, first) ?? Infinity));
    const target = data.targets.find((one) => one.id === view.question.target);
    const per = view.kept.some((row) => row.per) ? "per operation" : "per run";
    const heads = shown.map((metric) =>
      awb.head(
        metric.id,
        [
          metric.head,
          el("small", {}, metric.id.endsWith("_bytes") && metric.id !== "copied_bytes" ? "" : per),
        ],
        { class: "number" },
      ),
    );
    const situation = view.question.cases.find((one) => one.id === view.situation);
    awb.show(
      awb.answer(answer(view, entries, shown)),
      filters(view),
      awb.table(
        "Costs by form",
        [
          awb.head("form", "form"),
          hasDrivers ? awb.head("on", "on") : null,
          ...heads,
          hasTime
            ? awb.head(TIME, ["time", el("small", {}, "ratio, 95 % interval")], { class: "number" })
            : null,
        ],
        entries.flatMap((entry) => line(view, entry, shown, most, far, hasTime, hasDrivers)),
      ),
      awb.quiet(
        situation && situation.text ? `${situation.text}. ` : "",
        `${entries.length} of ${view.total} forms${get("only", "1") === "1" ? ", those equal to the digit as one" : ""}. `,
        hasTime
          ? "Time is the ratio to the reference of the group on two shared cores, indicative only; refused: too noisy on this machine. "
          : "",
        `Instructions are not time. Record ${target.record}; again: `,
        el("code", {}, `${target.again} --workload ${view.question.workload}`),
        ".",
      ),
    );
  }
  start(draw);
})();
