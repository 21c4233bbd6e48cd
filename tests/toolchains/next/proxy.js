import { NextResponse } from "next/server";

/** Sends a strict policy with each page. Next gives its scripts the nonce that it finds in the policy. */
export const proxy = (request) => {
  const nonce = btoa(crypto.randomUUID());
  const policy = [
    "default-src 'none'",
    `script-src 'self' 'nonce-${nonce}' 'strict-dynamic' 'wasm-unsafe-eval'`,
    "style-src 'self'",
    "img-src 'self' data: https://auth.example",
    "connect-src 'self' https://auth.example",
    "require-trusted-types-for 'script'",
    "base-uri 'none'",
  ].join("; ");
  const headers = new Headers(request.headers);
  headers.set("content-security-policy", policy);
  const response = NextResponse.next({ request: { headers } });
  response.headers.set("content-security-policy", policy);
  return response;
};

export const config = { matcher: "/((?!_next/static|favicon.ico).*)" };
