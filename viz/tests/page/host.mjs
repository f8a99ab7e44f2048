// The page's module without a page: a request a line in, an answer a line out.
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { gunzipSync } from 'node:zlib';

const bytes = gunzipSync(readFileSync(process.argv[2]));
const e = (await WebAssembly.instantiate(bytes, {})).instance.exports;
for await (const line of createInterface({ input: process.stdin })) {
  const request = new TextEncoder().encode(line);
  // The memory may move when room is asked for.
  const at = e.iocp_request(request.length);
  new Uint8Array(e.memory.buffer, at, request.length).set(request);
  const length = e.iocp_answer();
  const answer = new Uint8Array(e.memory.buffer, e.iocp_answer_at(), length);
  process.stdout.write(`${new TextDecoder().decode(answer)}\n`);
}
