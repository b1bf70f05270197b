// After the page: mdBook's scripts, as soon as the figures of the page are in place.
"use strict";

document.body.insertAdjacentHTML(
  "beforeend",
  ["eye", "eye-slash", "play"].map((name) => `<template id="fa-${name}"></template>`).join(""),
);
packs.ready = packs
  .filled()
  .then(() =>
    packs.load([
      "elasticlunr.min.js",
      "mark.min.js",
      "searcher.js",
      "clipboard.min.js",
      "highlight.js",
      "book.js",
      "assets/site.js",
      ...(document.getElementById("cells") ? ["assets/lines.js"] : []),
    ]),
  );
