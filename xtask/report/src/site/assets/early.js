// Before anything is drawn: where the site begins, the theme, and whether the contents are shown,
// as mdBook keeps them. And what unpacks the figures of a page.
"use strict";

const path_to_root = document.currentScript.getAttribute("src").replace("assets/early.js", "");
const default_light_theme = "light";
const default_dark_theme = "navy";
window.path_to_searchindex_js = path_to_root + "searchindex.js";

const default_theme = matchMedia("(prefers-color-scheme: dark)").matches
  ? default_dark_theme
  : default_light_theme;
function kept(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}
const shown = innerWidth >= 1080 && (kept("mdbook-sidebar") || "visible") === "visible";
document.documentElement.classList.remove(default_light_theme);
document.documentElement.classList.add(kept("mdbook-theme") || default_theme, "js");
if (!shown) document.documentElement.classList.remove("sidebar-visible");
// mdBook's script sets the colour, and switches the sheets by their ids.
document.write('<meta name="theme-color" content="#ffffff">');
for (const name of ["highlight", "tomorrow-night", "ayu-highlight"]) {
  const id = name === "highlight" ? "mdbook-highlight-css" : `mdbook-${name}-css`;
  document.write(`<link rel="stylesheet" id="${id}" href="${path_to_root}${name}.css">`);
}

// A page that was opened from a file may not read another, but it may run one as a script: packed
// figures are scripts that call one of these with JSON, deflated, as base64.
const packs = (function () {
  const waits = [];

  async function unpack(packed) {
    const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return JSON.parse(await new Response(stream).text());
  }

  // Scripts of the site, run in this order.
  function load(names) {
    const one = (name) =>
      new Promise((done, failed) => {
        const script = document.createElement("script");
        script.src = path_to_root + name;
        script.async = false;
        script.onload = done;
        script.onerror = failed;
        document.body.append(script);
      });
    return Promise.all(names.map(one));
  }

  function wait(promise) {
    const said = promise.catch((error) => {
      const line = document.createElement("p");
      line.textContent = "This browser could not unpack the figures of this page.";
      document.querySelector("main").append(line);
      console.error(error);
    });
    waits.push(said);
  }

  // The text of a page, out of those of its folder.
  function pages(packed) {
    const name = document.currentScript.dataset.page;
    wait(
      unpack(packed).then((texts) => {
        document.querySelector("main").innerHTML = texts[name];
        const place = document.getElementById(decodeURIComponent(location.hash.slice(1)));
        if (place) place.scrollIntoView();
      }),
    );
  }

  // The data of the comparison pages, and the scripts of this one.
  function compare(packed) {
    const scripts = document.getElementById("compare").dataset.scripts.split(" ");
    wait(
      unpack(packed).then((data) => {
        window.AWB = data;
        return load(scripts.map((name) => `assets/${name}.js`));
      }),
    );
  }

  return { unpack, load, pages, compare, filled: () => Promise.all(waits) };
})();
