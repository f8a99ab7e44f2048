// A link to this very step: the choices so far, the place, and a check of the state there. On
// the way back the model replays it, and what does not agree is said.
async function squeeze(text, way) {
  const stream = new Blob([text]).stream().pipeThrough(way);
  return new Response(stream).arrayBuffer();
}

async function packed(text) {
  const bytes = new Uint8Array(await squeeze(text, new CompressionStream('deflate-raw')));
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

async function unpacked(text) {
  const bytes = Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), (c) => c.charCodeAt(0));
  return new TextDecoder().decode(await squeeze(bytes, new DecompressionStream('deflate-raw')));
}

async function linkHash() {
  const { branch, at, part } = state.view, wanted = state.wanted;
  const link = ask({ do: 'link', branch, at });
  const fields = new URLSearchParams({ v: '1', w: library.version });
  if (wanted.text === undefined) fields.set('s', wanted.scenario);
  else fields.set('t', await packed(wanted.text));
  // A branch under other semantics is linked to as what it is.
  const own = state.view.branches[branch].semantics;
  const departs = own.split(' with ');
  if (own !== state.info.semantics || wanted.profile) fields.set('p', departs[0]);
  const deviate = departs[1] ? departs[1].split(' and ') : wanted.deviate || [];
  if (deviate.length) {
    fields.set('p', departs[0]);
    fields.set('d', deviate.join(','));
  }
  for (const [name, value] of Object.entries(wanted.set || {})) fields.append('n', `${name}:${value}`);
  if (wanted.variant) fields.set('x', wanted.variant);
  fields.set('g', state.micro ? 'micro' : 'step');
  fields.set('i', at);
  if (part) fields.set('q', part);
  fields.set('c', link.token);
  fields.set('h', link.checksum);
  return `#${fields}`;
}

async function copyLink() {
  history.replaceState(null, '', await linkHash());
  linked = location.hash;
  await copied(location.href, 'A link to this step');
}

async function copied(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    say(`${what} is on the clipboard.`);
  } catch {
    showText(what, 'The clipboard is out of reach here; copy it yourself.', text);
  }
}

// What the address asks for; whether it asked for anything.
let linked = null;
async function follow(hash) {
  if (!hash || hash === '#') return false;
  const fields = new URLSearchParams(hash.slice(1));
  if (fields.get('v') !== '1') {
    alarm('This link is of a version that this page does not know.');
    return false;
  }
  const wanted = {};
  try {
    if (fields.has('t')) wanted.text = await unpacked(fields.get('t'));
    else wanted.scenario = fields.get('s') || '';
  } catch {
    alarm('The scenario in this link is damaged.');
    return false;
  }
  if (fields.has('p')) wanted.profile = fields.get('p');
  if (fields.has('d')) wanted.deviate = fields.get('d').split(',');
  if (fields.has('x')) wanted.variant = fields.get('x');
  wanted.set = Object.fromEntries(fields.getAll('n').map((text) => [text.split(':')[0], Number(text.split(':')[1])]));
  linked = hash;
  if (load(wanted, false).error) return false;
  restore(fields);
  return true;
}

function restore(fields) {
  state.micro = fields.get('g') === 'micro';
  if (!fields.has('c')) {
    go(0, Number(fields.get('i')) || 0, 0);
    return;
  }
  const found = ask({ do: 'restore', token: fields.get('c'), at: Number(fields.get('i')) || 0,
    checksum: fields.get('h') || '' });
  if (found.error) {
    go(0, 0, 0);
    alarm(found.error);
    return;
  }
  go(found.branch, found.at, Number(fields.get('q')) || 0);
  if (found.mismatches.length) {
    alarm(`This link was made with ${fields.get('w') || 'another version'}, this is ${library.version}. ` +
      found.mismatches.join(' '));
  }
}
