// The reform desk better: sliders beside the numbers, the city priced again while they move, the address kept.
"use strict";
(() => {
  const form = document.querySelector("form[data-reform]");
  if (!form) return;
  const results = document.getElementById("results");
  const levers = [...form.querySelectorAll(".lever")];
  const number = (lever) => lever.querySelector("input[type=number]");
  const range = (lever) => lever.querySelector("[data-range]");
  const moved = (lever) => number(lever).value !== "" && Number(number(lever).value) !== Number(lever.dataset.base);

  const query = () => {
    const asked = new URLSearchParams();
    for (const lever of levers) {
      if (moved(lever)) asked.set(number(lever).name, number(lever).value);
    }
    for (const kept of form.querySelectorAll("input[type=hidden]")) asked.append(kept.name, kept.value);
    return asked.toString();
  };

  const warn = (lever, text) => {
    const note = lever.querySelector("[data-wrong]");
    note.textContent = text;
    note.hidden = !text;
    if (text) number(lever).setAttribute("aria-invalid", "true");
    else number(lever).removeAttribute("aria-invalid");
  };

  const show = (text) => {
    const answer = new DOMParser().parseFromString(text, "text/html");
    for (const part of answer.querySelectorAll("[data-part]")) {
      const place = document.querySelector(`[data-part="${part.dataset.part}"]`);
      if (place) place.innerHTML = part.innerHTML;
    }
    for (const lever of levers) {
      const wrong = answer.querySelector(`[data-wrong-for="${number(lever).name}"]`);
      warn(lever, wrong ? wrong.textContent : "");
    }
    casesLater(1500);
    document.dispatchEvent(new Event("charts:changed"));
  };

  // One question at a time: what moved meanwhile is asked when the answer is there.
  let asking = false;
  let again = false;
  const ask = async () => {
    if (asking) { again = true; return; }
    asking = true;
    results.setAttribute("aria-busy", "true");
    const asked = query();
    const address = form.getAttribute("action") + (asked ? `?${asked}` : "");
    try {
      const reply = await fetch(address, { headers: { "X-Reform-Part": "result" }, credentials: "same-origin" });
      const text = await reply.text();
      if (reply.ok && text.includes('data-part="figures"')) {
        show(text);
        history.replaceState(null, "", address);
      } else location.assign(address);
    } catch {
      for (const place of document.querySelectorAll('[data-part="figures"]')) {
        place.querySelector(".meta").textContent = "网络中断，数字没有更新。请稍后再移动一次。";
      }
    } finally {
      asking = false;
      results.setAttribute("aria-busy", "false");
      if (again) { again = false; ask(); }
    }
  };

  // Worked cases take some seconds: they are asked for when the hand has rested, and again until they are there.
  let casesSoon = 0;
  const askCases = async (address) => {
    const place = document.querySelector('[data-part="cases"]');
    const current = () => place && place.dataset.address === address;
    if (!current()) return;
    try {
      const reply = await fetch(address, { headers: { "X-Reform-Part": "cases" }, credentials: "same-origin" });
      if (!reply.ok || !current()) return;
      place.innerHTML = await reply.text();
      if (place.querySelector("[data-again]")) casesSoon = setTimeout(askCases, 1000, address);
    } catch { /* the link that stood there before leads to the same answer */ }
  };
  const casesLater = (wait) => {
    clearTimeout(casesSoon);
    const place = document.querySelector('[data-part="cases"]');
    const link = place && place.querySelector("[data-cases]");
    if (place) place.dataset.address = link ? link.dataset.cases : "";
    if (link) casesSoon = setTimeout(askCases, wait, link.dataset.cases);
  };
  casesLater(300);

  let soon = 0;
  const later = (wait) => { clearTimeout(soon); soon = setTimeout(ask, wait); };

  for (const lever of levers) {
    range(lever).addEventListener("input", () => {
      number(lever).value = range(lever).value;
      lever.classList.toggle("moved", moved(lever));
      later(30);
    });
    number(lever).addEventListener("input", () => {
      range(lever).value = number(lever).value;
      lever.classList.toggle("moved", moved(lever));
      if (number(lever).validity.valid) { warn(lever, ""); later(350); }
    });
    number(lever).addEventListener("change", () => later(0));
  }
  form.addEventListener("submit", (event) => { event.preventDefault(); later(0); });
  form.noValidate = true;

  const copy = document.querySelector("[data-copy-link]");
  if (copy && navigator.clipboard) {
    copy.hidden = false;
    copy.addEventListener("click", async () => {
      await navigator.clipboard.writeText(location.href);
      const said = copy.lastChild.textContent;
      copy.lastChild.textContent = "已复制";
      setTimeout(() => { copy.lastChild.textContent = said; }, 1600);
    });
  }
})();
