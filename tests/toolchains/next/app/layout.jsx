import { Account } from "./account";
import { Auth } from "./auth";

export const metadata = { title: "Next" };

export default function Layout({ children }) {
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
