// Colours of code: comments, strings, attributes, keywords, numbers. mdBook's own knows two
// hundred languages in a file as large as all chapters of a part; these are written in three.
"use strict";

const hljs = (function () {
  const WORDS =
    "as async await break const continue crate dyn else enum extern false fn for if impl in " +
    "let loop match mod move mut pub ref return self Self static struct super trait true type unsafe use where while";
  const STRING = String.raw`b?r?#?"(?:\\.|[^"\\])*"#?|'(?:\\.|[^'\\])'`;
  const NUMBER = String.raw`\b\d[\d_]*(?:\.\d+)?(?:[a-z]\w*)?\b`;
  const rust = [
    ["comment", String.raw`\/\/[^\n]*|\/\*[\s\S]*?\*\/`],
    ["string", STRING],
    ["meta", String.raw`#!?\[[^\]\n]*\]`],
    ["keyword", `\\b(?:${WORDS.replaceAll(" ", "|")})\\b`],
    ["number", NUMBER],
  ];
  const other = [
    ["comment", String.raw`(?<=^|\s)#[^\n]*`],
    ["string", STRING],
    ["number", NUMBER],
  ];
  const kinds = {
    rust,
    rs: rust,
    toml: other,
    sh: other,
    bash: other,
    console: other,
    shell: other,
  };

  function highlightBlock(block) {
    const language = [...block.classList]
      .map((name) => name.replace("language-", ""))
      .find((name) => kinds[name]);
    if (!language) return;
    const kind = kinds[language];
    const pattern = new RegExp(kind.map(([, part]) => `(${part})`).join("|"), "gm");
    const parts = [];
    const text = block.textContent;
    let last = 0;
    for (const match of text.matchAll(pattern)) {
      const at = match.slice(1).findIndex((group) => group !== undefined);
      const span = document.createElement("span");
      span.className = `hljs-${kind[at][0]}`;
      span.textContent = match[0];
      parts.push(text.slice(last, match.index), span);
      last = match.index + match[0].length;
    }
    block.replaceChildren(...parts, text.slice(last));
  }
  return { configure() {}, highlightBlock };
})();
