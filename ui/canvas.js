// The paper that is drawn on: strokes of a round pen, with undo, redo and clear. It hands over its strokes as a text,
// in the form that core/link_text.py describes, as soon as the pen is lifted.
// The curve through the points is that of core/strokes.py, so that the server sees what the person sees.

const SIDE = 280;
const FINE = 2; // pixels of the screen's picture along each pixel of the paper, for sharp displays
const NEAR = 4; // pixels that the pen must have moved before the next point counts
const FAR = 31; // the longest step that one sign can say
const SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const write = (stroke) => {
  const [[x, y], ...others] = stroke.points;
  const place = SIDE * y + x;
  const numbers = [stroke.width, place >> 12, (place >> 6) & 63, place & 63];
  let before = [x, y];
  for (const point of others) {
    numbers.push(point[0] - before[0] + 32, point[1] - before[1] + 32);
    before = point;
  }
  return numbers.map((number) => SIGNS[number]).join("");
};

const read = (text) => {
  const [width, high, middle, low, ...steps] = [...text].map((sign) => SIGNS.indexOf(sign));
  const place = (high * 64 + middle) * 64 + low;
  const points = [[place % SIDE, Math.floor(place / SIDE)]];
  for (let at = 0; at < steps.length; at += 2) {
    const [x, y] = points.at(-1);
    points.push([x + steps[at] - 32, y + steps[at + 1] - 32]);
  }
  return { width, points };
};

const trace = (context, { width, points }) => {
  context.lineWidth = width;
  context.beginPath();
  context.moveTo(...points[0]);
  if (points.length < 3) context.lineTo(...points.at(-1)); // of no length, it is a dot
  for (let at = 1; at < points.length - 1; at++) {
    const [x, y] = points[at];
    if (at === 1) context.lineTo((points[0][0] + x) / 2, (points[0][1] + y) / 2);
    context.quadraticCurveTo(x, y, (x + points[at + 1][0]) / 2, (y + points[at + 1][1]) / 2);
  }
  context.lineTo(...points.at(-1));
  context.stroke();
};

class Paper {
  constructor(root) {
    this.sheet = root.querySelector(".sheet");
    this.ink = root.querySelector(".ink");
    this.buttons = Object.fromEntries(["undo", "redo", "clear"].map((name) => [name, root.querySelector(`.${name}`)]));
    for (const canvas of [this.sheet, this.ink]) canvas.width = canvas.height = SIDE * FINE;
    this.context = this.ink.getContext("2d");
    Object.assign(this.context, { lineCap: "round", lineJoin: "round", strokeStyle: "#000" });
    this.context.scale(FINE, FINE);
    this.strokes = []; // those on the paper
    this.past = []; // what was on the paper before each change
    this.future = []; // and what undo has taken back
    this.pen = null; // the stroke that is being drawn
    this.listen();
  }

  listen() {
    this.ink.onpointerdown = (event) => this.begin(event);
    this.ink.onpointermove = (event) => this.move(event);
    this.ink.onpointerup = (event) => this.lift(event);
    this.ink.onpointercancel = (event) => this.lift(event);
    this.ink.onkeydown = (event) => {
      const key = event.key.toLowerCase();
      if (!(event.ctrlKey || event.metaKey) || !["z", "y"].includes(key)) return;
      event.preventDefault();
      if (key === "y" || event.shiftKey) this.go(this.future, this.past);
      else this.go(this.past, this.future);
    };
    this.buttons.undo.onclick = () => this.go(this.past, this.future);
    this.buttons.redo.onclick = () => this.go(this.future, this.past);
    this.buttons.clear.onclick = () => this.change([]);
  }

  place(event) {
    const box = this.ink.getBoundingClientRect();
    const within = (share) => Math.min(SIDE - 1, Math.max(0, Math.round(share * SIDE)));
    return [within((event.clientX - box.left) / box.width), within((event.clientY - box.top) / box.height)];
  }

  begin(event) {
    if (!event.isPrimary || event.button !== 0 || this.pen) return;
    this.ink.setPointerCapture(event.pointerId); // a stroke goes on where it leaves the paper
    this.pen = { id: event.pointerId, width: this.width, points: [this.place(event)] };
    this.draw();
  }

  move(event) {
    if (event.pointerId !== this.pen?.id) return;
    const all = event.getCoalescedEvents?.() ?? [];
    for (const each of all.length ? all : [event]) this.reach(this.place(each), NEAR);
    this.draw();
  }

  reach([x, y], least) {
    const { points } = this.pen;
    const [fromX, fromY] = points.at(-1);
    if (Math.hypot(x - fromX, y - fromY) < least) return;
    const parts = Math.ceil(Math.max(Math.abs(x - fromX), Math.abs(y - fromY)) / FAR);
    for (let part = 1; part <= parts; part++) {
      const share = part / parts;
      points.push([Math.round(fromX + (x - fromX) * share), Math.round(fromY + (y - fromY) * share)]);
    }
  }

  lift(event) {
    if (event.pointerId !== this.pen?.id) return;
    this.reach(this.place(event), 1);
    const { width, points } = this.pen;
    this.pen = null;
    this.change([...this.strokes, { width, points }]);
  }

  change(strokes) {
    this.past.push(this.strokes);
    this.future = [];
    this.show(strokes);
    this.send();
  }

  go(from, to) {
    if (!from.length || this.pen) return;
    to.push(this.strokes);
    this.show(from.pop());
    this.send();
  }

  show(strokes) {
    this.strokes = strokes;
    this.draw();
    this.buttons.undo.disabled = !this.past.length;
    this.buttons.redo.disabled = !this.future.length;
    this.buttons.clear.disabled = !strokes.length;
  }

  draw() {
    this.context.clearRect(0, 0, SIDE, SIDE);
    for (const stroke of this.strokes) trace(this.context, stroke);
    if (this.pen) trace(this.context, this.pen);
  }

  rule(grid) {
    const context = this.sheet.getContext("2d");
    context.clearRect(0, 0, this.sheet.width, this.sheet.height);
    context.fillStyle = "#dfe4ea";
    const step = (SIDE * FINE) / 28;
    for (let line = 1; grid && line < 28; line++) {
      context.fillRect(line * step, 0, 1, SIDE * FINE);
      context.fillRect(0, line * step, SIDE * FINE, 1);
    }
  }
}

const papers = new WeakMap();

export default function ({ data, parentElement, setStateValue }) {
  let paper = papers.get(parentElement);
  if (!paper) {
    paper = new Paper(parentElement);
    papers.set(parentElement, paper);
    paper.show(data.strokes ? data.strokes.split(".").map(read) : []); // later the browser knows better than the server
  }
  paper.width = data.pen;
  paper.send = () => setStateValue("strokes", paper.strokes.map(write).join("."));
  paper.rule(data.grid);
  paper.ink.setAttribute("aria-label", data.label);
  return () => papers.delete(parentElement);
}
