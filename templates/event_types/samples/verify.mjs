import { createHmac, timingSafeEqual } from "node:crypto";

// secretKey: whsec_...; headers: with lower-case names; body: the raw Buffer, before any parsing.
export function isGenuine(secretKey, headers, body) {
  const timestamp = headers["webhook-timestamp"];
  if (!(Math.abs(Date.now() / 1000 - Number(timestamp)) <= 300)) return false;
  const key = Buffer.from(secretKey.replace(/^whsec_/, ""), "base64");
  const right = createHmac("sha256", key).update(`${headers["webhook-id"]}.${timestamp}.`).update(body).digest();
  return headers["webhook-signature"].split(" ").some((one) => {
    const given = Buffer.from(one.replace(/^v1,/, ""), "base64");
    return given.length === right.length && timingSafeEqual(given, right);
  });
}
