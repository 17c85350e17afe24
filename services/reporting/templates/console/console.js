// Everything can be read without this: it opens and closes all of a tree at once, opens what an address asks for, and says what
// goes on beyond the screen.
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
// A box that is wider than the screen says so.
const measure = () => {
  for (const box of document.querySelectorAll(".scroll")) {
    const wide = box.scrollWidth > box.clientWidth + 1;
    box.classList.toggle("wide", wide);
    // What does not scroll is no stop on the way through the page.
    if (wide) box.tabIndex = 0; else box.removeAttribute("tabindex");
    const hint = box.previousElementSibling?.classList.contains("hint") ? box.previousElementSibling : null;
    if (wide && !hint) {
      const told = document.createElement("p");
      told.className = "hint";
      told.textContent = box.querySelector("table") ? "← 表格较宽，可左右滑动查看其余各列 →" : "← 图较宽，可左右滑动查看其余部分 →";
      box.before(told);
    } else if (!wide && hint) hint.remove();
  }
};
measure();
window.addEventListener("resize", measure);
document.addEventListener("toggle", measure, true);
const reveal = () => {
  let at = location.hash ? document.getElementById(decodeURIComponent(location.hash.slice(1))) : null;
  for (; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
};
window.addEventListener("hashchange", reveal);
reveal();
