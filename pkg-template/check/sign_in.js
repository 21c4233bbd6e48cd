// What the answers of the authorization endpoint mean. Nothing here sends or prints.
import { described, isSame, redirectOf, typeOf } from "./answer.js";
import { of, skipped } from "./row.js";

/**
 * Returns the rows about the authorization endpoint. `own` are the answers to the app's redirect URI, `foreign`
 * those to one that no client has: `[page, silent]`, each `{ answer, request }`.
 */
export const signIn = (own, foreign, { redirectUri, foreignUri, state, issuer, isAnnounced }) => {
  const isSameAs = (index) => isSame(
    [own[index].answer, foreign[index].answer], [own[index].request, foreign[index].request], [redirectUri, foreignUri],
  );
  const same = [isSameAs(0), isSameAs(1)];
  return [
    page(own[0], redirectUri, same[0]),
    ...silent(own[1], { redirectUri, state, issuer, isAnnounced }),
    unregistered(foreign, foreignUri, same.every(Boolean)),
  ];
};

/** Returns the row about the request with the app's own redirect URI. */
const page = ({ answer, request }, uri, isSameAsForeign) => {
  const result = of("sign-in-page");
  const { to, isBack, params } = redirectOf(answer, request, uri);
  if (answer.failure) return result("fail", answer.failure, "The authorization endpoint cannot be reached.");
  if (isBack) {
    const error = params.get("error");
    return error === null
      ? result("warn", "redirected to the app without a page", "The server asked no user. Look at the settings of the "
        + "client.")
      : result("fail", `${error} ${params.get("error_description") ?? ""}`,
        "The server refuses the request of this client: look at the error, and at --scope.");
  }
  const look = "Open the address of a sign-in in a browser, and read what it says.";
  if (to) {
    const place = `leads to ${to.origin}${to.pathname}`;
    return /error/i.test(to.pathname + to.search)
      ? result("warn", place, `This looks like a page with an error. ${look}`) : result("ok", place);
  }
  if (answer.status === 404 || answer.status === 405) {
    return result("fail", described(answer), "The server has no sign-in page there. Check the address of the "
      + "authorization endpoint.");
  }
  if (answer.status < 200 || answer.status > 299) {
    return result("fail", described(answer),
      "The server shows an error in place of a sign-in page. Register the client id and this redirect URI, character "
        + "for character.");
  }
  if (!["text/html", "application/xhtml+xml"].includes(typeOf(answer))) {
    return result("fail", described(answer),
      "This is no page that a user can sign in on. Check the address of the authorization endpoint.");
  }
  const title = headingOf(answer.body);
  const shown = title ? `a page, status ${answer.status}, ${JSON.stringify(title)}` : `a page, status ${answer.status}`;
  if (/\berror\b|invalid|not found|denied|forbidden|unauthorized|bad request|wrong/i.test(title)) {
    return result("warn", shown, `This looks like a page with an error. ${look}`);
  }
  return isSameAsForeign
    ? result("warn", shown, `A redirect URI that no client has gets the same page, so this may be an error. ${look}`)
    : result("ok", shown);
};

/** Returns the title of a page, or else its first heading. */
const headingOf = (html) => {
  const [, , text = ""] = /<(title|h1)\b[^>]*>([^<]*)/i.exec(html) ?? [];
  return text.replace(/\s+/g, " ").trim().slice(0, 60);
};

/** The answers to `prompt=none` that say that a user is needed (OpenID Connect Core, section 3.1.2.6). */
const NEEDS_USER = ["login_required", "interaction_required", "consent_required", "account_selection_required"];

/** Returns the rows about `prompt=none`, which no user sees, and about `iss` in its answer. */
const silent = ({ answer, request }, { redirectUri, state, issuer, isAnnounced }) => {
  const { isBack, params } = redirectOf(answer, request, redirectUri);
  if (answer.failure) return ["silent", "iss"].map((id) => skipped(id, answer.failure));
  const iss = of("iss");
  const several = "If the app uses more than one server, give each its own redirect URI: without iss (RFC 9207), "
    + "only that tells their answers apart.";
  if (!isBack) {
    return [
      of("silent")("warn", described(answer), "The server did not redirect to the app, so a sign-in without a page "
        + "(prompt=none) does not work, or the redirect URI is not registered."),
      isAnnounced ? skipped("iss", "announced, but there was no redirect to look at")
        : iss("warn", "not announced, and there was no redirect to look at", several),
    ];
  }
  const error = params.get("error");
  const rows = [];
  if (params.get("state") !== state) {
    rows.push(of("silent")("fail", `the state is ${params.has("state") ? "another" : "missing"}`,
      "The server must return the state as it was sent. The SDK refuses the answer."));
  } else if (error === null) {
    rows.push(of("silent")("warn", "a code without a user",
      "The server asks no user. Look at the settings of the client."));
  } else if (!NEEDS_USER.includes(error)) {
    rows.push(of("silent")("warn", error, "To prompt=none without a user, the answer should be login_required "
      + "(OpenID Connect Core, section 3.1.2.6)."));
  } else {
    rows.push(of("silent")("ok", error));
  }
  const named = params.get("iss");
  if (named === null) {
    const refused = "The SDK refuses an answer without iss if the metadata announce it.";
    rows.push(!isAnnounced ? iss("warn", "not announced and not sent", several)
      : error === null ? iss("fail", "announced, but missing", refused)
        : iss("warn", "announced, but missing in an error", `${refused} Errors need it too (RFC 9207). If the server `
          + "sends it with a code, sign-ins work, and an app is told of a wrong answer when the user denies."));
  } else if (issuer !== undefined && named !== issuer) {
    rows.push(iss("fail", `${named} in place of ${issuer}`, "The SDK refuses an answer of another issuer."));
  } else {
    rows.push(iss("ok", isAnnounced ? "announced and sent" : "sent, but not announced"));
  }
  return rows;
};

/** Returns the row about a redirect URI that no client has. */
const unregistered = (asked, uri, isSameAsOwn) => {
  const result = of("unregistered-redirect");
  const { origin } = new URL(uri);
  if (asked.some(({ answer, request }) => redirectOf(answer, request, uri).to?.origin === origin)) {
    return result("fail", "the server redirects to it",
      "This is an open redirect: an attacker can get codes of this client. Register exact redirect URIs, and let the "
        + "server compare them before it redirects (RFC 6749, section 4.1.2.1).");
  }
  const [{ answer }] = asked;
  if (answer.failure) return result("skipped", answer.failure);
  if (isSameAsOwn) {
    return result("warn", `cannot tell: ${described(answer)}`,
      "The app's own redirect URI gets the same answer. If that is an error, see the row Sign-in page. Else sign in "
        + `once with redirect_uri=${uri} in the address, and make sure that the server refuses.`);
  }
  if (answer.status >= 500) return result("warn", described(answer), "An error page with status 400 would be right.");
  return result("ok", `${answer.status >= 400 ? "refused" : "no redirect to it"}: ${described(answer)}`);
};
