// The model: the Rust one, compiled to WebAssembly. Everything that happens is asked of it here;
// no other script computes what follows from what.
const model = { exports: null, broken: null };

async function openModel() {
  const packed = Uint8Array.from(atob($('module').textContent.trim()), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  const bytes = await new Response(stream).arrayBuffer();
  model.exports = (await WebAssembly.instantiate(bytes, {})).instance.exports;
}

// The answer to a request; an object with `error` if there is none.
function ask(request) {
  if (model.broken) return { error: model.broken };
  const bytes = new TextEncoder().encode(JSON.stringify(request));
  const e = model.exports;
  try {
    const at = e.iocp_request(bytes.length);
    if (at === 0) return { error: 'this is too long' };
    new Uint8Array(e.memory.buffer, at, bytes.length).set(bytes);
    const length = e.iocp_answer();
    const answer = new Uint8Array(e.memory.buffer, e.iocp_answer_at(), length);
    return JSON.parse(new TextDecoder().decode(answer));
  } catch (error) {
    // A trap leaves the module in no known state: better silent than wrong.
    model.broken = `the model has stopped (${error.message}); reload the page`;
    return { error: model.broken };
  }
}
