// Handles and references: which handle names what, and what keeps an object alive.
function drawHandles() {
  const view = state.view;
  if (!changed('handles', [view.handles, view.objects, view.files, view.operations, view.structures,
    view.variables])) return;
  $('graph').replaceChildren(referenceGraph(view));
  const tables = [table('Handles', ['handle', 'process', 'names'],
    view.handles.map((h) => [h.value, h.process, h.object])),
  table('Objects', ['object', 'kind', 'handles', 'kept by'],
    view.objects.map((o) => [o.name, o.kind, String(o.handles), o.references.join('; ') || '-']))];
  if (view.files.length) {
    tables.push(table('Files', ['file', 'tells', 'key', 'modes'],
      view.files.map((f) => [f.name, f.port || 'no port', f.key || '-', f.modes.join(', ') || '-'])));
  }
  if (view.operations.length) {
    tables.push(table('Pending operations', ['OVERLAPPED', 'operation', 'file', 'by', 'state'],
      view.operations.map((o) => [o.overlapped, o.function, o.file, o.thread,
        o.canceled ? 'cancel asked for' : 'pending'])));
  }
  if (view.structures.length) {
    tables.push(table('OVERLAPPEDs', ['OVERLAPPED', 'owner', 'status', 'bytes'],
      view.structures.map((s) => [s.name, s.owner, s.status || '-', s.bytes === null ? '-' : String(s.bytes)])));
  }
  if (view.variables.length) {
    tables.push(table('Shared variables', ['variable', 'value'],
      view.variables.map(([name, value]) => [name, String(value)])));
  }
  const box = element('details');
  box.open = $('tables').querySelector('details')?.open ?? false;
  box.append(element('summary', 'as tables'), ...tables);
  $('tables').replaceChildren(box);
}

// Three columns: handles, the objects they name, what else keeps those.
function referenceGraph(view) {
  const objects = view.objects.filter((o) => view.handles.some((h) => h.object === o.name) || o.references.length);
  const wide = (texts) => 14 + 7.4 * Math.max(4, ...texts.map((t) => Math.min(34, t.length)));
  const handles = view.handles.filter((h) => objects.some((o) => o.name === h.object)).slice(0, 30);
  const label = (o) => `${o.name} (${o.kind}), ${o.handles}+${o.references.length}`;
  const heads = ['handle', 'object, handles + others', 'kept by'];
  const widths = [wide([heads[0], ...handles.map((h) => h.value)]), wide([heads[1], ...objects.map(label)]), 0];
  const kept = objects.flatMap((o) => o.references.map((text) => ({ text, object: o.name }))).slice(0, 30);
  widths[2] = wide([heads[2], ...kept.map((k) => k.text)]);
  const left = [0, widths[0] + 50, widths[0] + widths[1] + 100];
  const rows = Math.max(handles.length, objects.length, kept.length, 1);
  const svg = drawn('svg', { width: left[2] + widths[2] + 4, height: rows * 30 + 20, 'aria-hidden': 'true' });
  const y = (i) => i * 30 + 20;
  heads.forEach((text, i) => svg.append(drawn('text', { x: left[i] + 2, y: 12 }, text)));
  const middle = new Map(objects.map((o, i) => [o.name, y(i) + 12]));
  const box = (column, i, text, className) => {
    const group = drawn('g', className ? { class: className } : {});
    group.append(drawn('rect', { x: left[column] + 1, y: y(i) + 1, width: widths[column], height: 23, rx: 4 }),
      drawn('text', { x: left[column] + 7, y: y(i) + 16 }, text.length > 34 ? text.slice(0, 33) + '~' : text));
    svg.append(group);
  };
  handles.forEach((h, i) => {
    box(0, i, h.value);
    svg.append(drawn('path', { d: `M${widths[0] + 2} ${y(i) + 12}L${left[1]} ${middle.get(h.object)}` }));
  });
  objects.forEach((o, i) => box(1, i, label(o)));
  kept.forEach((k, i) => {
    box(2, i, k.text, k.text.startsWith('pending') ? 'irp' : '');
    svg.append(drawn('path', { d: `M${left[2]} ${y(i) + 12}L${left[1] + widths[1] + 2} ${middle.get(k.object)}` }));
  });
  return svg;
}
