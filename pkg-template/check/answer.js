// Reads one answer of a server: `{ status, headers, body, isTooLarge }`, or `{ failure }`.

/** Returns the member of an object; `undefined` if the object has none of its own. */
export const own = (object, name) => Object.hasOwn(object, name) ? object[name] : undefined;

/** Returns the JSON object of a body; `undefined` if it is not one. */
export const object = (answer) => {
  if (answer.failure || answer.isTooLarge) return undefined;
  try {
    const value = JSON.parse(answer.body);
    return value && typeof value === "object" && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
};

/** Returns the media type without its parameters. */
export const typeOf = (answer) => (answer.headers?.["content-type"] ?? "").split(";")[0].trim().toLowerCase();

/** Returns the member `error`, if it is a text. */
export const codeOf = (answer) => {
  const body = object(answer);
  const error = body && own(body, "error");
  return typeof error === "string" ? error : undefined;
};

/** Returns which of the known shapes of an error a body has; "" if none. */
export const shapeOf = (answer) => {
  if (codeOf(answer) === undefined) return "";
  const body = object(answer);
  const has = (name) => own(body, name) !== undefined;
  if (has("required") || has("reason")) return "error, message, required, reason";
  if (has("error_description")) return "error, error_description";
  return has("message") ? "error, message" : "error";
};

/** Returns what an answer is, in a few words. */
export const described = (answer) => {
  if (answer.failure) return answer.failure;
  const status = `status ${answer.status}`;
  if (answer.isTooLarge) return `${status}, too large to read`;
  const { location } = answer.headers;
  if (location && answer.status >= 300 && answer.status < 400) return `${status} to ${location}`;
  const error = codeOf(answer);
  if (error === undefined) return answer.body && typeOf(answer) ? `${status}, ${typeOf(answer)}` : status;
  const body = object(answer);
  const text = own(body, "error_description") ?? own(body, "message");
  return typeof text === "string" ? `${status} ${error} (${text})` : `${status} ${error}`;
};

/** Returns why a page of this origin cannot read an answer; "" if it can. */
export const corsOf = (answer, origin) => {
  if (answer.failure) return answer.failure;
  const allowed = answer.headers["access-control-allow-origin"];
  if (allowed === "*" || allowed === origin) return "";
  if (allowed === undefined) return "no Access-Control-Allow-Origin";
  const shown = `Access-Control-Allow-Origin: ${allowed}`;
  // The values of a header that is sent twice come joined by commas.
  if (allowed.includes(",")) return `more than one ${shown}`;
  return allowed === `${origin}/` ? `a slash at the end of ${shown}` : `another ${shown}`;
};

const WEB_ORIGINS = "Many providers have a list of web origins for each client: add this one.";

/** Returns what to do about a preflight of this origin that does not allow the request. */
export const preflightAdvice = (origin, header) => {
  const more = header ? ` and Access-Control-Allow-Headers: ${header}` : "";
  return `Let the server answer OPTIONS with status 204, Access-Control-Allow-Origin: ${origin}${more}. ${WEB_ORIGINS}`;
};

/** Returns what to do about `problem`, which `corsOf` found in the answer of `what`. */
export const corsAdvice = (problem, origin, what) => {
  if (problem.startsWith("more than one")) {
    return `A browser refuses ${what} because the header is sent twice, or with a list. Often the server and a `
      + `proxy in front of it both add it. Let only one of them do it, with the one value ${origin}.`;
  }
  return `Let ${what} have the header Access-Control-Allow-Origin: ${origin}, with an error too. ${WEB_ORIGINS}`;
};

/** Returns why a preflight does not allow a request; "" if it does. `header` is "" if it has no special one. */
export const preflightOf = (answer, origin, header) => {
  const cors = corsOf(answer, origin);
  if (cors) return answer.failure || answer.status < 300 ? cors : `status ${answer.status}, ${cors}`;
  if (answer.status < 200 || answer.status > 299) return `status ${answer.status}`;
  // GET and POST need no entry in a list. The star never stands for Authorization.
  const listed = (answer.headers["access-control-allow-headers"] ?? "").split(",").map((it) => it.trim().toLowerCase());
  const isAllowed = !header || listed.includes(header) || (listed.includes("*") && header !== "authorization");
  return isAllowed ? "" : `the header ${header} is not allowed`;
};

/** Returns where a redirect leads, whether that is `uri`, and its parameters. `to` is absent if there is no redirect. */
export const redirectOf = (answer, request, uri) => {
  const location = answer.failure || answer.status < 300 || answer.status > 399 ? undefined : answer.headers.location;
  if (!location || !URL.canParse(location, request)) return { to: undefined, isBack: false };
  const to = new URL(location, request);
  const wanted = new URL(uri);
  const isBack = to.origin === wanted.origin && to.pathname === wanted.pathname;
  return { to, isBack, params: to.searchParams };
};

/**
 * Returns whether a user would see the same for two requests. `uris` are the redirect URIs that they named.
 * Numbers and long texts, such as the id of a request, do not count, nor does the redirect URI itself.
 */
export const isSame = (answers, requests, uris) => {
  const [one, other] = answers.map((answer, index) => {
    if (answer.failure) return undefined;
    const { to } = redirectOf(answer, requests[index], uris[index]);
    const text = to ? `${to.origin}${to.pathname}` : answer.body;
    const plain = [uris[index], encodeURIComponent(uris[index]), new URL(uris[index]).origin, new URL(uris[index]).host]
      .reduce((left, uri) => left.replaceAll(uri, "*"), text);
    return `${answer.status} ${typeOf(answer)} ${plain.replace(/[\w-]{16,}|\d+/g, "*")}`;
  });
  return one !== undefined && one === other;
};
