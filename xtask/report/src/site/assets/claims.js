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
    return awb.filters(
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
    const each = claim.targets
      .map(([target, verdict]) =>
        verdict === claim.verdict ? target : `${target} ${SIGNS[verdict] || ""}`,
      )
      .join(", ");
    const cells = [
      el(
        "td",
        { "data-head": "verdict" },
        el("span", {}, el("span", { class: "sign" }, SIGNS[claim.verdict] || ""), claim.verdict),
        claim.marks.length ? el("small", {}, claim.marks.join(" · ")) : null,
      ),
      el("td", { "data-head": "target" }, each),
      el("td", { "data-head": "about" }, claim.about),
    ];
    const own = `> **${claim.id} ${claim.verdict}**: ${claim.sentence}\n`;
    const main = awb.row(
      claim.id,
      awb.fold(claim.id, `${claim.id} `, claim.title),
      cells,
      awb.tools(claim.id, [claim.id], own),
    );
    if (!awb.isOpen(claim.id)) return [main];
    const stance = Object.entries(claim.stance)
      .map(([design, word]) => `${word} ${design}`)
      .join(", ");
    const words = [claim.class, stance, ...claim.marks, claim.old ? "superseded" : ""];
    const evidence = { href: `${base}rfc/evidence/${claim.id}.html` };
    return [
      main,
      awb.more(
        5,
        el("p", {}, claim.sentence),
        el("p", {}, words.filter(Boolean).join(" · ")),
        el("p", {}, el("a", evidence, "Evidence: bounds, cells, command, history")),
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
      awb.answer(answer),
      filters(),
      awb.table(
        "Claims",
        [
          awb.head("id", "claim"),
          awb.head("verdict", "verdict"),
          awb.head("target", "target"),
          awb.head("about", "about"),
        ],
        rows.flatMap(row),
      ),
      awb.quiet(
        "A claim is a falsifiable sentence with bounds that were written before it was measured; a verdict is computed from a record. ✔ supported, ✘ contradicted, ≈ the measurement does not decide, – a cell is missing.",
      ),
    );
  }
  start(draw);
})();
