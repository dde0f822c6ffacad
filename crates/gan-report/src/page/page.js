// The report's script: draws the curves and turns the pages of pictures. It reads the JSON beside
// it, asks nobody for anything, and puts text into the page as text only.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const SVG = "http://www.w3.org/2000/svg";
  const COLORS = 6, DASHES = 4, ROWS = 20;

  function make(name, attributes, ...children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value !== null && value !== undefined) node.setAttribute(key, value);
    }
    node.append(...children);
    return node;
  }
  function draw(parent, name, attributes, text) {
    const node = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    if (text !== undefined) node.textContent = text;
    parent.append(node);
    return node;
  }
  function number(value) {
    if (value === undefined || value === null) return "–";
    const size = Math.abs(value);
    if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(2);
    return Number(value.toPrecision(4)).toLocaleString("en", { maximumSignificantDigits: 4 });
  }
  const whole = (value) => Math.round(value).toLocaleString("en");

  // The place of the last x at or before `at`, or 0.
  function before(xs, at) {
    let low = 0, high = xs.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (xs[middle] <= at) low = middle; else high = middle;
    }
    return low;
  }
  function nearest(xs, at) {
    const place = before(xs, at);
    return place + 1 < xs.length && xs[place + 1] - at < at - xs[place] ? place + 1 : place;
  }

  // Round numbers between low and high, about `count` of them.
  function ticks(low, high, count) {
    const raw = (high - low) / count;
    const power = Math.pow(10, Math.floor(Math.log10(raw)));
    const step = [1, 2, 5, 10].map((k) => k * power).find((k) => k >= raw) || 10 * power;
    const all = [];
    for (let k = Math.ceil(low / step); k * step <= high + step * 1e-9; k++) all.push(k * step);
    return all;
  }

  function chart(spec, place) {
    const many = data.runs.length > 1;
    const names = [...new Set(spec.curves.map((c) => c.name))];
    const curves = spec.curves.map((curve) => {
      const kind = names.indexOf(curve.name);
      return Object.assign({}, curve, {
        shown: true,
        color: (many ? curve.run : kind) % COLORS,
        dash: many ? kind % DASHES : Math.floor(kind / COLORS) % DASHES,
        label: many ? data.runs[curve.run].name + ": " + curve.name : curve.name,
      });
    });
    const first = Math.min(...curves.map((c) => c.x[0]));
    const last = Math.max(...curves.map((c) => c.x[c.x.length - 1]));
    let log = spec.log && curves.every((c) => c.y.some((v) => v > 0));
    let at = null;

    const box = make("section", { class: "card chart", "data-chart": spec.title });
    const title = "chart-" + place;
    box.setAttribute("aria-labelledby", title);
    const toggle = make("input", { type: "checkbox" });
    toggle.checked = log;
    toggle.addEventListener("change", () => { log = toggle.checked; paint(); });
    box.append(
      make("div", { class: "row wide" }, make("h3", { id: title }, spec.title),
        make("label", { class: "toggle" }, toggle, " log scale")),
      make("p", { class: "soft read" }, spec.about));
    const legend = make("ul", { class: "legend", "aria-label": "Curves of " + spec.title });
    for (const curve of curves) {
      const button = make("button", { type: "button", "aria-pressed": "true" },
        make("span", { class: "key b" + curve.color + " d" + curve.dash }), curve.label);
      button.addEventListener("click", () => {
        curve.shown = !curve.shown;
        button.setAttribute("aria-pressed", String(curve.shown));
        paint();
      });
      legend.append(make("li", {}, button));
    }
    const plot = make("div", {
      class: "plot", tabindex: "0", role: "slider", "aria-label": spec.title + ": step to read",
      "aria-valuemin": first, "aria-valuemax": last, "aria-valuenow": last,
    });
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("aria-hidden", "true");
    plot.append(svg);
    const read = make("p", { class: "read", "data-read": "" });
    box.append(legend, plot, read, table());

    function told(step) {
      return "step " + whole(step) + " · " + curves.filter((c) => c.shown)
        .map((c) => c.label + " " + number(c.y[nearest(c.x, step)])).join(" · ");
    }
    let across = (x) => x, back = (x) => x;
    function paint() {
      svg.replaceChildren();
      const width = Math.max(200, plot.clientWidth || 600), height = svg.clientHeight || 240;
      svg.setAttribute("viewBox", "0 0 " + width + " " + height);
      const shown = curves.filter((c) => c.shown);
      let low = Infinity, high = -Infinity;
      for (const c of shown) {
        for (const v of c.y) {
          if (log && v <= 0) continue;
          if (v < low) low = v;
          if (v > high) high = v;
        }
      }
      if (!(low <= high)) { low = log ? 0.1 : 0; high = 1; }
      if (low === high) {
        if (log) { low /= 2; high *= 2; }
        else { const half = Math.abs(low) * 0.1 || 0.5; low -= half; high += half; }
      }
      const scale = log ? Math.log10 : (v) => v;
      const margin = 0.04 * (scale(high) - scale(low));
      const bottom = scale(low) - margin, top = scale(high) + margin;
      const left = 58, right = width - 20, up = 8, down = height - 24;
      const span = last - first || 1;
      across = (x) => left + (x - first) / span * (right - left);
      back = (px) => first + (px - left) / (right - left) * span;
      const y = (v) => down - (scale(v) - bottom) / (top - bottom) * (down - up);
      const marks = log && top - bottom > 1.5
        ? ticks(bottom, top, 5).filter(Number.isInteger).map((k) => Math.pow(10, k))
        : log ? ticks(low, high, 6).filter((v) => v > 0) : ticks(bottom, top, 5);
      for (const v of marks) {
        draw(svg, "line", { class: "grid", x1: left, x2: right, y1: y(v), y2: y(v) });
        draw(svg, "text", { x: left - 6, y: y(v) + 4, "text-anchor": "end" }, number(v));
      }
      for (const v of ticks(first, last === first ? first + 1 : last, width < 420 ? 3 : 6)) {
        if (v < first || v > last || !Number.isInteger(v)) continue;
        draw(svg, "text", { x: across(v), y: height - 6, "text-anchor": "middle" }, whole(v));
      }
      draw(svg, "line", { class: "axis", x1: left, x2: right, y1: down, y2: down });
      const path = (xs, ys) => {
        let d = "", pen = "M";
        for (let i = 0; i < xs.length; i++) {
          if (log && ys[i] <= 0) { pen = "M"; continue; }
          d += pen + across(xs[i]).toFixed(1) + " " + y(ys[i]).toFixed(1);
          pen = "L";
        }
        return d;
      };
      for (const c of shown) {
        const looks = " s" + c.color + " d" + c.dash;
        const mean = c.mx.length > 0;
        draw(svg, "path", { class: "curve" + (mean ? " faint" : looks) + (mean ? " s" + c.color : ""), d: path(c.x, c.y) });
        if (mean) draw(svg, "path", { class: "curve" + looks, d: path(c.mx, c.my) });
        if (c.x.length <= 40) {
          for (let i = 0; i < c.x.length; i++) {
            if (!log || c.y[i] > 0) draw(svg, "circle", { class: "dot f" + c.color, cx: across(c.x[i]), cy: y(c.y[i]), r: 3 });
          }
        }
      }
      if (at !== null) {
        draw(svg, "line", { class: "cursor", x1: across(at), x2: across(at), y1: up, y2: down });
        for (const c of shown) {
          const i = nearest(c.x, at);
          if (!log || c.y[i] > 0) draw(svg, "circle", { class: "dot f" + c.color, cx: across(c.x[i]), cy: y(c.y[i]), r: 4 });
        }
      }
      const step = at === null ? last : at;
      read.textContent = told(step);
      plot.setAttribute("aria-valuenow", Math.round(step));
      plot.setAttribute("aria-valuetext", told(step));
    }
    const longest = curves.reduce((a, b) => (b.x.length > a.x.length ? b : a)).x;
    plot.addEventListener("pointermove", (event) => {
      const x = event.clientX - svg.getBoundingClientRect().left;
      at = longest[nearest(longest, back(x))];
      paint();
    });
    plot.addEventListener("pointerleave", () => { at = null; paint(); });
    plot.addEventListener("keydown", (event) => {
      const place = nearest(longest, at === null ? last : at);
      const far = Math.max(1, Math.round(longest.length / 10));
      const to = {
        ArrowLeft: place - 1, ArrowDown: place - 1, ArrowRight: place + 1, ArrowUp: place + 1,
        PageDown: place - far, PageUp: place + far, Home: 0, End: longest.length - 1,
      }[event.key];
      if (event.key === "Escape") { at = null; paint(); return; }
      if (to === undefined) return;
      event.preventDefault();
      at = longest[Math.min(longest.length - 1, Math.max(0, to))];
      paint();
    });
    // The same numbers for whoever reads rather than looks.
    function table() {
      const details = make("details", {}, make("summary", {}, "Table of " + spec.title));
      details.addEventListener("toggle", () => {
        if (!details.open || details.querySelector("table")) return;
        const head = make("tr", {}, make("th", { scope: "col" }, "step"),
          ...curves.map((c) => make("th", { scope: "col", class: "n" }, c.label)));
        const steps = [...new Set([...Array(ROWS).keys()].map(
          (k) => longest[Math.round(k * (longest.length - 1) / (ROWS - 1))]))];
        const rows = steps.map((step) => make("tr", {}, make("th", { scope: "row" }, whole(step)),
          ...curves.map((c) => make("td", { class: "n" }, number(c.y[nearest(c.x, step)])))));
        details.append(make("div", { class: "scroll", tabindex: "0" }, make("table", {},
          make("caption", { class: "soft" }, spec.title + ", " + steps.length + " of the steps"),
          make("thead", {}, head), make("tbody", {}, ...rows))));
      });
      return details;
    }
    return { box, paint };
  }

  const holder = document.getElementById("charts");
  const all = data.charts.map(chart);
  holder.append(...all.map((c) => c.box));
  all.forEach((c) => c.paint());
  let width = window.innerWidth;
  window.addEventListener("resize", () => {
    if (window.innerWidth !== width) { width = window.innerWidth; all.forEach((c) => c.paint()); }
  });

  // Pictures: a slider over the steps, one figure for each run.
  const viewer = document.getElementById("viewer");
  if (viewer && data.strips.length > 0) {
    const kinds = [...new Set(data.strips.map((s) => s.kind))];
    const title = (kind) => (kind === "step" ? "samples" : kind);
    let kind = kinds[0], place = 0, steps = [], timer = null;
    const choice = make("select", { id: "kind" }, ...kinds.map((k) => make("option", { value: k }, title(k))));
    const slider = make("input", { type: "range", id: "slider", min: "0", step: "1" });
    const output = make("output", { for: "slider", id: "shown" });
    const earlier = make("button", { type: "button", class: "plain" }, "Earlier");
    const later = make("button", { type: "button", class: "plain" }, "Later");
    const play = make("button", { type: "button", class: "plain", "aria-pressed": "false" }, "Play");
    const figures = make("div", { class: "pictures" });
    const controls = make("div", { class: "row" });
    if (kinds.length > 1) controls.append(make("label", { for: "kind" }, "Show"), choice);
    controls.append(make("label", { for: "slider" }, "Step"), slider, output,
      make("div", { class: "row" }, earlier, later, play));
    viewer.replaceChildren(controls, figures);

    function show(to) {
      place = Math.min(steps.length - 1, Math.max(0, to));
      slider.value = place;
      const step = steps[place];
      output.textContent = whole(step);
      slider.setAttribute("aria-valuetext", "step " + whole(step));
      figures.querySelectorAll("figure").forEach((figure, index) => {
        const strip = strips[index], at = before(strip.steps, step), run = data.runs[strip.run];
        const image = figure.querySelector("img");
        image.src = strip.images[at];
        image.alt = (kind === "step" ? "Samples that " : title(kind) + " of ") + run.name +
          (kind === "step" ? " drew at step " : " at step ") + whole(strip.steps[at]);
        figure.querySelector("figcaption").textContent =
          run.name + ", " + title(kind) + " at step " + whole(strip.steps[at]) +
          (strip.steps.length < strip.of ? " (" + strip.steps.length + " of " + strip.of + " pictures are in this file)" : "");
      });
    }
    let strips = [];
    function choose(name) {
      kind = name;
      strips = data.strips.filter((s) => s.kind === kind);
      steps = [...new Set(strips.flatMap((s) => s.steps))].sort((a, b) => a - b);
      slider.max = steps.length - 1;
      figures.replaceChildren(...strips.map(() =>
        make("figure", {}, make("img", { decoding: "sync" }), make("figcaption", {}))));
      show(steps.length - 1);
    }
    function stop() {
      clearInterval(timer);
      timer = null;
      play.textContent = "Play";
      play.setAttribute("aria-pressed", "false");
    }
    slider.addEventListener("input", () => { stop(); show(Number(slider.value)); });
    earlier.addEventListener("click", () => { stop(); show(place - 1); });
    later.addEventListener("click", () => { stop(); show(place + 1); });
    choice.addEventListener("change", () => { stop(); choose(choice.value); });
    play.addEventListener("click", () => {
      if (timer) { stop(); return; }
      if (place === steps.length - 1) show(0);
      play.textContent = "Stop";
      play.setAttribute("aria-pressed", "true");
      timer = setInterval(() => (place < steps.length - 1 ? show(place + 1) : stop()), 400);
    });
    choose(kind);
  }
})();
