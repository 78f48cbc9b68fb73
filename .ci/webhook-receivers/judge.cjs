// Verifies the cases on standard input with the code of docs/WEBHOOKS.md and two published packages, and prints which
// cases each verifier accepts.
"use strict";

const { readFileSync } = require("node:fs");
const standardwebhooks = require("standardwebhooks");
const svix = require("svix");

const { page, cases } = JSON.parse(readFileSync(0, "utf8"));
const verify = new Function("require", `${page}; return verify;`)(require);

const verifiers = {
  "page, Node": verify,
  "standardwebhooks, Node": (headers, body, secret) => new standardwebhooks.Webhook(secret).verify(body, headers),
  "svix, Node": (headers, body, secret) => new svix.Webhook(secret).verify(body, headers),
};

function accepts(verify, { headers, body, secret }) {
  try {
    verify(headers, Buffer.from(body, "base64"), secret);
    return true;
  } catch (error) {
    if (error instanceof TypeError || error instanceof ReferenceError) throw error;
    return false;
  }
}

const verdicts = Object.entries(verifiers).map(([name, verify]) => [name, cases.map((one) => accepts(verify, one))]);
process.stdout.write(JSON.stringify(Object.fromEntries(verdicts)));
