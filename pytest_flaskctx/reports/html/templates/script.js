// Without this script the page is whole: everything is there, and marks lead to their findings.
(() => {
  "use strict";
  const root = document.documentElement;
  const by = (id) => document.getElementById(id);
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const say = (text) => { by("said").textContent = text; };
  root.classList.add("js");
  for (const control of all(".control")) control.hidden = false;

  // Pictures: one test at a time.
  const scenes = all(".scene");
  const picker = by("scene");
  let unpacking;
  const drawings = async () => {
    const bytes = Uint8Array.from(atob(by("packed").textContent), (each) => each.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).json();
  };
  const draw = async (scene) => {
    const number = scene.dataset.packed;
    if (number === undefined) return;
    unpacking = unpacking || drawings();
    scene.querySelector(".canvas").innerHTML = (await unpacking)[number];
    delete scene.dataset.packed;
  };
  const showScene = (anchor) => {
    const at = Math.max(0, scenes.findIndex((scene) => scene.querySelector("figure").id === anchor));
    scenes.forEach((scene, number) => {
      scene.classList.toggle("current", number === at);
      if (number === at) scene.open = true;
    });
    // Where a browser cannot unpack it, what the picture says is there all the same.
    draw(scenes[at]).catch(() => {});
    if (picker) {
      by("more-scenes").open = true;
      picker.value = anchor;
      by("previous").disabled = at === 0;
      by("next").disabled = at === scenes.length - 1;
    }
  };
  const step = (way) => {
    const at = scenes.findIndex((scene) => scene.classList.contains("current")) + way;
    showScene(scenes[at].querySelector("figure").id);
    say(scenes[at].querySelector("h3").textContent);
  };
  if (scenes.length) showScene(scenes[0].querySelector("figure").id);
  if (picker) {
    picker.addEventListener("change", () => showScene(picker.value));
    by("previous").addEventListener("click", () => step(-1));
    by("next").addEventListener("click", () => step(1));
  }

  // Filters.
  const findings = all(".finding");
  const form = by("filters");
  const NAMES = ["rule", "file", "test", "status"];
  const texts = new Map();
  const textOf = (finding) => {
    if (!texts.has(finding)) texts.set(finding, finding.textContent.toLowerCase());
    return texts.get(finding);
  };
  const chosen = (name) => by(`filter-${name}`);
  const words = () => by("filter-text").value.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (finding, wanted, sought) =>
    wanted.every(([name, value]) => finding.dataset[name].split(" ").includes(value)) &&
    sought.every((word) => textOf(finding).includes(word));
  const filter = () => {
    const wanted = NAMES.map((name) => [name, chosen(name).value]).filter(([, value]) => value);
    const sought = words();
    let count = 0;
    for (const finding of findings) {
      finding.hidden = !fits(finding, wanted, sought);
      if (!finding.hidden) count += 1;
    }
    for (const section of all("section.findings")) {
      section.hidden = !section.querySelector(".finding:not([hidden])");
    }
    by("shown").textContent = count === findings.length
      ? `All ${count} findings`
      : `${count} of ${findings.length} findings`;
  };
  // The text of a choice stays the same from run to run, its number does not.
  const label = (option) => option.textContent.replace(/ \(\d+\)$/, "");
  const remember = () => {
    const state = new URLSearchParams();
    for (const name of NAMES) {
      const option = chosen(name).selectedOptions[0];
      if (option && option.value) state.set(name, label(option));
    }
    const text = by("filter-text").value.trim();
    if (text) state.set("text", text);
    try {
      history.replaceState(null, "", state.size ? `#?${state}` : location.pathname + location.search);
    } catch (error) {
      // A sandboxed frame may refuse it; the filter works all the same.
    }
  };
  const recall = () => {
    const state = new URLSearchParams(location.hash.slice(2));
    for (const name of NAMES) {
      const wanted = state.get(name);
      const option = [...chosen(name).options].find((each) => each.value && label(each) === wanted);
      chosen(name).value = option ? option.value : "";
    }
    by("filter-text").value = state.get("text") || "";
    filter();
  };
  const clear = () => {
    for (const name of NAMES) chosen(name).value = "";
    by("filter-text").value = "";
    filter();
    remember();
  };
  if (form) {
    let waiting = 0;
    by("filter-text").addEventListener("input", () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => { filter(); remember(); }, 120);
    });
    form.addEventListener("change", () => { filter(); remember(); });
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("reset", (event) => { event.preventDefault(); clear(); });
  }

  // Links to findings, pictures and rules.
  const reveal = (id, focus) => {
    const target = id && by(id);
    if (!target) return;
    const box = target.closest("details");
    if (box && box.classList.contains("scene")) showScene(id);
    if (box && box.hidden) clear();
    for (let each = box; each; each = each.parentElement.closest("details")) each.open = true;
    const summary = box && box.querySelector("summary");
    if (summary && focus) {
      if (box.classList.contains("scene")) {
        target.querySelector(".canvas").focus({ preventScroll: true });
        target.scrollIntoView({ block: "nearest" });
      } else {
        summary.focus({ preventScroll: true });
        summary.scrollIntoView({ block: "start" });
      }
    }
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#']");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const id = link.getAttribute("href").slice(1);
    if (id === "findings") return;
    event.preventDefault();
    try {
      history.pushState(null, "", `#${id}`);
    } catch (error) {
      // As above.
    }
    reveal(id, true);
  });
  const arrive = (focus) => {
    if (form && (location.hash.startsWith("#?") || !location.hash)) recall();
    else if (form) filter();
    if (location.hash && !location.hash.startsWith("#?")) reveal(location.hash.slice(1), focus);
  };
  addEventListener("hashchange", () => arrive(true));
  addEventListener("popstate", () => arrive(true));
  arrive(true);

  // Copying, where the browser lets us; else what is to be copied is selected.
  const select = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
  };
  const copy = async (node) => {
    try {
      await navigator.clipboard.writeText(node.textContent);
      return true;
    } catch (error) {
      select(node);
      return document.execCommand("copy");
    }
  };
  const addButton = (node) => {
    const box = document.createElement("div");
    box.className = "copyable";
    node.replaceWith(box);
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.addEventListener("click", async () => {
      const done = await copy(node).catch(() => false);
      button.textContent = done ? "Copied" : "Selected";
      say(done ? "Copied" : "Selected; copy it with the keyboard");
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    box.append(node, button);
  };
  const dress = (details) => {
    if (details.dataset.dressed) return;
    details.dataset.dressed = "yes";
    all(".copied", details).forEach(addButton);
    all(".fix", details).filter((fix) => !fix.querySelector("pre")).forEach((fix) => {
      fix.querySelectorAll("p").forEach(addButton);
    });
  };
  const boxes = all(".finding, .rule-page");
  for (const box of boxes) {
    box.addEventListener("toggle", () => { if (box.open) dress(box); });
    if (box.open) dress(box);
  }

  // Keys.
  addEventListener("keydown", (event) => {
    if (!form || event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.closest("input, select, textarea");
    if (event.key === "/" && !typing) {
      event.preventDefault();
      by("filter-text").focus();
    } else if (event.key === "Escape" && (form.contains(event.target) || !typing)) {
      clear();
    }
  });

  // Paper shows what is folded.
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = all("details:not([open])");
    for (const each of folded) each.open = true;
  });
  addEventListener("afterprint", () => {
    for (const each of folded) each.open = false;
    folded = [];
  });
})();
