"use strict";
(() => {
  const box = document.querySelector(".score"), words = box.dataset;
  const fields = [...document.querySelectorAll("input.answer")];
  const rings = ["abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"];
  // the same way there and back: 13 letters on, 5 digits on
  const turned = (sign) => {
    const ring = rings.find((signs) => signs.includes(sign));
    return ring ? ring[(ring.indexOf(sign) + ring.length / 2) % ring.length] : sign;
  };
  const key = JSON.parse([...document.querySelector(".key").textContent].map(turned).join(""));
{% include "reader.js" %}
  const { read, isBlank } = reader({{ reader }});

  // Of several mistakes that give this number the one that gives the tensor's other wrong numbers as well.
  function mistake(k, given) {
    const of = (n, typed) => key.wrong[n].filter(([number]) => judged(typed, number, key.slack[n])).map(([, said]) => said);
    const found = of(k, given);
    const others = fields.map((field, n) => [n, read(field.value)]);
    const wrong = others.filter(([n, typed]) => n !== k && typed && key.tensor[n] >= 0 && key.tensor[n] === key.tensor[k]
      && !judged(typed, key.right[n], key.slack[n]));
    const all = found.filter((said) => wrong.every(([n, typed]) => of(n, typed).includes(said)));
    return (all.length ? all : found).map((said) => key.said[said])[0];
  }
  function verdict(k) {
    if (isBlank(fields[k].value)) return ["", ""];
    const given = read(fields[k].value), right = key.right[k], slack = key.slack[k];
    if (!given) return ["off", words.odd];
    const how = judged(given, right, slack);
    if (how) return ["right", how === "cut" ? words.cut : ""];
    const said = mistake(k, given);
    if (said) return ["off", words.mistake.replace("%", said)];
    if (slack && given.decimals === 1 && Math.abs(given.value - right) <= 0.05) return ["near", words.more];
    return ["off", right && judged(given, -right, slack) ? words.sign : words.wrong];
  }
  // of each field, what is said below its line
  const said = fields.map(() => "");
  function show(k) {
    const [kind, text] = verdict(k), field = fields[k], line = field.closest(".line");
    said[k] = text;
    field.classList.remove("right", "near", "off");
    if (kind) field.classList.add(kind);
    if (text && kind !== "right") field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
    let below = line.querySelector(".verdict");
    if (!below && text) {
      below = Object.assign(document.createElement("div"), { className: "verdict" });
      below.setAttribute("role", "status");
      line.append(below);
    }
    // what was typed last has the word, else the first field of the line that is not right yet
    if (below) below.textContent = text || fields.map((each, n) => (line.contains(each) ? said[n] : "")).find(Boolean) || "";
    count();
  }
  function count() {
    const right = fields.filter((each) => each.classList.contains("right")).length;
    box.textContent = words.count.replace("%1", right).replace("%2", fields.length);
    box.classList.toggle("whole", right === fields.length);
  }
  // What was typed is there again when the page is.
  const kept = "symconv " + location.pathname;
  const keep = () => {
    try { localStorage.setItem(kept, JSON.stringify(fields.map((field) => field.value))); } catch { /* not allowed */ }
  };
  try {
    const values = JSON.parse(localStorage.getItem(kept)) || [];
    if (values.length === fields.length) fields.forEach((field, k) => { field.value ||= values[k]; });
  } catch { /* not allowed, or somebody else's */ }
  fields.forEach((field, k) => {
    Object.assign(field, { autocomplete: "off", spellcheck: false });
    field.addEventListener("change", () => { show(k); keep(); });
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      // leaving a field checks it
      (fields[k + 1] || field).focus();
      if (k + 1 === fields.length) show(k);
    });
    if (field.value) show(k);
  });
  count();
  box.hidden = false;
})();
