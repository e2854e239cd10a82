// A chart over time, drawn by uPlot (uPlot.LICENSE.txt) in the page's own colours.
const uPlot = globalThis.uPlot;
const height = 150;

const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const darkness = matchMedia('(prefers-color-scheme: dark)');

export class Chart {
  #plot = null;
  #place;
  #title;
  #series;
  #say;
  #steps;
  #watch;
  #data = [[]];
  #rebuild = () => this.#draw();

  // series: [{label, field, colour (a CSS variable)}]; say(value): text of a value.
  // steps: the distances that may lie between marks of the axis; undefined: round numbers.
  constructor(place, title, series, say, steps) {
    this.#steps = steps;
    this.#place = place;
    this.#title = title;
    this.#series = series;
    this.#say = say;
    this.#watch = new ResizeObserver(([{ contentRect }]) => {
      if (contentRect.width > 0 && contentRect.width !== this.#plot?.width) this.#draw();
    });
    this.#watch.observe(place);
    darkness.addEventListener('change', this.#rebuild);
  }

  // samples: of history.js.
  show(samples) {
    this.#data = [samples.map(({ at }) => at), ...this.#series.map(({ field }) => samples.map((sample) => sample[field]))];
    this.#place.hidden = this.#data.slice(1).every((values) => values.every((value) => value === null));
    if (this.#plot) this.#plot.setData(this.#data);
    else this.#draw();
  }

  stop() {
    this.#watch.disconnect();
    darkness.removeEventListener('change', this.#rebuild);
    this.#plot?.destroy();
  }

  #draw() {
    const width = this.#place.clientWidth;
    this.#plot?.destroy();
    this.#plot = null;
    if (!width) return;
    const [ink, line] = [colour('--quiet'), colour('--line')];
    const say = (value) => (value === null || value === undefined ? '–' : this.#say(value));
    const axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 }, font: '12px system-ui, sans-serif' };
    const twoDigits = (n) => String(n).padStart(2, '0');
    const clock = (at) => {
      const date = new Date(at * 1000);
      return [date.getHours(), date.getMinutes(), date.getSeconds()].map(twoDigits).join(':');
    };
    this.#plot = new uPlot({
      width,
      height,
      title: this.#title,
      cursor: { y: false, sync: { key: 'console' } },
      scales: { y: { range: (plot, low, high) => [0, Math.max(high ?? 0, 1e-9) * 1.1] } },
      axes: [
        { ...axis, space: 70, values: (plot, ticks) => ticks.map(clock) },
        { ...axis, size: 66, space: 34, ...(this.#steps && { incrs: this.#steps }), values: (plot, ticks) => ticks.map(say) },
      ],
      series: [
        { label: 'at', value: (plot, value) => (value === null || value === undefined ? '–' : clock(value)) },
        ...this.#series.map(({ label, colour: name }) => ({
          label, stroke: colour(name), width: 1.5, points: { show: false }, value: (plot, value) => say(value),
        })),
      ],
    }, this.#data, this.#place);
  }
}
