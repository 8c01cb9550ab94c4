// The Session page: a zoom goes into the address at once. Asked of the server, it would be lost to the graph's next event:
// Dash throws an answer away when its question was asked again meanwhile.
(() => {
  // Plotly says times of a graph in UTC, without a zone.
  const moment = (said) => Date.parse(`${String(said).replace(" ", "T")}${/[ T]/.test(said) ? "" : "T00:00"}Z`);

  // Returns the address's search part with the range that was drawn, or without one after a double click.
  const zoomed = (relayout, search) => {
    const same = window.dash_clientside.no_update;
    const said = new URLSearchParams(search ?? "");
    if (relayout?.["xaxis.autorange"]) {
      said.delete("since");
      said.delete("until");
    } else {
      const [since, until] = [0, 1].map((place) => Math.round(moment(relayout?.[`xaxis.range[${place}]`])));
      if (!(until > since)) return same; // no zoom, or no times
      said.set("since", Math.max(0, since));
      said.set("until", Math.max(0, until));
    }
    const after = said.toString() ? `?${said}` : "";
    return after === (search ?? "") ? same : after;
  };

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.session = { zoomed };
})();
