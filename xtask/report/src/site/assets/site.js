// What every page does: figures follow the theme, and a button copies a citation.
"use strict";

(function () {
  // A figure has a file for light and one for dark pages. The theme may be chosen by hand, and
  // then the system's preference is not what is shown.
  const DARK = ["navy", "coal", "ayu"];
  function follow() {
    const dark = DARK.some((name) => document.documentElement.classList.contains(name));
    for (const source of document.querySelectorAll("picture > source")) {
      source.media = dark ? "all" : "not all";
    }
  }
  follow();
  new MutationObserver(follow).observe(document.documentElement, { attributeFilter: ["class"] });

  // mdBook's own page says this in a script of each page.
  const contents = document.getElementById("mdbook-sidebar");
  const toggle = document.getElementById("mdbook-sidebar-toggle");
  toggle.setAttribute("aria-expanded", String(shown));
  contents.setAttribute("aria-hidden", String(!shown));
  for (const link of contents.querySelectorAll("a")) link.tabIndex = shown ? 0 : -1;
  toggle.addEventListener("keydown", (event) => {
    if (event.key === "Enter" || event.key === " ") toggle.click();
  });

  // A heading is a link to itself, and a link to the page before or after has the title of it.
  for (const head of document.querySelectorAll("main :is(h1, h2, h3, h4)[id]")) {
    const link = document.createElement("a");
    link.className = "header";
    link.href = `#${head.id}`;
    link.append(...head.childNodes);
    head.append(link);
  }
  for (const link of document.querySelectorAll(".pager a")) {
    const there = [...contents.querySelectorAll("a")].find((it) => it.href === link.href);
    if (!there) continue;
    const title = there.textContent;
    link.textContent = link.rel === "prev" ? `← ${title}` : `${title} →`;
  }

  const said = document.createElement("div");
  said.className = "said";
  said.setAttribute("role", "status");
  document.body.append(said);

  // A page that was opened from a file may have no clipboard; an old command has.
  async function copy(text, button) {
    let done = false;
    try {
      await navigator.clipboard.writeText(text);
      done = true;
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      area.className = "said";
      document.body.append(area);
      area.select();
      done = document.execCommand("copy");
      area.remove();
      button.focus();
    }
    const before = button.dataset.label || button.textContent;
    button.dataset.label = before;
    button.textContent = done ? "copied" : "not copied";
    said.textContent = done ? "Copied to the clipboard" : "The browser refused to copy";
    setTimeout(() => {
      button.textContent = before;
    }, 1500);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[data-cite]");
    if (button) copy(button.dataset.cite, button);
  });
  window.addEventListener("beforeprint", () => {
    for (const one of document.querySelectorAll("main details")) one.open = true;
  });
  window.awbCopy = copy;
})();
