// What became of each claim: verdicts, filtered and sorted, each with its citation.
"use strict";

(function () {
  const { data, base, el, get, list, set, start } = awb;
  const SIGNS = {
    supported: "✔",
    contradicted: "✘",
    inconclusive: "≈",
    "not measured": "–",
    "not judged": "–",
  };
  const verdicts = [...new Set(data.claims.map((claim) => claim.verdict))].sort(
    (a, b) => Object.keys(SIGNS).indexOf(a) - Object.keys(SIGNS).indexOf(b),
  );
  const abouts = [...new Set(data.claims.map((claim) => claim.about))].sort();
  const designs = [...new Set(data.claims.flatMap((claim) => Object.keys(claim.stance)))].sort();
  const targets = [
    ...new Set(data.claims.flatMap((claim) => claim.targets.map(([target]) => target))),
  ].sort();
  const marks = [...new Set(data.claims.flatMap((claim) => claim.marks))].sort();
  const openOld = () => get("old") === "1";

  function matches(claim) {
    const words = get("find", "").toLowerCase().split(/\s+/).filter(Boolean);
    const text = `${claim.id} ${claim.title} ${claim.sentence}`.toLowerCase();
    const [design, stance] = get("design", "").split(":");
    return (
      list("verdict", verdicts).includes(claim.verdict) &&
      (!get("about") || claim.about === get("about")) &&
      (!get("target") || claim.targets.some(([target]) => target === get("target"))) &&
      (!get("mark") || claim.marks.includes(get("mark"))) &&
      (!design ||
        (claim.stance[design] !== undefined && (!stance || claim.stance[design] === stance))) &&
      (openOld() || !claim.old) &&
      words.every((word) => text.includes(word))
    );
  }
  function filters() {
    const any = (all) => [["", "any"], ...all.map((one) => [one, one])];
    const stances = designs.flatMap((design) => [
      [design, design],
      ...["for", "against"]
        .filter((stance) => data.claims.some((claim) => claim.stance[design] === stance))
        .map((stance) => [`${design}:${stance}`, `${design}, ${stance}`]),
    ]);
    const find = el("input", {
      type: "search",
      "data-key": "find",
      value: get("find", ""),
      placeholder: "words of a claim",
      oninput: (event) => set({ find: event.target.value || null }),
    });
    return el(
      "form",
      { class: "filters", onsubmit: (event) => event.preventDefault() },
      el("label", {}, "Find", find),
      awb.chips(
        "verdict",
        "Verdict",
        verdicts.map((one) => [one, `${SIGNS[one]} ${one}`]),
        list("verdict", verdicts),
        (value) => set({ verdict: value }),
      ),
      awb.select("about", "About", any(abouts), get("about", ""), (value) =>
        set({ about: value || null }),
      ),
      awb.select("design", "Design", [["", "any"], ...stances], get("design", ""), (value) =>
        set({ design: value || null }),
      ),
      awb.select("mark", "Mark", any(marks), get("mark", ""), (value) =>
        set({ mark: value || null }),
      ),
      awb.select("target", "Target", any(targets), get("target", ""), (value) =>
        set({ target: value || null }),
      ),
      awb.check("old", "Superseded too", openOld(), (on) => set({ old: on ? "1" : null })),
    );
  }
  function row(claim) {
    const open = list("open", []);
    const isOpen = open.includes(claim.id);
    const toggle = () =>
      set({ open: isOpen ? open.filter((one) => one !== claim.id) : [...open, claim.id] });
    const each = claim.targets
      .map(([target, verdict]) =>
        verdict === claim.verdict ? target : `${target} ${SIGNS[verdict] || ""}`,
      )
      .join(", ");
    const main = el(
      "tr",
      { class: "row", id: `row-${claim.id}` },
      el(
        "th",
        { scope: "row" },
        el(
          "button",
          {
            class: "fold",
            type: "button",
            "data-key": `fold-${claim.id}`,
            "aria-expanded": String(isOpen),
            onclick: toggle,
          },
          `${claim.id} `,
          claim.title,
        ),
      ),
      el(
        "td",
        { "data-head": "verdict" },
        el("span", {}, el("span", { class: "sign" }, SIGNS[claim.verdict] || ""), claim.verdict),
        claim.marks.length ? el("small", {}, claim.marks.join(" · ")) : null,
      ),
      el("td", { "data-head": "target" }, each),
      el("td", { "data-head": "about" }, claim.about),
      el(
        "td",
        { class: "row-tools" },
        awb.tools(claim.id, [claim.id], `> **${claim.id} ${claim.verdict}**: ${claim.sentence}\n`),
      ),
    );
    if (!isOpen) return [main];
    const stance = Object.entries(claim.stance)
      .map(([design, word]) => `${word} ${design}`)
      .join(", ");
    return [
      main,
      el(
        "tr",
        { class: "more" },
        el(
          "td",
          { colspan: 5 },
          el("p", {}, claim.sentence),
          el(
            "p",
            {},
            [claim.class, stance, ...claim.marks, claim.old ? "superseded" : ""]
              .filter(Boolean)
              .join(" · "),
          ),
          el(
            "p",
            {},
            el(
              "a",
              { href: `${base}rfc/evidence/${claim.id}.html` },
              "Evidence: bounds, cells, command, history",
            ),
          ),
        ),
      ),
    ];
  }
  function value(claim, by) {
    return by === "verdict"
      ? Object.keys(SIGNS).indexOf(claim.verdict)
      : by === "target"
        ? claim.targets.map(([one]) => one).join()
        : by === "about"
          ? claim.about
          : claim.id;
  }
  function draw() {
    const rows = awb.sorted(data.claims.filter(matches), value);
    const count = (verdict) => rows.filter((claim) => claim.verdict === verdict).length;
    const parts = verdicts
      .filter((verdict) => count(verdict))
      .map((verdict) => `${count(verdict)} ${verdict}`);
    const answer = rows.length
      ? `Of ${rows.length} ${rows.length === 1 ? "claim" : "claims"}: ${parts.join(", ")}.`
      : "No claim is like that.";
    awb.show(
      el("p", { class: "answer", "aria-live": "polite" }, answer),
      filters(),
      el(
        "div",
        { class: "wide", tabindex: "0", role: "region", "aria-label": "Claims" },
        el(
          "table",
          { class: "cards" },
          el(
            "thead",
            {},
            el(
              "tr",
              {},
              awb.head("id", "claim"),
              awb.head("verdict", "verdict"),
              awb.head("target", "target"),
              awb.head("about", "about"),
              el("th", { scope: "col" }, el("span", { class: "said" }, "link and citation")),
            ),
          ),
          el("tbody", {}, rows.flatMap(row)),
        ),
      ),
      el(
        "p",
        { class: "quiet" },
        "A claim is a falsifiable sentence with bounds that were written before it was measured; a verdict is computed from a record. ✔ supported, ✘ contradicted, ≈ the measurement does not decide, – a cell is missing.",
      ),
    );
  }
  start(draw);
})();
