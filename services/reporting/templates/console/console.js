// Everything can be read without this: it opens and closes all of a tree at once, and opens what an address or a printer asks for.
"use strict";
for (const tree of document.querySelectorAll(".tree")) {
  const all = tree.querySelectorAll("details");
  if (all.length === 0) continue;
  const bar = document.createElement("p");
  bar.className = "tools";
  for (const [text, open] of [["全部展开", true], ["全部收起", false]]) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.addEventListener("click", () => all.forEach((details) => { details.open = open; }));
    bar.append(button);
  }
  tree.before(bar);
}
const reveal = () => {
  let at = location.hash ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
  for (; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
};
window.addEventListener("hashchange", reveal);
reveal();
