// Does what README.md shows with the generated TypeScript client. Takes BASE_URL, API_KEY, SERVICE_KEY, ANALYST_KEY and
// FRAUD_KEY from the environment.

import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

const NAME = "typescript-42";

function setting(name: string): string {
  const value = process.env[name];
  assert(value, name);
  return value;
}

function client(key: string) {
  return createClient<paths>({ baseUrl: setting("BASE_URL"), headers: { "x-api-key": setting(key) } });
}

function data<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  assert(answer.data !== undefined, `${answer.response.status} ${JSON.stringify(answer.error)}`);
  return answer.data;
}

const user = { params: { path: { vendor_data: NAME } } };
const [owner, service] = [client("API_KEY"), client("SERVICE_KEY")];

async function enforcement(): Promise<components["schemas"]["Enforcement"]> {
  return data(await service.GET("/internal/v1/enforcement/{vendor_data}/", user));
}

async function story(): Promise<void> {
  const metadata = { plan: "premium", seats: 7, nested: { list: [1, 2.5, null, true] } };
  const body = { vendor_data: NAME, full_name: "Ada Lovelace", metadata, tags: ["vip"] };
  const created = data(await owner.POST("/v3/users/create/", { body }));
  assert.deepEqual([created.status, created.full_name, created.version], ["ACTIVE", "Ada Lovelace", 1]);
  assert.deepEqual(created.metadata, metadata);

  const session: components["schemas"]["SessionEvent"] = {
    session_id: "typescript-session",
    vendor_data: NAME,
    revision: 1,
    status: "Approved",
    occurred_at: "2025-11-03T09:30:00Z",
    features: { LIVENESS: "Approved" },
    identity: { full_name: "Augusta Ada King", issuing_state: "GBR" },
  };
  const sessions = data(await service.POST("/internal/v1/session-events/", { body: session }));
  assert.equal(sessions.errors, 0, JSON.stringify(sessions));
  const verified = data(await owner.GET("/v3/users/{vendor_data}/", user));
  assert.deepEqual([verified.full_name, verified.approved_count], ["Augusta Ada King", 1]);
  assert.deepEqual(verified.issuing_states, ["GBR"]);

  const ignored = await owner.PATCH("/v3/users/{vendor_data}/", { ...user, body: { full_name: "Eve" } });
  assert.equal(ignored.response.status, 200);
  assert.equal(ignored.response.headers.get("x-ignored-fields"), "full_name");

  const transaction: components["schemas"]["TransactionEvent"] = {
    transaction_id: "typescript-transfer",
    vendor_data: NAME,
    revision: 1,
    status: "IN_REVIEW",
    occurred_at: "2025-11-04T12:00:00Z",
    rule_actions: ["flag"],
  };
  const transactions = data(await service.POST("/internal/v1/transaction-events/", { body: [transaction] }));
  assert.equal(transactions.errors, 0, JSON.stringify(transactions));
  assert.equal((await enforcement()).new_session, "in_review");

  for (const [key, status, reason] of [
    ["ANALYST_KEY", "ACTIVE", "it is the salary"],
    ["FRAUD_KEY", "BLOCKED", "forged passport"],
  ] as const) {
    const answer = await client(key).PATCH("/v3/users/{vendor_data}/update-status/", { ...user, body: { status, reason } });
    const changed = data(answer);
    assert.deepEqual([changed.status, changed.comments[0]?.comment], [status, reason]);
  }
  const declined = await enforcement();
  assert.deepEqual([declined.status, declined.new_transaction], ["BLOCKED", "declined"]);

  const query = { search: "Augusta", limit: 10 };
  const page = data(await owner.GET("/v3/users/", { params: { query } }));
  assert(page.results.some((row) => row.vendor_data === NAME));
  const deletion = data(await owner.POST("/v3/users/delete/", { body: { vendor_data_list: [NAME] } }));
  assert.equal(deletion.deleted, 1);
  assert.equal((await owner.GET("/v3/users/{vendor_data}/", user)).response.status, 404);
}

await story();
console.log("the TypeScript client did what README.md shows");
