// A visit filled in where there is no network: kept on this device, sent when there is one, deleted only after the
// platform has said that it kept it. One draft a case; pictures are made smaller before they are kept.
"use strict";
(() => {
  const form = document.getElementById("visit");
  if (!form || !("indexedDB" in window)) return;
  const box = document.getElementById("local");
  const list = document.getElementById("photos");
  const picker = document.getElementById("photo");
  const LONGEST = 1600;
  let pictures = [];
  let waiting = false;
  let finished = false;

  const say = (text, kind) => {
    box.hidden = false;
    box.className = `note-box ${kind || ""}`;
    box.querySelector("p").textContent = text;
  };

  // -- the drawer on this device ------------------------------------------------------------------------------
  const opened = new Promise((resolve, reject) => {
    const ask = indexedDB.open("minzheng-visits", 1);
    ask.onupgradeneeded = () => ask.result.createObjectStore("drafts", { keyPath: "case" });
    ask.onsuccess = () => resolve(ask.result);
    ask.onerror = () => reject(ask.error);
  });
  const drawer = async (mode, work) => {
    const store = (await opened).transaction("drafts", mode).objectStore("drafts");
    const ask = work(store);
    return new Promise((resolve, reject) => {
      ask.onsuccess = () => resolve(ask.result);
      ask.onerror = () => reject(ask.error);
    });
  };

  const fields = () => {
    const found = {};
    for (const [name, value] of new FormData(form)) {
      if (value instanceof File || name === "csrfmiddlewaretoken") continue;
      (found[name] = found[name] || []).push(value);
    }
    return found;
  };

  // -- pictures and signatures --------------------------------------------------------------------------------
  const smaller = async (file) => {
    try {
      const image = await createImageBitmap(file);
      const scale = Math.min(1, LONGEST / Math.max(image.width, image.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(image.width * scale);
      canvas.height = Math.round(image.height * scale);
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      return await new Promise((resolve) => canvas.toBlob((blob) => resolve(blob || file), "image/jpeg", 0.82));
    } catch {
      return file;
    }
  };
  const show = () => {
    list.replaceChildren(...pictures.map((one, at) => {
      const line = document.createElement("li");
      line.textContent = `照片 ${at + 1}（${Math.ceil(one.size / 1024)} KB）`;
      const drop = document.createElement("button");
      drop.type = "button";
      drop.className = "btn btn-quiet btn-sm";
      drop.textContent = "删除";
      drop.addEventListener("click", () => { pictures.splice(at, 1); show(); keep(); });
      line.append(drop);
      return line;
    }));
  };
  picker.addEventListener("change", async () => {
    for (const file of picker.files) pictures.push(await smaller(file));
    picker.value = "";
    show();
    keep();
  });

  const pads = [...document.querySelectorAll("[data-pad]")].map((pad) => {
    pad.hidden = false;
    const canvas = pad.querySelector("canvas");
    const pen = canvas.getContext("2d");
    let drawn = false;
    let down = false;
    const clear = () => { pen.fillStyle = "#fff"; pen.fillRect(0, 0, canvas.width, canvas.height); drawn = false; };
    const at = (event) => {
      const place = canvas.getBoundingClientRect();
      return [(event.clientX - place.left) * canvas.width / place.width, (event.clientY - place.top) * canvas.height / place.height];
    };
    clear();
    pen.lineWidth = 4;
    pen.lineCap = "round";
    pen.strokeStyle = "#10203a";
    canvas.addEventListener("pointerdown", (event) => { down = true; canvas.setPointerCapture(event.pointerId); pen.beginPath(); pen.moveTo(...at(event)); });
    canvas.addEventListener("pointermove", (event) => { if (down) { pen.lineTo(...at(event)); pen.stroke(); drawn = true; } });
    canvas.addEventListener("pointerup", () => { down = false; keep(); });
    pad.querySelector("[data-clear]").addEventListener("click", () => { clear(); keep(); });
    return {
      blob: () => drawn ? new Promise((resolve) => canvas.toBlob(resolve, "image/png")) : Promise.resolve(null),
      put: async (blob) => { const image = await createImageBitmap(blob); pen.drawImage(image, 0, 0); drawn = true; },
    };
  });
  document.querySelectorAll(".no-script-only").forEach((one) => { one.hidden = true; });

  // -- keeping and bringing back ------------------------------------------------------------------------------
  let timer = 0;
  let sending = false;
  const keepNow = async (queued) => {
    clearTimeout(timer);
    if (finished) return;
    const signatures = await Promise.all(pads.map((pad) => pad.blob()));
    await drawer("readwrite", (store) => store.put({
      case: form.dataset.case, fields: fields(), pictures, signatures, queued: queued || waiting, at: Date.now(),
    }));
    if (!waiting && !sending) say(`已保存在本机 ${new Date().toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" })}，还没有上传。`);
  };
  const keep = () => { clearTimeout(timer); timer = setTimeout(() => keepNow(false), 600); };
  form.addEventListener("input", keep);
  form.addEventListener("change", keep);

  const bringBack = async () => {
    const draft = await drawer("readonly", (store) => store.get(form.dataset.case));
    if (!draft) return;
    for (const [name, values] of Object.entries(draft.fields)) {
      const many = form.querySelectorAll(`[name="${CSS.escape(name)}"]`);
      many.forEach((one) => {
        if (one.type === "checkbox") one.checked = values.includes(one.value);
        else one.value = values[0];
      });
    }
    form.querySelectorAll("input[type=checkbox]").forEach((one) => { if (!(one.name in draft.fields)) one.checked = false; });
    pictures = draft.pictures || [];
    show();
    for (const [at, blob] of (draft.signatures || []).entries()) if (blob && pads[at]) await pads[at].put(blob);
    waiting = draft.queued;
    say(waiting ? "上次填写的已保存在本机，等待上传。" : "已取回保存在本机、还没有上传的内容。");
    if (waiting && navigator.onLine) send();
  };

  // -- sending ------------------------------------------------------------------------------------------------
  const send = async () => {
    if (sending) return;
    sending = true;
    const body = new FormData();
    for (const [name, values] of Object.entries(fields())) values.forEach((value) => body.append(name, value));
    body.append("csrfmiddlewaretoken", form.querySelector("[name=csrfmiddlewaretoken]").value);
    pictures.forEach((one, at) => body.append("photo", one, `photo-${at + 1}.jpg`));
    for (const [at, pad] of pads.entries()) {
      const blob = await pad.blob();
      if (blob) body.append("signature", blob, `signature-${at + 1}.png`);
    }
    try {
      say("正在上传……");
      const reply = await fetch(location.pathname, { method: "POST", body, headers: { Accept: "application/json" }, redirect: "error" });
      const told = (reply.headers.get("Content-Type") || "").includes("application/json") ? await reply.json() : null;
      if (told && told.state === "kept") {
        waiting = false;
        finished = true;
        clearTimeout(timer);
        await drawer("readwrite", (store) => store.delete(form.dataset.case));
        if (told.conflicts.length) {
          say(`已上传。与他人登记不一致的 ${told.conflicts.length} 项两边都保留了：${told.conflicts.join("、")}。请到办件页面处理。`, "amber");
          setTimeout(() => location.assign(told.case), 4000);
        } else {
          say("已上传。", "green");
          location.assign(told.case);
        }
      } else if (told && told.state === "refused") {
        waiting = false;
        await keepNow(false);
        say(`没有上传：${told.message} 内容仍保存在本机。`, "red");
      } else {
        say("没有上传：登录可能已过期。内容仍保存在本机，请重新登录后打开本页再上传。", "amber");
      }
    } catch {
      waiting = true;
      await keepNow(true);
      say("现在没有网络，已保存在本机，有网络以后自动上传。", "amber");
    } finally {
      sending = false;
    }
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    waiting = true;
    await keepNow(true);
    await send();
  });
  window.addEventListener("online", () => { if (waiting) send(); });
  bringBack();
  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/visit-worker.js", { scope: "/cases/" }).catch(() => undefined);
})();
