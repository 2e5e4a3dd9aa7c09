  // What a person writes as a number, by the rule that files of answers are read by as well (symconv/text/typed.py).
  const reader = (rule) => {
    const [blank, ratio, decimal] = [rule.blank, rule.ratio, rule.decimal].map((form) => new RegExp(`^(?:${form})$`));
    const meant = {};
    for (const [meaning, signs] of Object.entries(rule.signs)) for (const sign of signs) meant[sign] = meaning;
    const plain = (text) => [...text].map((sign) => meant[sign] ?? sign).join("").replace(/ +/g, " ").replace(/^ | $/g, "");
    const short = (text) => [...text].length <= rule.longest;
    // A quotient of whole numbers, each of which may have more digits than a number holds.
    const divided = (top, bottom) => {
      const places = Math.max(0, `${bottom}`.length - `${top}`.length + 30);
      return Number(`${(top * 10n ** BigInt(places)) / bottom}e-${places}`);
    };
    // Its value and its decimals, none for an integer and a fraction; null for what is no number.
    const read = (text) => {
      const whole = short(text) ? plain(text) : "", parts = ratio.exec(whole);
      if (parts) {
        const [units, top, bottom] = [parts[2] || 0, parts[3], parts[4]].map(BigInt);
        if (!bottom) return null;
        const size = divided(units * bottom + top, bottom);
        return { value: parts[1] === "-" ? -size : size, decimals: 0 };
      }
      const found = decimal.exec(whole);
      if (!found) return null;
      const behind = found[3] || found[4] || "", size = Number(`${found[2] || 0}.${behind}`);
      return { value: found[1] === "-" ? -size : size, decimals: behind.length };
    };
    return { read, isBlank: (text) => short(text) && blank.test(plain(text)) };
  };
  // How a number that is given stands to one that is known, as symconv/grading/precision.py has it: "right" as far as
  // its decimals go; "cut", where the last of them is not rounded; "carried", where no more is lost than `slack`.
  const judged = (given, known, slack) => {
    const off = Math.abs(given.value - known), hair = 1e-9, last = given.decimals > 1 ? 10 ** -given.decimals : 0;
    if (off <= last / 2 + hair) return "right";
    if (given.value * known > 0 && Math.abs(known) > Math.abs(given.value) && off < last - hair) return "cut";
    return off <= last / 2 + slack + hair ? "carried" : "";
  };
