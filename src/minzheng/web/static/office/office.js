// What the office does better with script: keys, row arrows, menu width, closing pop-ups. Nothing depends on it.
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.remove("no-js");

  const remember = (name, value) => {
    document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax`;
  };
  const typing = (element) => element.closest("input, select, textarea, [contenteditable]");

  document.addEventListener("DOMContentLoaded", () => {
    const narrow = document.querySelector("[data-narrow]");
    if (narrow) {
      narrow.hidden = false;
      narrow.addEventListener("click", () => {
        const next = root.dataset.menu === "narrow" ? "wide" : "narrow";
        root.dataset.menu = next;
        remember("minzheng_menu", next);
        window.dispatchEvent(new Event("resize"));
      });
    }
    for (const form of document.querySelectorAll("form[data-at-once]")) {
      form.addEventListener("change", () => form.requestSubmit());
    }
    for (const button of document.querySelectorAll("[data-print]")) {
      button.hidden = false;
      button.addEventListener("click", () => window.print());
    }
    for (const button of document.querySelectorAll("[data-unfold]")) {
      button.hidden = false;
      button.addEventListener("click", () => {
        const all = document.querySelectorAll(`${button.dataset.unfold} details`);
        const open = ![...all].every((one) => one.open);
        all.forEach((one) => { one.open = open; });
      });
    }
    openTarget();
  });
  const openTarget = () => {
    const target = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.tagName === "DETAILS") target.open = true;
  };
  window.addEventListener("hashchange", openTarget);

  document.addEventListener("click", (event) => {
    for (const open of document.querySelectorAll("details.pop[open], details.who[open]")) {
      if (!open.contains(event.target)) open.open = false;
    }
  });

  // A clause opens wherever it is clicked, not at its small word alone.
  document.addEventListener("click", (event) => {
    const line = event.target.closest(".tree .row1");
    if (!line || event.target.closest("a, abbr") || String(getSelection())) return;
    const below = line.nextElementSibling;
    if (below && below.tagName === "DETAILS") below.open = !below.open;
  });

  // What scrolls sideways can be scrolled with the arrows.
  const reachable = () => {
    for (const box of document.querySelectorAll(".table-wrap")) {
      const scrolls = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
      if (scrolls) {
        box.tabIndex = 0;
        box.setAttribute("role", "region");
        box.setAttribute("aria-label", box.closest("section")?.querySelector("h2")?.textContent || "表格");
      } else {
        box.removeAttribute("tabindex");
      }
    }
  };
  for (const event of ["DOMContentLoaded", "htmx:afterSettle"]) document.addEventListener(event, reachable);
  window.addEventListener("resize", reachable);
  document.addEventListener("toggle", reachable, true);

  const rowLink = (row) => row && row.querySelector("a, button");
  const walkRows = (from, step) => {
    const row = from.closest("tr");
    let next = row;
    do { next = step > 0 ? next.nextElementSibling : next.previousElementSibling; } while (next && !rowLink(next));
    if (next) rowLink(next).focus();
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const dialog = document.getElementById("keys");
    if (event.key === "Escape") {
      for (const open of document.querySelectorAll("details.pop[open], details.who[open]")) {
        open.open = false;
        open.querySelector("summary").focus();
      }
      if (typing(event.target)) event.target.blur();
      return;
    }
    if (typing(event.target)) return;
    if (event.key === "/") {
      const search = document.querySelector(".find input[name=q]");
      if (search) { event.preventDefault(); search.focus(); }
    } else if (event.key === "?" && dialog) {
      event.preventDefault();
      dialog.showModal();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (event.target.closest("table.list tbody")) {
        event.preventDefault();
        walkRows(event.target, event.key === "ArrowDown" ? 1 : -1);
      }
    } else if (event.key === "j") {
      const first = [...document.querySelectorAll("main table.list tbody tr")].map(rowLink).find(Boolean);
      if (first) first.focus();
    } else if (event.key === "[" || event.key === "]") {
      const page = document.querySelector(event.key === "[" ? ".pager [rel=prev]" : ".pager [rel=next]");
      if (page) page.click();
    }
  });
})();
