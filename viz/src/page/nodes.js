// Nodes of a page, and its theme. Texts enter as text nodes only.
const $ = (id) => document.getElementById(id);
const SVG = 'http://www.w3.org/2000/svg';

function element(name, text, className) {
  const node = document.createElement(name);
  if (text !== undefined && text !== null) node.textContent = text;
  if (className) node.className = className;
  return node;
}

function drawn(name, attributes, text) {
  const node = document.createElementNS(SVG, name);
  for (const key in attributes) node.setAttribute(key, attributes[key]);
  if (text !== undefined) node.textContent = text;
  return node;
}

function theme() {
  const order = ['', 'light', 'dark'];
  const root = document.documentElement;
  root.dataset.theme = order[(order.indexOf(root.dataset.theme || '') + 1) % 3];
}
