// The official client of Upstash against an instance of Leasehold's gateway, unmodified:
//   npm install
//   UPSTASH_REDIS_REST_URL=http://127.0.0.1:8080/redis/<instance id> UPSTASH_REDIS_REST_TOKEN=<key> node example.mjs
// It writes keys that begin with "example:" and removes them.
import assert from "node:assert/strict";
import { Redis } from "@upstash/redis";

const redis = Redis.fromEnv();
let steps = 0;
const step = async (name, run) => {
  await run();
  steps++;
  console.log(`${name}: ok`);
};

await step("ping", async () => assert.equal(await redis.ping(), "PONG"));
await step("set and get", async () => {
  assert.equal(await redis.set("example:a", "OK"), "OK");
  assert.equal(await redis.get("example:a"), "OK");
  assert.equal(await redis.get("example:none"), null);
});
await step("text of any kind", async () => {
  const text = 'ключ 🔒 "quoted"\r\n\u0000';
  await redis.set("example:text", text);
  assert.equal(await redis.get("example:text"), text);
});
await step("objects", async () => {
  await redis.set("example:object", { user: "ann", tags: [1, 2] });
  assert.deepEqual(await redis.get("example:object"), { user: "ann", tags: [1, 2] });
});
await step("options", async () => {
  assert.equal(await redis.set("example:a", "x", { nx: true }), null);
  assert.equal(await redis.set("example:a", "x", { ex: 100 }), "OK");
  const ttl = await redis.ttl("example:a");
  assert.ok(ttl > 90 && ttl <= 100, `ttl ${ttl}`);
});
await step("counters", async () => {
  await redis.del("example:n");
  assert.equal(await redis.incr("example:n"), 1);
  assert.equal(await redis.incrby("example:n", 41), 42);
  assert.equal(await redis.incrbyfloat("example:n", 0.5), 42.5);
});
await step("hashes", async () => {
  assert.equal(await redis.hset("example:h", { a: 1, b: "two", c: { d: true } }), 3);
  assert.deepEqual(await redis.hgetall("example:h"), { a: 1, b: "two", c: { d: true } });
  assert.deepEqual(await redis.hmget("example:h", "a", "none"), { a: 1, none: null });
});
await step("lists", async () => {
  await redis.del("example:l");
  assert.equal(await redis.rpush("example:l", "a", "b", "c"), 3);
  assert.deepEqual(await redis.lrange("example:l", 0, -1), ["a", "b", "c"]);
  assert.equal(await redis.lpop("example:l"), "a");
});
await step("sets", async () => {
  await redis.sadd("example:s", "x", "y");
  assert.deepEqual((await redis.smembers("example:s")).sort(), ["x", "y"]);
  assert.equal(await redis.sismember("example:s", "x"), 1);
});
await step("pipeline", async () => {
  const pipeline = redis.pipeline().set("example:p", 1).incr("example:p").get("example:p");
  assert.deepEqual(await pipeline.exec(), ["OK", 2, 2]);
});
await step("transaction", async () => {
  const multi = redis.multi().set("example:m", "1").incr("example:m").mget("example:m", "example:none");
  assert.deepEqual(await multi.exec(), ["OK", 2, [2, null]]);
});
await step("many at once", async () => {
  const all = Array.from({ length: 700 }, (_, i) => redis.hset("example:many", { [`f${i}`]: i }));
  assert.deepEqual(new Set(await Promise.all(all)), new Set([1]));
  assert.equal(await redis.hlen("example:many"), 700);
});
await step("errors", async () => {
  await assert.rejects(redis.incr("example:l"), /WRONGTYPE/);
  await assert.rejects(redis.set("example:e", "x", { ex: 0 }), /invalid expire time in 'set' command/);
});
const heard = (subscriber, event, run) =>
  new Promise((done, fail) => {
    subscriber.on("error", fail);
    subscriber.on(event, (data) => data.channel && done(data));
    run().catch(fail);
  });
await step("subscribe and publish", async () => {
  const subscriber = redis.subscribe(["example:chat"]);
  await new Promise((done) => subscriber.on("subscribe", done));
  const message = await heard(subscriber, "message", async () =>
    assert.equal(await redis.publish("example:chat", { hello: "you" }), 1));
  assert.equal(message.channel, "example:chat");
  assert.deepEqual(message.message, { hello: "you" });
  await subscriber.unsubscribe();
});
await step("subscribe to a pattern", async () => {
  const subscriber = redis.psubscribe(["example:news.*"]);
  await new Promise((done) => subscriber.on("psubscribe", done));
  const message = await heard(subscriber, "pmessage", async () =>
    assert.equal(await redis.publish("example:news.eu", { text: "with, a comma" }), 1));
  assert.equal(message.pattern, "example:news.*");
  assert.equal(message.channel, "example:news.eu");
  assert.deepEqual(message.message, { text: "with, a comma" });
  await subscriber.unsubscribe();
});
await step("scan and delete", async () => {
  const found = [];
  let cursor = "0";
  do {
    const [next, keys] = await redis.scan(cursor, { match: "example:*" });
    found.push(...keys);
    cursor = next;
  } while (cursor !== "0");
  assert.ok(found.includes("example:h"));
  await redis.del(...new Set(found));
  assert.equal(await redis.exists("example:h"), 0);
});
console.log(`all of ${steps} steps`);
