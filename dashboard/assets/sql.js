// The SQL page: what an editor does by itself, exports, and the address of what is shown.
(() => {
  const area = () => document.getElementById("sql-text");

  // React keeps the value of its own; only the setter of the element's class tells it of a change.
  const type = (text, element) => {
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(element, text);
    element.dispatchEvent(new Event("input", { bubbles: true }));
  };

  const insert = (name) => {
    const element = area();
    if (!element) return;
    const { selectionStart: from, selectionEnd: to, value } = element;
    const before = from > 0 && /[\w)]$/.test(value.slice(0, from)) ? " " : "";
    type(value.slice(0, from) + before + name + value.slice(to), element);
    element.focus();
    element.selectionStart = element.selectionEnd = from + before.length + name.length;
  };

  const goTo = (line, column) => {
    const element = area();
    if (!element) return;
    const lines = element.value.split("\n");
    const at = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
    const word = /^\w+/.exec(element.value.slice(at));
    element.focus();
    element.setSelectionRange(at, at + (word ? word[0].length : 1));
    element.scrollTop = Math.max(0, (line - 4) * (element.scrollHeight / lines.length));
  };

  const number = () => {
    const element = area();
    const beside = document.getElementById("sql-numbers");
    if (!element || !beside) return;
    const wanted = element.value.split("\n").map((_, place) => place + 1).join("\n");
    if (beside.textContent !== wanted) beside.textContent = wanted;
    beside.scrollTop = element.scrollTop;
  };

  const filter = (wanted) => {
    for (const table of document.querySelectorAll(".schema-table")) {
      const isNamed = table.querySelector("summary code").textContent.includes(wanted);
      let found = 0;
      for (const column of table.querySelectorAll("li:not(.whole-table)")) {
        const has = isNamed || column.querySelector("button").textContent.includes(wanted);
        column.hidden = !has;
        found += has;
      }
      table.hidden = !found;
      table.open = wanted !== "" && !isNamed && found > 0;
    }
  };

  const make = (kind, text, marks = {}) => Object.assign(document.createElement(kind), { textContent: text }, marks);

  const inserting = (text, inserted) => {
    const button = make("button", text, { type: "button", className: "insert" });
    button.dataset.insert = inserted;
    return button;
  };

  const listed = (table) => {
    const details = make("details", "", { className: "schema-table" });
    const summary = make("summary", "");
    summary.append(make("code", table.name), make("span", ` ${table.grain}`, { className: "soft" }));
    const list = make("ul", "");
    const whole = make("li", "", { className: "whole-table" });
    whole.append(inserting(`${table.insert}, the table`, table.insert));
    list.append(whole, ...table.columns.map(([name, kind, meaning]) => {
      const line = make("li", "");
      line.append(inserting(name, name), make("span", kind, { className: "kind" }));
      if (meaning) line.append(make("div", meaning, { className: "soft" }));
      return line;
    }));
    details.append(summary, list);
    return details;
  };

  // A statement's {name:Type}, outside of texts and comments; the engine says what is wrong with one.
  const LEFT_OUT = /--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^'\\]|\\[\s\S]|'')*'|"(?:[^"\\]|\\[\s\S])*"|`[^`]*`/g;
  const PARAMETER = /\{\s*([A-Za-z_]\w*)\s*:\s*([^{}]+?)\s*\}/g;
  const parameters = (text) => new Map([...(text || "").replaceAll(LEFT_OUT, " ").matchAll(PARAMETER)].map((one) => [one[1], one[2]]));

  const values = () =>
    Object.fromEntries([...document.querySelectorAll("#sql-parameters input")].map((one) => [one.name, one.value]));

  const field = ([name, kind], value) => {
    const label = make("label", "");
    const input = make("input", "", { name, value: value ?? "", autocomplete: "off", spellcheck: false });
    label.append(make("code", name), make("span", ` ${kind}`, { className: "kind" }), input);
    return label;
  };

  const ask = (given) => {
    const place = document.getElementById("sql-parameters");
    const wanted = parameters(area()?.value);
    if (!place) return {};
    const listed = JSON.stringify([...wanted]);
    const known = { ...values(), ...given };
    if (given || (place.dataset.listed || "[]") !== listed) {
      place.replaceChildren(...[...wanted].map((one) => field(one, known[one[0]])));
      place.dataset.listed = listed;
    }
    return values();
  };

  document.addEventListener("click", (event) => {
    const named = event.target.closest?.("[data-insert]");
    if (named) insert(named.dataset.insert);
    const place = event.target.closest?.(".go-to");
    if (place) goTo(Number(place.dataset.line), Number(place.dataset.column));
  });
  document.addEventListener("input", (event) => {
    if (event.target.id === "schema-filter") filter(event.target.value.trim().toLowerCase());
    if (event.target.id === "sql-text") {
      number();
      ask();
    }
  });
  document.addEventListener("scroll", (event) => { if (event.target.id === "sql-text") number(); }, true);
  document.addEventListener("keydown", (event) => {
    const filled = event.target.matches?.("#sql-parameters input");
    const written = event.target.id === "sql-text" && (event.ctrlKey || event.metaKey);
    if (event.key !== "Enter" || !(filled || written)) return;
    event.preventDefault();
    // the page has what was typed a moment after it was typed
    setTimeout(() => document.getElementById("sql-run")?.click(), 0);
  });
  setInterval(() => {
    number();
    ask();
  }, 500);

  const SIGNS = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0" };
  const escaped = (value) => value.replaceAll(/[\\\t\n\r\0]/g, (sign) => SIGNS[sign]);

  const save = (bytes, name) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(bytes);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  };

  // Dash, which was not told where the page had gone, would not see that Back comes from there
  let untold = false;
  addEventListener("popstate", () => { if (untold) location.reload(); });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.rtcpulse = Object.assign(window.dash_clientside.rtcpulse || {}, {
    run: (clicks, text) => (clicks ? { text: text || "", parameters: ask(), run: clicks } : window.dash_clientside.no_update),

    fill_parameters: (asked) => {
      if (asked?.parameters && !asked.run) ask(asked.parameters);
      return window.dash_clientside.no_update;
    },

    list_tables: (tables) => {
      document.getElementById("sql-schema")?.replaceChildren(...(tables || []).map(listed));
      const wanted = document.getElementById("schema-filter")?.value.trim().toLowerCase();
      if (wanted) filter(wanted);
      return window.dash_clientside.no_update;
    },

    export_answer: async (clicks, text) => {
      const skip = window.dash_clientside.no_update;
      const pressed = window.dash_clientside.callback_context.triggered_id;
      if (!pressed || !clicks.some(Boolean)) return skip;
      const endings = { CSVWithNames: "csv", Parquet: "parquet", JSONEachRow: "jsonl" };
      try {
        const named = new URLSearchParams({ default_format: pressed.form });
        for (const [name, value] of Object.entries(ask())) named.set(`param_${name}`, escaped(value));
        const answer = await fetch(`/sql/?${named}`, { method: "POST", body: text });
        if (!answer.ok) return `Not exported. ${(await answer.text()).slice(0, 400)}`;
        const bytes = await answer.blob();
        const moment = new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, "");
        save(bytes, `rtcpulse-${moment}Z.${endings[pressed.form]}`);
        return `Exported ${(bytes.size / 1000).toLocaleString("en", { maximumFractionDigits: 1 })} kB.`;
      } catch (error) {
        return `Not exported: ${error.message}`;
      }
    },

    // Dash is not told: the page is what the address says already, and making it anew would take the cursor away
    show_address: (address) => {
      if (!address || location.pathname !== address.path || address.search === location.search) return address?.search;
      untold ||= address.pushed;
      history[address.pushed ? "pushState" : "replaceState"](null, "", location.pathname + address.search);
      return address.search;
    },
  });
})();
