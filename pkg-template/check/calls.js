// What the answers of the endpoints mean that a browser calls. Nothing here sends or prints.
import { codeOf, corsAdvice, corsOf, described, preflightAdvice, preflightOf, shapeOf, typeOf } from "./answer.js";
import { of, skipped } from "./row.js";

/**
 * Returns the rows about the token endpoint. `json` and `form` are each `{ preflight, answer }` to a code that
 * does not exist. The SDK sends JSON to a server that is named by its plain origin, and else a form.
 */
export const token = (json, form, origin, isBasic) => {
  const sent = isBasic ? "json" : "form";
  const isRead = { json: codeOf(json.answer) === "invalid_grant", form: codeOf(form.answer) === "invalid_grant" };
  const answers = { json: json.answer, form: form.answer };
  const other = sent === "json" ? "form" : "json";
  return [
    encoding("json", answers, isRead, sent),
    encoding("form", answers, isRead, sent),
    tokenError(answers[isRead[other] && !isRead[sent] ? other : sent]),
    jsonCors(json, origin, isBasic),
    isAbsent(form.answer) ? skipped("token-cors-form", described(form.answer))
      : formCors(of("token-cors-form"), form, origin, "fail", "the token endpoint"),
  ];
};

/** Returns the row about one encoding of the request. */
const encoding = (name, answers, isRead, sent) => {
  const result = of(`token-${name}`);
  const other = name === "json" ? "form" : "json";
  const detail = described(answers[name]);
  if (isRead[name]) return result("ok", `read: ${detail}`);
  // Such as invalid_client, which a server says before it looks at the code.
  if (!isRead[other]) return result("skipped", `cannot tell: ${detail}`);
  if (name !== sent) return result("skipped", `not read, and not needed: ${detail}`);
  return result("fail", detail, sent === "json"
    ? "The server reads forms only. The plain origin as option server sends JSON. Use server: { issuer }, or the "
      + "endpoints, which send a form."
    : "The server reads JSON only. Give the endpoints in the option server, with tokenEncoding: \"json\".");
};

const tokenError = (answer) => {
  const result = of("token-error");
  const { status } = answer;
  const code = codeOf(answer);
  const shape = shapeOf(answer);
  const detail = shape ? `${described(answer)}; members: ${shape}` : described(answer);
  if (answer.failure) return result("fail", detail, "The token endpoint cannot be reached.");
  if (status >= 300 && status < 400) {
    return result("fail", detail, "A token endpoint must not redirect: give its real address.");
  }
  if (status >= 500 || status === 429) {
    return result("fail", detail, "The server has trouble, or answers an unknown code like that. The SDK then tries "
      + "again, and a session that has ended is never found out.");
  }
  if (!shape) {
    return result("fail", status < 300 ? detail : `${detail}, without an error in JSON`,
      "The answer to a code that does not exist must be JSON with the member error (RFC 6749, section 5.2). Check the "
        + "address of the token endpoint, and what stands in front of it.");
  }
  if (code === "invalid_client" || code === "unauthorized_client") {
    return result("fail", detail,
      "The server does not know this client, or wants a secret. Register the app as a public client, and check "
        + "the client id.");
  }
  if (code !== "invalid_grant") {
    return result("warn", detail, "For a code that does not exist, the error should be invalid_grant (RFC 6749, "
      + "section 5.2). Only that tells an app that the user has to sign in again.");
  }
  if (status < 400) return result("warn", detail, "An error should have status 400 (RFC 6749, section 5.2).");
  return typeOf(answer) === "application/json" ? result("ok", detail)
    : result("warn", `${detail}; as ${typeOf(answer) || "no type"}`, "The content type should be application/json.");
};

/** Of an endpoint that is not there, only that is said. */
const isAbsent = (answer) => Boolean(answer.failure) || answer.status === 404;

const jsonCors = ({ preflight, answer }, origin, isNeeded) => {
  const result = of("token-cors-json");
  if (isAbsent(answer)) return result("skipped", described(answer));
  const refused = preflightOf(preflight, origin, "content-type");
  const unreadable = corsOf(answer, origin);
  const problem = refused ? `preflight: ${refused}` : unreadable && `answer: ${unreadable}`;
  if (!problem) return result("ok", "preflight and answer, with an error too");
  if (!isNeeded) return result("skipped", `not needed: ${problem}`);
  return result("fail", problem, refused
    ? `The SDK sends JSON to this server. ${preflightAdvice(origin, "content-type")} Or use server: { issuer }, or the `
      + "endpoints, which send a form and need no preflight."
    : corsAdvice(unreadable, origin, "the answer of the token endpoint"));
};

/**
 * Returns the row about the answer to a form, which is `bad` if no page can read it. A browser sends a form
 * without a preflight, so only the answer to the form has to be right.
 */
const formCors = (result, { preflight, answer }, origin, bad, what) => {
  const unreadable = corsOf(answer, origin);
  if (unreadable) return result(bad, `answer: ${unreadable}`, corsAdvice(unreadable, origin, `the answer of ${what}`));
  const refused = preflightOf(preflight, origin, "");
  return refused
    ? result("warn", `answer; preflight: ${refused}`,
      "The SDK's own forms need no preflight. But if a script of the page adds a header to requests, as some do for "
        + `tracing, the browser asks for one. ${preflightAdvice(origin, "")}`)
    : result("ok", "preflight and answer");
};

/** Returns the row about the revocation of a token that does not exist. */
export const revocation = (asked, origin) => {
  const result = of("revocation");
  const { answer } = asked;
  if (answer.failure) return result("warn", answer.failure, "The revocation endpoint cannot be reached.");
  const row = formCors(result, asked, origin, "warn", "the revocation endpoint");
  if (corsOf(answer, origin) || (answer.status >= 200 && answer.status < 300)) return row;
  const isClient = ["invalid_client", "unauthorized_client"].includes(codeOf(answer));
  return result("warn", described(answer), isClient
    ? "The server revokes nothing for an app without a secret. A sign-out ends the session in the app, and its tokens "
      + "live on until they expire."
    : "A token that does not exist should get status 200 (RFC 7009, section 2.2). Check the address of this endpoint.");
};

/** Returns the row about the user information, asked with a token that does not exist. */
export const userinfo = ({ preflight, answer }, origin) => {
  const result = of("userinfo");
  if (isAbsent(answer)) {
    return result("fail", described(answer), "The user information cannot be reached. Check the address of this "
      + "endpoint.");
  }
  const refused = preflightOf(preflight, origin, "authorization");
  if (refused) return result("fail", `preflight: ${refused}`, preflightAdvice(origin, "authorization"));
  const unreadable = corsOf(answer, origin);
  if (unreadable) {
    return result("fail", `answer: ${unreadable}`, corsAdvice(unreadable, origin, "the user information"));
  }
  const detail = `preflight and answer: ${described(answer)}`;
  return answer.status === 401 || answer.status === 400 || answer.status === 403 ? result("ok", detail)
    : result("warn", detail, "A token that does not exist should get status 401 (RFC 6750, section 3.1). Check the "
      + "address of this endpoint.");
};

/** Returns the rows of endpoints that the server does not have, or whose address is unknown. */
export const none = (ids) => ids.map((id) => skipped(id, "there is no endpoint to ask"));
