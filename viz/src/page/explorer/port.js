// The port: packets with the head labelled, waiters with the top labelled, active against the
// concurrency value. And the same as a table.
function drawPorts() {
  $('ports').replaceChildren(...portNodes(state.view.ports, true));
}

function portNodes(ports, twin) {
  if (ports.length === 0) return [element('p', 'There is no port yet.', 'nothing')];
  const nodes = ports.flatMap((port) => [
    element('h3', port.name + (port.closed ? ' (closed: no handle is left)' : '')),
    element('p', `active ${port.active} of ${port.concurrency}` +
      (port.active > port.concurrency ? ', over the limit' : '')),
    gauge(port),
    element('p', 'packets, head (next to be removed) on the left', 'small'),
    chips(port.packets.map((packet) => packet.short), 'packet', 'no packet'),
    element('p', 'waiting threads, top (next to be released) on the left', 'small'),
    chips(port.waiters, 'waiter', 'nobody waits'),
  ]);
  if (twin) nodes.push(portTable(ports));
  return nodes;
}

function gauge(port) {
  const line = element('div', undefined, 'gauge');
  line.setAttribute('aria-hidden', 'true');
  const slots = Math.min(32, Math.max(port.active, port.concurrency));
  for (let i = 0; i < slots; i++) {
    line.append(element('span', '', i >= port.concurrency ? 'over' : i < port.active ? 'used' : ''));
  }
  return line;
}

function chips(texts, className, none) {
  const line = element('div', undefined, 'row');
  if (texts.length === 0) line.append(element('span', none, 'nothing'));
  texts.slice(0, 40).forEach((text) => line.append(element('span', text, className)));
  if (texts.length > 40) line.append(element('span', `and ${texts.length - 40} more`));
  return line;
}

function portTable(ports) {
  const box = element('details');
  box.append(element('summary', 'as a table'));
  for (const port of ports) {
    const rows = [['active', `${port.active} of ${port.concurrency}`]];
    port.packets.forEach((packet, i) => rows.push([i ? `packet ${i + 1}` : 'packet 1, head', packet.text]));
    port.waiters.forEach((name, i) => rows.push([i ? `waiter ${i + 1}` : 'waiter 1, top', name]));
    rows.push(['counts', port.attached.join(', ') || 'nobody']);
    box.append(table(port.name, ['place', 'what'], rows));
  }
  return box;
}
