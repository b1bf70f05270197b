// Bars of figures with their ranges, and ratios with their intervals.
"use strict";

const bars = (function () {
  const SVG = "http://www.w3.org/2000/svg";
  // A figure is a number, or the middle of the launches with their ends.
  const mid = (value) => (Array.isArray(value) ? value[0] : value);
  const ends = (value) => (Array.isArray(value) ? [value[1], value[2]] : [value, value]);

  function svg(tag, attributes) {
    const node = document.createElementNS(SVG, tag);
    for (const [id, value] of Object.entries(attributes)) node.setAttribute(id, value);
    return node;
  }
  // A bar from zero to the middle, and over it the range of the launches.
  function bar(value, most, hue) {
    const at = (one) => (most > 0 ? (100 * one) / most : 0);
    const node = svg("svg", {
      class: "bar",
      viewBox: "0 0 100 8",
      preserveAspectRatio: "none",
      "aria-hidden": "true",
      style: `color: var(--hue-${hue})`,
    });
    node.append(
      svg("rect", { class: "all", x: 0, y: 2, height: 4, width: Math.max(at(mid(value)), 0.6) }),
    );
    const [low, high] = ends(value);
    if (low !== high)
      node.append(
        svg("line", {
          class: "range",
          x1: at(low),
          x2: at(high),
          y1: 4,
          y2: 4,
          "vector-effect": "non-scaling-stroke",
        }),
      );
    return node;
  }
  // A ratio on an axis on which twice and half are as far from one.
  function interval(ratio, most, hue) {
    const at = (one) => 50 + (48 * Math.log(one)) / Math.log(most);
    const node = svg("svg", {
      class: "bar",
      viewBox: "0 0 100 8",
      preserveAspectRatio: "none",
      "aria-hidden": "true",
      style: `color: var(--hue-${hue})`,
    });
    node.append(
      svg("line", {
        class: "axis",
        x1: 50,
        x2: 50,
        y1: 0,
        y2: 8,
        "vector-effect": "non-scaling-stroke",
      }),
    );
    node.append(
      svg("line", {
        class: "range",
        x1: at(ratio[1]),
        x2: at(ratio[2]),
        y1: 4,
        y2: 4,
        "vector-effect": "non-scaling-stroke",
      }),
    );
    node.append(svg("rect", { class: "all", x: at(ratio[0]) - 1, y: 1, width: 2, height: 6 }));
    return node;
  }

  return { mid, ends, bar, interval };
})();
