import { connection } from "next/server";

import { Account } from "./account";
import { Auth } from "./auth";

export const metadata = { title: "Next" };

export default async function Layout({ children }) {
  // Only a page that is made for each request can have a nonce.
  await connection();
  return (
    <html lang="en">
      <body>
        <Auth>
          <Account />
          {children}
        </Auth>
      </body>
    </html>
  );
}
