// Which hazards fire in which design: a row for a hazard, a column for a form.
"use strict";

(function () {
  const { data, base, el, get, list, set, start, mark, tools } = awb;
  const JUDGED = "judged";
  const VARIANTS = [
    ["portable", "as written"],
    ["idiomatic", "idiomatic"],
    ["expert", "expert"],
  ];
  const RANK = { fires: 5, trouble: 4, refused: 3, price: 2, absent: 1, compiles: 1, missing: 0 };
  const LEGEND = [
    [
      "●",
      "the hazard fires: what was counted of what could be; deadlock: nothing could move any more",
    ],
    ["○", "it does not"],
    ["⇄", "it does not, and something else grew against the form in which it does"],
    ["✗", "the compiler refuses the program, with its code"],
    ["†", "the source marks a step with shield, which does nothing where cancelling drops a future at once"],
  ];

  const used = new Set(data.hazards.flatMap((hazard) => hazard.outcomes.map((one) => one.form)));
  const designs = awb.designs(used);
  // Designs of ours, and the crate that has most of the hazards.
  function usual() {
    const has = (form) =>
      data.hazards.filter((hazard) =>
        hazard.outcomes.some((one) => one.pref && awb.forms[one.form].design === form.design),
      ).length;
    const crates = designs.filter((form) => form.kind === "crate").sort((a, b) => has(b) - has(a));
    // One design stands for its family, so that the table fits a screen.
    const first = (form, at, all) => all.findIndex((other) => other.family === form.family) === at;
    const ours = designs.filter((form) => form.kind === "design").filter(first);
    return [...ours, ...crates.slice(0, 1)].map((form) => form.design);
  }
  const USUAL = usual();
  // A design is called by its name where only its first mode is shown.
  const nameOf = (form) =>
    form.first && !get("modes") ? form.name.replace(/\/[^+]+/, "") : form.name;

  const targetOf = (hazard) => (get("target", JUDGED) === JUDGED ? hazard.target : get("target"));
  // The cell of a form in a case.
  function found(hazard, at, form) {
    const target = targetOf(hazard);
    return hazard.outcomes.find(
      (one) => one.case === at && one.form === form.at && one.target === target && one.pref,
    );
  }
  function headline(hazard) {
    const at = hazard.cases.findIndex((one) => one.id === hazard.headline);
    return Math.max(at, 0);
  }
  function columns(rows) {
    const chosen = list("designs", USUAL);
    const variants = list("forms", ["portable"]);
    const modes = get("modes");
    const wanted = (form) =>
      used.has(form.at) &&
      chosen.includes(form.design) &&
      variants.includes(form.variant) &&
      (modes || form.first || form.kind !== "design") &&
      awb.onAxes(form);
    const says = (form) =>
      rows.some((hazard) => hazard.cases.some((_, at) => found(hazard, at, form)));
    return awb.inOrder.filter((form) => wanted(form) && says(form));
  }
  function differs(hazard, forms) {
    const known = forms.map((form) => found(hazard, headline(hazard), form)).filter(Boolean);
    return new Set(known.map((one) => one.is)).size > 1;
  }

  function filters() {
    const targets = data.targets.map((target) => [target.id, `${target.id}`]);
    const target = awb.select(
      "target",
      "Target",
      [[JUDGED, "where it is judged"], ...targets],
      get("target", JUDGED),
      (value) => set({ target: value === JUDGED ? null : value }),
    );
    const sort = awb.select(
      "sort",
      "Sort",
      [
        ["", "as told"],
        ["name:up", "by name"],
        ["fires:down", "by how many fire"],
      ],
      get("sort", ""),
      (value) => set({ sort: value || null }),
    );
    const only = awb.check("only", "Only differences", Boolean(get("only")), (on) =>
      set({ only: on ? "1" : null }),
    );
    const modes = awb.check("modes", "All modes", Boolean(get("modes")), (on) =>
      set({ modes: on ? "1" : null }),
    );
    const forms = awb.chips("forms", "Forms", VARIANTS, list("forms", ["portable"]), (value) =>
      set({ forms: value }),
    );
    const options = designs.map((form) => [form.design, form.design, form]);
    const chips = awb.chips("designs", "Designs", options, list("designs", USUAL), (value) =>
      set({ designs: value }),
    );
    const more = awb.choose("Designs and axes", ["designs"], chips, awb.axisFilters(used));
    return awb.filters(target, sort, only, modes, forms, awb.reset(), more);
  }

  // What the forms have in common, in words. Designs are not counted against each other: a
  // count over hazards would rank them by the choice of hazards.
  function answer(rows, forms) {
    const measured = rows
      .map((hazard) => forms.map((form) => found(hazard, headline(hazard), form)))
      .map((all) => all.filter((one) => one && one.is !== "missing"))
      .filter((all) => all.length > 0);
    if (measured.length === 0) return "No form that is chosen was measured there.";
    const fires = (one) => one.is === "fires";
    const all = measured.filter((row) => row.every(fires)).length;
    const none = measured.filter((row) => !row.some(fires)).length;
    const differ = measured.length - all - none;
    const of = `Of ${measured.length} ${measured.length === 1 ? "hazard" : "hazards"}`;
    return `${of}, ${all} fire in each form shown, ${none} in none, and on ${differ} the forms differ.`;
  }

  function cell(one, form) {
    if (!one) return el("td", { class: "is-missing empty", "data-head": nameOf(form) }, "–");
    const [sign, ...rest] = one.text.split(" ");
    const known = LEGEND.some(([mark]) => mark === sign) || sign === "!";
    const title = [
      one.how,
      one.price,
      one.why,
      one.schedules && `${one.schedules[0]} of ${one.schedules[1]} schedules`,
    ]
      .filter(Boolean)
      .join("; ");
    return el(
      "td",
      { class: `is-${one.is}`, "data-head": nameOf(form), title: title || null },
      el(
        "span",
        {},
        known ? el("span", { class: "sign" }, sign) : null,
        (known ? rest.join(" ") : one.text) + (one.shield ? " †" : ""),
      ),
    );
  }
  // What cites a row that no claim reads.
  function citation(hazard, at, forms) {
    const target = data.targets.find((one) => one.id === targetOf(hazard));
    const parts = forms
      .map((form) => [form, found(hazard, at, form)])
      .filter(([, one]) => one)
      .map(([form, one]) => `\`${form.name}\` ${one.text}`);
    return (
      `> **${hazard.name}**, ${hazard.cases[at].name} (${target.id}): ${parts.join(" · ")}\n>\n` +
      `> record ${target.record} · again: \`${target.again} --workload ${hazard.id}\`\n`
    );
  }
  function details(hazard, width) {
    const source = `sources.html#hazard=${hazard.id}`;
    const counts = { href: `${base}${data.home}/hazards/${hazard.id}.html` };
    return awb.more(
      width,
      el("p", {}, hazard.story),
      hazard.remedy ? el("p", {}, `What an expert does: ${hazard.remedy}`) : null,
      el(
        "p",
        {},
        el("a", counts, "All counts, prices and schedules"),
        " · ",
        el("a", { href: source }, "Two sources beside each other"),
      ),
      awb.claimList(hazard.claims),
    );
  }
  function row(hazard, at, forms, first) {
    const id = first ? hazard.id : `${hazard.id}.${hazard.cases[at].id}`;
    const { name, text, control } = hazard.cases[at];
    const title = { title: text || null };
    return awb.row(
      id,
      first
        ? awb.fold(hazard.id, hazard.name)
        : el("span", title, name + (control ? " (control)" : "")),
      forms.map((form) => cell(found(hazard, at, form), form)),
      tools(id, hazard.claims, citation(hazard, at, forms)),
      first ? null : "case",
    );
  }

  function value(hazard, by, forms) {
    if (by === "name") return hazard.name;
    if (by === "fires")
      return forms.filter((form) => (found(hazard, headline(hazard), form) || {}).is === "fires")
        .length;
    const form = forms.find((one) => one.id === by);
    const one = form && found(hazard, headline(hazard), form);
    return one ? RANK[one.is] : null;
  }
  function draw() {
    const on = (hazard) => hazard.outcomes.some((one) => one.target === targetOf(hazard));
    let rows = data.hazards.filter(on);
    const forms = columns(rows);
    if (get("only")) rows = rows.filter((hazard) => differs(hazard, forms));
    rows = awb.sorted(rows, (hazard, by) => value(hazard, by, forms));
    const text = answer(rows, forms);
    const heads = forms.map((form) => awb.head(form.id, [mark(form), nameOf(form)]));
    const body = rows.flatMap((hazard) => {
      const main = row(hazard, headline(hazard), forms, true);
      if (!awb.isOpen(hazard.id)) return [main];
      const others = hazard.cases.map((_, at) => at).filter((at) => at !== headline(hazard));
      const shown = others.filter((at) => forms.some((form) => found(hazard, at, form)));
      return [
        main,
        details(hazard, forms.length + 2),
        ...shown.map((at) => row(hazard, at, forms, false)),
      ];
    });
    const none = { class: "none", colspan: forms.length + 2 };
    const nothing = "No hazard differs between the forms that are chosen.";
    awb.show(
      awb.answer(text),
      filters(),
      awb.table(
        "Hazards by form",
        [awb.head("name", "hazard"), ...heads],
        body.length ? body : el("tr", {}, el("td", none, nothing)),
      ),
      awb.quiet(
        LEGEND.map(([sign, words]) => `${sign} ${words}. `).join(""),
        "– no such program, or not measured. Open a row for its story, cases and claims.",
      ),
      awb.quiet(
        "They show what can happen and not how often it does: ",
        el("a", { href: `${base}reports/METHOD.html` }, "how it is measured"),
        ", ",
        el("a", { href: `${base}reports/BIAS.html` }, "reasons to distrust it"),
        ".",
      ),
    );
  }
  start(draw);
})();
