"use strict";
(() => {
  const box = document.querySelector(".score"), words = box.dataset;
  const fields = [...document.querySelectorAll("input.answer")];
  const rings = ["abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789"];
  const turned = (sign) => { // the same way there and back: 13 letters on, 5 digits on
    const ring = rings.find((signs) => signs.includes(sign));
    return ring ? ring[(ring.indexOf(sign) + ring.length / 2) % ring.length] : sign;
  };
  const key = JSON.parse([...document.querySelector(".key").textContent].map(turned).join(""));
  const SLACK = 2e-4; // what is lost where four decimals are carried

  // A number as it was typed: its value and its decimals; a fraction and an integer stand for themselves.
  function read(text) {
    const plain = text.trim().replace(/[\u2212\u2013]/g, "-").replace(",", ".").replace(/\s+/g, "");
    const fraction = /^([+-]?\d{1,15})\/(\d{1,15})$/.exec(plain);
    if (fraction && Number(fraction[2])) return { value: fraction[1] / fraction[2], decimals: 9 };
    const decimal = /^[+-]?(?:\d{1,15}(?:\.(\d{0,15}))?|\.(\d{1,15}))$/.exec(plain);
    return decimal ? { value: Number(plain), decimals: (decimal[1] || decimal[2] || "").length } : null;
  }
  const rounds = (given, number, slack) => Math.abs(given.value - number) <= 0.5 * 10 ** -given.decimals + slack;
  function meets(given, number, exact) {
    const slack = exact ? 1e-9 : SLACK * Math.max(1, Math.abs(number));
    return Math.abs(given.value - number) <= slack || (given.decimals > 1 && rounds(given, number, slack));
  }

  // Of several mistakes that give this number the one that gives the tensor's other wrong numbers as well.
  function mistake(k, given) {
    const of = (n, typed) => key.wrong[n].filter(([number]) => meets(typed, number, key.exact[n])).map(([, said]) => said);
    const found = of(k, given);
    const others = fields.map((field, n) => [n, read(field.value)]);
    const wrong = others.filter(([n, typed]) => n !== k && typed && key.tensor[n] >= 0 && key.tensor[n] === key.tensor[k]
      && !meets(typed, key.right[n], key.exact[n]));
    const all = found.filter((said) => wrong.every(([n, typed]) => of(n, typed).includes(said)));
    return (all.length ? all : found).map((said) => key.said[said])[0];
  }
  function verdict(k) {
    if (!fields[k].value.trim()) return ["", ""];
    const given = read(fields[k].value), right = key.right[k], exact = key.exact[k];
    if (!given) return ["off", words.odd];
    if (meets(given, right, exact)) return ["right", ""];
    const said = mistake(k, given);
    if (said) return ["off", words.mistake.replace("%", said)];
    if (!exact && given.decimals === 1 && rounds(given, right, 0)) return ["near", words.more];
    return ["off", right && meets(given, -right, exact) ? words.sign : words.wrong];
  }
  function show(k) {
    const [kind, said] = verdict(k), field = fields[k], line = field.closest(".line");
    field.classList.remove("right", "near", "off");
    if (kind) field.classList.add(kind);
    field.toggleAttribute("aria-invalid", kind === "off" || kind === "near");
    let below = line.querySelector(".verdict");
    if (!below && said) {
      below = Object.assign(document.createElement("div"), { className: "verdict" });
      below.setAttribute("role", "status");
      line.append(below);
    }
    if (below) below.textContent = said;
    const count = fields.filter((each) => each.classList.contains("right")).length;
    box.textContent = words.count.replace("%1", count).replace("%2", fields.length);
    box.classList.toggle("whole", count === fields.length);
  }
  fields.forEach((field, k) => {
    Object.assign(field, { autocomplete: "off", spellcheck: false });
    field.addEventListener("change", () => show(k));
    field.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      (fields[k + 1] || field).focus(); // leaving a field checks it
      if (k + 1 === fields.length) show(k);
    });
    if (field.value) show(k);
  });
  box.textContent = words.count.replace("%1", 0).replace("%2", fields.length);
  box.hidden = false;
})();
