// Does what comes in, one a line: verifies with jose, asks and gives back with openid-client.
import { createInterface } from "node:readline";

import { allowInsecureRequests } from "openid-client";

import { service } from "./service.mjs";
import { verifier } from "./verifier.mjs";

const [issuer, audience, id, secret] = process.argv.slice(2);
const verify = await verifier(issuer, audience);
// The gateways of tests speak http.
const gateway = id && (await service(issuer, id, secret, { execute: [allowInsecureRequests] }));
const deeds = {
  verify: ({ token }) => verify(token),
  introspect: ({ token, hint }) => gateway.introspect(token, hint),
  revoke: async ({ token }) => (await gateway.revoke(token)) ?? null,
  userinfo: ({ token, subject }) => gateway.userinfo(token, subject),
};

console.log(JSON.stringify("ready"));
for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  let said;
  try {
    said = { result: await deeds[asked.do](asked) };
  } catch (error) {
    said = { error: error.code ?? error.name, text: String(error), cause: error.cause };
  }
  console.log(JSON.stringify(said));
}
