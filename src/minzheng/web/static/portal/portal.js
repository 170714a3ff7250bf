/* Residents' pages work without this file. It reads a page aloud where the phone can. */
"use strict";
(() => {
  const bar = document.querySelector(".top .in");
  const main = document.querySelector("main");
  if (!bar || !main || !("speechSynthesis" in window)) return;
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "朗读";
  button.setAttribute("aria-pressed", "false");
  const stop = () => { speechSynthesis.cancel(); button.textContent = "朗读"; button.setAttribute("aria-pressed", "false"); };
  button.addEventListener("click", () => {
    if (speechSynthesis.speaking) { stop(); return; }
    const words = new SpeechSynthesisUtterance(main.innerText);
    words.lang = "zh-CN";
    words.onend = stop;
    button.textContent = "停止朗读";
    button.setAttribute("aria-pressed", "true");
    speechSynthesis.speak(words);
  });
  addEventListener("pagehide", () => speechSynthesis.cancel());
  bar.append(button);
})();
