// Sends requests, bounded in time and size. Follows no redirect.
import http from "node:http";
import https from "node:https";

/** More than any metadata, key set or error has. */
const MOST_BYTES = 1024 * 1024;

/**
 * Returns a function that sends one request and resolves to `{ status, headers, body, isTooLarge }`, or to
 * `{ failure }`. It never rejects.
 */
export const requester = (timeout) => (url, { method = "GET", headers = {}, body } = {}) =>
  new Promise((resolve) => {
    const { request } = new URL(url).protocol === "https:" ? https : http;
    let sent;
    const timer = setTimeout(() => end({ failure: `no answer in ${timeout / 1000} seconds` }), timeout);
    const end = (answer) => {
      clearTimeout(timer);
      resolve(answer);
      sent?.destroy();
    };
    const read = (response) => {
      const chunks = [];
      let length = 0;
      const answer = (isTooLarge) => end({
        status: response.statusCode, headers: response.headers, isTooLarge,
        body: Buffer.concat(chunks).toString("utf8"),
      });
      response.on("data", (chunk) => {
        length += chunk.length;
        if (length > MOST_BYTES) answer(true);
        else chunks.push(chunk);
      });
      response.on("end", () => answer(false));
      response.on("error", (error) => end({ failure: error.message }));
    };
    try {
      sent = request(url, {
        method,
        // No body is unpacked, so a small one cannot become a large one.
        headers: {
          accept: "application/json", "accept-encoding": "identity", "user-agent": "basic-oauth check", ...headers,
        },
        agent: false,
      }, read);
      sent.on("error", (error) => end({ failure: error.message || error.code || "no connection" }));
      sent.end(body);
    } catch (error) {
      end({ failure: error.message });
    }
  });
