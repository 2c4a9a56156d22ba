// Calls the operations that it reads, a line of JSON each, and writes a line
// for each: {"out": …} or {"err": …}. The endpoint is the first argument.
import { createInterface } from "node:readline";
import * as dx from "@aws-sdk/client-direct-connect";

// plain gives bytes and times the form that they have on the wire.
function plain(value) {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (value instanceof Date) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, plain(member)]));
}

for await (const line of createInterface({ input: process.stdin })) {
  const call = JSON.parse(line);
  process.env.AWS_PROFILE = call.profile;
  const client = new dx.DirectConnectClient({ endpoint: process.argv[2], maxAttempts: 1 });
  let answer;
  try {
    const { $metadata, ...out } = await client.send(new dx[call.operation + "Command"](call.in));
    answer = { out: plain(out) };
  } catch (err) {
    answer = { err: `${err.name}: ${err.message}` };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
