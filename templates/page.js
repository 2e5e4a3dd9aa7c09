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
    const { count, first, links, fields } = JSON.parse(box.querySelector(".graph").textContent);
    const said = box.querySelector(".said"), cells = all("[data-k]", box);
    const canvases = all("canvas", box), areas = fields.map((field, k) => area(canvases[k], field));
    const lit = new Uint8Array(count); // 1 computed from it, 3 from it by way of others; 2 and 4 into; 5 the entry
    let now = -1, reads = null, used = null;

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
    const kinds = [[], ["source"], ["target"], ["source", "far"], ["target", "far"], ["me"]];
    const paint = () => {
      cells.forEach((cell, k) => {
        for (const element of [cell, ...drawn[k]]) {
          element.classList.remove("me", "source", "target", "far");
          element.classList.add(...kinds[lit[k]]);
        }
      });
      for (const part of areas) part.paint(lit);
    };
    const clear = () => {
      now = -1;
      lit.fill(0);
      paint();
    };
    const show = (k) => {
      if (k === now) return;
      reads ??= neighbours(count, links, true);
      used ??= neighbours(count, links, false);
      lit.fill(0);
      for (const [kind, next] of [[1, reads], [2, used]]) {
        for (const at of reached(k, next, count)) lit[at] = kind + 2;
        for (const at of next(k)) lit[at] = kind;
      }
      lit[k] = 5;
      now = k;
      paint();
      const from = reads(k).length ? `${box.dataset.from} ${names(reads(k))}` : box.dataset.given;
      const into = used(k).length ? `${box.dataset.into} ${names(used(k))}` : box.dataset.end;
      const value = areas.find((part) => part.has(k))?.value(k) ?? "";
      said.textContent = `${names([k])}${value}: ${from}; ${into}`;
    };
    const names = (numbers) => {
      const sorted = [...new Set(numbers)].sort((a, b) => a - b);
      if (cells.length) return sorted.map((k) => cells[k].dataset.name).join(", ");
      const parts = areas.map((part) => part.names(sorted.filter(part.has), first));
      return parts.filter(Boolean).join(", ");
    };

    for (const grid of all(".cells", box)) {
      const own = all("button", grid), columns = Number(getComputedStyle(grid).getPropertyValue("--columns"));
      own.forEach((cell, at) => {
        cell.tabIndex = at ? -1 : 0;
        cell.addEventListener("mouseenter", () => show(Number(cell.dataset.k)));
        cell.addEventListener("focus", () => show(Number(cell.dataset.k)));
        cell.addEventListener("keydown", (event) => {
          const next = own[at + moved(event, columns)];
          if (!next || next === cell) return;
          event.preventDefault();
          cell.tabIndex = -1;
          next.tabIndex = 0;
          next.focus();
        });
      });
    }
    box.hidden = false;
    for (const part of areas) {
      part.lay(box.clientWidth);
      part.listen(show);
    }
    paint();
    matchMedia("(prefers-color-scheme:dark)").addEventListener("change", paint);
  }

  function moved(event, columns) {
    return { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key] ?? 0;
  }

  // For every entry those it is computed from, or those computed from it. A link's factors are pairs of parts, of the
  // entry written and of the one read: one pair of each adds up to such two entries.
  function neighbours(count, links, sources) {
    const each = (visit) => {
      for (const [to, from, factors] of links) {
        const walk = (k, written, read) => {
          if (k === factors.length) return sources ? visit(written, read) : visit(read, written);
          for (let p = 0; p < factors[k].length; p += 2) walk(k + 1, written + factors[k][p], read + factors[k][p + 1]);
        };
        walk(0, to, from);
      }
    };
    const start = new Int32Array(count + 1);
    each((k) => start[k + 1]++);
    for (let k = 0; k < count; k++) start[k + 1] += start[k];
    const found = new Int32Array(start[count]), free = start.slice();
    each((k, other) => {
      found[free[k]++] = other;
    });
    return (k) => found.subarray(start[k], start[k + 1]);
  }

  function reached(k, next, count) {
    const seen = new Uint8Array(count), found = [k];
    for (let at = 0; at < found.length; at++) {
      for (const further of next(found[at])) {
        if (!seen[further]) found.push(further);
        seen[further] = 1;
      }
    }
    return found.slice(1);
  }

  // A tensor too large to be listed: one square for a number, the darker the larger; tables of the last two axes lie
  // side by side, a single axis goes on in a new row.
  function area(canvas, { begin, shape, digits, numbers }) {
    const columns = shape.length > 1 ? shape.at(-1) : Math.min(numbers.length, 40);
    const rows = shape.length > 1 ? shape.at(-2) : Math.ceil(numbers.length / columns);
    const tables = shape.length > 1 ? numbers.length / (rows * columns) : 1;
    const size = numbers.length > 20000 ? 2 : numbers.length > 1000 ? 4 : numbers.length > 100 ? 6 : 12; // pixels
    const [least, most] = numbers.reduce(([a, b], x) => [Math.min(a, x), Math.max(b, x)], [Infinity, -Infinity]);
    const label = canvas.getAttribute("aria-label"), paper = canvas.getContext("2d");
    let across = 1, at = 0;

    const square = (k) => {
      const table = Math.floor(k / (rows * columns)), inside = k % (rows * columns);
      const x = (table % across) * (columns + 1) + (inside % columns);
      return [x, Math.floor(table / across) * (rows + 1) + Math.floor(inside / columns)];
    };
    const under = ({ offsetX, offsetY }) => {
      const x = Math.floor(offsetX / size), y = Math.floor(offsetY / size);
      const column = x % (columns + 1), row = y % (rows + 1);
      const table = Math.floor(y / (rows + 1)) * across + Math.floor(x / (columns + 1));
      const k = (table * rows + row) * columns + column;
      return column < columns && row < rows && k < numbers.length ? k : -1;
    };
    const has = (k) => k >= begin && k < begin + numbers.length;
    const place = (k) => shape.reduceRight(([rest, found], n) => [Math.floor(rest / n), [rest % n, ...found]], [k, []])[1];
    const colour = (name) => {
      paper.fillStyle = getComputedStyle(canvas).getPropertyValue(name);
      return [1, 3, 5].map((from) => parseInt(paper.fillStyle.slice(from, from + 2), 16));
    };
    const mixed = (a, b, part) => a.map((x, k) => x + (b[k] - x) * part);

    return {
      has,
      value(k) {
        const number = numbers[k - begin] / 10 ** digits;
        const text = digits > 8 ? number.toExponential(3) : number.toFixed(digits);
        return ` = ${text.replaceAll("-", "\u2212")}`;
      },
      names(entries, first) {
        if (!entries.length) return "";
        const places = entries.map((k) => place(k - begin));
        const spans = shape.map((_, axis) => {
          const all = places.map((index) => index[axis] + first);
          const [low, high] = all.reduce(([a, b], x) => [Math.min(a, x), Math.max(b, x)], [all[0], all[0]]);
          return low === high ? low : `${low}\u2013${high}`;
        });
        const name = shape.length ? `${label}[${spans.join(", ")}]` : label;
        return entries.length > 1 ? `${name} (${entries.length})` : name;
      },
      lay(width) {
        across = Math.max(1, Math.min(tables, Math.floor(width / size / (columns + 1))));
        const group = shape.length > 3 ? shape.at(-3) : 1;
        if (across > group) across -= across % group;
        canvas.width = across * (columns + 1) - 1;
        canvas.height = Math.ceil(tables / across) * (rows + 1) - 1;
        canvas.style.width = `${canvas.width * size}px`;
      },
      paint(lit) {
        const [ground, ink, now, grad] = ["--paper", "--ink", "--now", "--grad"].map(colour);
        const image = paper.createImageData(canvas.width, canvas.height);
        numbers.forEach((number, k) => {
          const kind = lit[begin + k], tone = mixed(ground, ink, 0.06 + (0.5 * (number - least)) / (most - least || 1));
          const shown = kind === 5 ? ink : kind ? mixed(tone, kind % 2 ? now : grad, kind < 3 ? 0.8 : 0.4) : tone;
          const [x, y] = square(k);
          image.data.set([...shown, 255], 4 * (y * canvas.width + x));
        });
        paper.putImageData(image, 0, 0);
      },
      listen(show) {
        const go = (k) => {
          if (k < 0 || k >= numbers.length) return;
          at = k;
          show(begin + k);
        };
        for (const kind of ["mousemove", "pointerdown"]) canvas.addEventListener(kind, (event) => go(under(event)));
        canvas.addEventListener("focus", () => go(at));
        canvas.addEventListener("keydown", (event) => {
          const step = moved(event, columns);
          if (step) event.preventDefault();
          if (step) go(at + step);
        });
      },
    };
  }

  // A formula too wide for its place can be reached and scrolled by keyboard, and fades where it is cut.
  const boxes = all(".rhs, .scroll, .stage, .wide, .tensor");
  const fade = (box) => {
    const hidden = box.scrollWidth - box.clientWidth;
    if (hidden > 1) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
    box.classList.toggle("cut", hidden > 1 && box.scrollLeft < hidden - 1);
    box.classList.toggle("begun", hidden > 1 && box.scrollLeft > 1);
  };
  const watch = new ResizeObserver((entries) => entries.forEach(({ target }) => fade(target)));
  for (const box of boxes) {
    watch.observe(box);
    box.addEventListener("scroll", () => fade(box), { passive: true });
  }
  document.fonts.ready.then(() => boxes.forEach(fade));

  // Where we are, in the contents; where these are longer than the window, they come along.
  const contents = document.querySelector(".toc");
  const links = new Map(all(".toc a").map((link) => [link.hash.slice(1), link]));
  const seen = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) links.get(target.id)?.classList.toggle("here", isIntersecting);
      const here = [...links.values()].filter((link) => link.classList.contains("here")).at(-1);
      if (here) contents.scrollTop = here.offsetTop - contents.clientHeight / 2;
    },
    { rootMargin: "-15% 0px -75% 0px" },
  );
  for (const section of all("section[id]")) seen.observe(section);
  if (!matchMedia("(min-width:84rem)").matches) document.querySelector(".toc details").open = false;
})();
