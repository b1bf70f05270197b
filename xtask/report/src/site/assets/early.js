// Before anything is drawn: the theme and whether the contents are shown, as mdBook keeps them.
"use strict";

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
