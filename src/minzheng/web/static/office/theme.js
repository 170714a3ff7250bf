// Runs before the page is drawn: says that script works, and follows the system's light or dark.
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.remove("no-js");
  if (root.dataset.theme !== "auto") return;
  const dark = window.matchMedia("(prefers-color-scheme: dark)");
  const follow = () => { root.dataset.bsTheme = dark.matches ? "dark" : "light"; };
  follow();
  dark.addEventListener("change", follow);
})();
