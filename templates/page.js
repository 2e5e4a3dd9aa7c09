"use strict";
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const made = (tag, given, ...inside) => {
    const element = Object.assign(document.createElement(tag), given);
    element.append(...inside);
    return element;
  };
  const words = document.querySelector("main").dataset;

  // The window: what glides is moved, of what belongs to one place only that place is shown.
  for (const slider of all(".slider")) {
    const range = slider.querySelector("input");
    const places = all(".place", slider), sums = all(".sum", slider), gliding = all(".glide", slider);
    const steps = gliding[0].dataset.steps.split(" ").map((pair) => pair.split(","));
    const show = (k) => {
      range.value = k;
      range.setAttribute("aria-valuetext", sums[k].dataset.name);
      for (const group of gliding) group.style.transform = `translate(${steps[k][0]}px,${steps[k][1]}px)`;
      for (const parts of [places, sums]) parts.forEach((part, at) => part.classList.toggle("shown", at === k));
      slider.querySelector(".back").disabled = k === 0;
      slider.querySelector(".on").disabled = k === places.length - 1;
    };
    range.addEventListener("input", () => show(Number(range.value)));
    slider.querySelector(".back").addEventListener("click", () => show(Number(range.value) - 1));
    slider.querySelector(".on").addEventListener("click", () => show(Number(range.value) + 1));
    slider.hidden = false;
    slider.classList.add("moving");
    show(0);
  }

  // Derivations: the lines between the first and the last fold away.
  const folds = [];
  for (const chain of all(".chain:not(.small,.sum)")) {
    let first = null, group = [];
    for (const line of [...all(":scope > .line", chain), null]) {
      if (line && line.classList.contains("inner")) {
        group.push(line);
        continue;
      }
      if (group.length > 1) folds.push(folding(first, group));
      if (line && line.querySelector(".lhs").children.length) first = line;
      group = [];
    }
  }
  function folding(first, lines) {
    const button = made("button", { type: "button", className: "fold" });
    const row = made("div", { className: "foldrow", hidden: true, textContent: `\u22ee ${lines.length}` });
    first.querySelector(".lhs").prepend(button);
    lines[0].before(row);
    const set = (folded) => {
      for (const line of lines) line.classList.toggle("folded", folded);
      row.hidden = !folded;
      button.setAttribute("aria-expanded", String(!folded));
      button.setAttribute("aria-label", folded ? words.unfold : words.fold);
      button.title = folded ? words.unfold : words.fold;
      button.textContent = folded ? "+" : "\u2212";
    };
    button.addEventListener("click", () => set(button.getAttribute("aria-expanded") === "true"));
    set(false);
    return set;
  }
  if (folds.length) {
    const button = made("button", { type: "button", className: "fold all", textContent: words.foldAll });
    let folded = false;
    button.addEventListener("click", () => {
      folded = !folded;
      for (const set of folds) set(folded);
      button.textContent = folded ? words.unfoldAll : words.foldAll;
    });
    document.querySelector("main > header").append(made("div", { className: "tools" }, button));
  }

  // Ways to do one thing: tabs, moved with the arrow keys.
  for (const box of all(".switch")) {
    const steps = all(":scope > .step", box);
    const tabs = steps.map((step) => {
      const tab = made("button", { type: "button", role: "tab", id: `tab-${step.id}` });
      tab.append(...step.querySelector("h3 > span").cloneNode(true).childNodes);
      tab.setAttribute("aria-controls", step.id);
      step.setAttribute("role", "tabpanel");
      step.setAttribute("aria-labelledby", tab.id);
      return tab;
    });
    const choose = (k) => {
      tabs.forEach((tab, at) => {
        tab.setAttribute("aria-selected", String(at === k));
        tab.tabIndex = at === k ? 0 : -1;
        steps[at].hidden = at !== k;
      });
    };
    tabs.forEach((tab, k) => {
      tab.addEventListener("click", () => choose(k));
      tab.addEventListener("keydown", (event) => {
        const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        if (!move) return;
        const next = (k + move + tabs.length) % tabs.length;
        choose(next);
        tabs[next].focus();
      });
    });
    const list = made("div", { className: "tabs", role: "tablist" }, ...tabs);
    list.setAttribute("aria-label", box.dataset.label);
    box.prepend(list);
    box.classList.add("tabbed");
    choose(0);
    const reveal = () => {
      const k = steps.findIndex((step) => `#${step.id}` === location.hash);
      if (k >= 0) choose(k);
      if (k >= 0) list.scrollIntoView();
    };
    addEventListener("hashchange", reveal);
    reveal();
    // the same index everywhere
    for (const index of all(".ix", box)) {
      const same = all(`.${index.classList[1]}`, box);
      index.addEventListener("mouseenter", () => same.forEach((x) => x.classList.add("lit")));
      index.addEventListener("mouseleave", () => same.forEach((x) => x.classList.remove("lit")));
    }
  }

  // What depends on what: the derivation's index maps say what every entry is computed from.
  for (const box of all(".explorer")) {
    const reads = JSON.parse(box.querySelector(".reads").textContent);
    const used = reads.map(() => []);
    reads.forEach((sources, k) => sources.forEach((source) => used[source].push(k)));
    const cells = all("[data-k]", box), said = box.querySelector(".said");
    const reached = (k, next) => {
      const found = new Set(), open = [...next[k]];
      while (open.length) {
        const at = open.pop();
        if (found.has(at)) continue;
        found.add(at);
        open.push(...next[at]);
      }
      return found;
    };
    const names = (numbers) => numbers.map((k) => cells[k].dataset.name).join(", ");
    // the same entries in the figures
    const drawn = cells.map(() => []);
    for (const grid of all("[data-grid]", box)) {
      all("[data-k]", grid).forEach((cell, at) => {
        const k = Number(cell.dataset.k), name = CSS.escape(grid.dataset.grid);
        drawn[k] = all(`path[data-grid="${name}"][data-cell="${at}"]`);
        for (const path of drawn[k]) {
          path.addEventListener("mouseenter", () => show(k));
          path.addEventListener("mouseleave", () => clear());
        }
      });
    }
    const mark = (k, ...kinds) => [cells[k], ...drawn[k]].forEach((cell) => cell.classList.add(...kinds));
    const clear = () =>
      [...cells, ...drawn.flat()].forEach((cell) => cell.classList.remove("me", "source", "target", "far"));
    const show = (k) => {
      clear();
      mark(k, "me");
      for (const [kind, next] of [["source", reads], ["target", used]]) {
        for (const at of reached(k, next)) {
          if (at === k) continue;
          mark(at, kind, ...(next[k].includes(at) ? [] : ["far"]));
        }
      }
      const from = reads[k].length ? `${box.dataset.from} ${names(reads[k])}` : box.dataset.given;
      const into = used[k].length ? `${box.dataset.into} ${names(used[k])}` : box.dataset.end;
      said.textContent = `${names([k])}: ${from}; ${into}`;
    };
    for (const grid of all(".cells", box)) {
      const own = all("button", grid), columns = Number(getComputedStyle(grid).getPropertyValue("--columns"));
      own.forEach((cell, at) => {
        cell.tabIndex = at ? -1 : 0;
        cell.addEventListener("mouseenter", () => show(Number(cell.dataset.k)));
        cell.addEventListener("focus", () => show(Number(cell.dataset.k)));
        cell.addEventListener("keydown", (event) => {
          const move = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
          const next = own[at + move];
          if (!next) return;
          event.preventDefault();
          cell.tabIndex = -1;
          next.tabIndex = 0;
          next.focus();
        });
      });
    }
    box.hidden = false;
  }

  // A formula too wide for its place can be reached and scrolled by keyboard.
  const watch = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth + 1) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  for (const box of all(".rhs, .scroll, .stage, .wide, .tensor")) watch.observe(box);

  // Where we are, in the contents.
  const links = new Map(all(".toc a").map((link) => [link.hash.slice(1), link]));
  const seen = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) links.get(target.id)?.classList.toggle("here", isIntersecting);
    },
    { rootMargin: "-15% 0px -75% 0px" },
  );
  for (const section of all("section[id]")) seen.observe(section);
  if (!matchMedia("(min-width:84rem)").matches) document.querySelector(".toc details").open = false;
})();
