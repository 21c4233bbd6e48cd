"use client";

import { BasicAuthProvider } from "basic-oauth/react";
import { useRouter } from "next/navigation";

export const Auth = ({ children }) => {
  const router = useRouter();
  return (
    <BasicAuthProvider
      clientId="your-client-id"
      redirectUri="/callback"
      server="https://auth.example"
      onReturn={(path) => router.replace(path)}
    >
      {children}
    </BasicAuthProvider>
  );
};
