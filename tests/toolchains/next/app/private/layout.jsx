"use client";

import { RequireAuth } from "basic-oauth/react";

export default function Private({ children }) {
  return <RequireAuth>{children}</RequireAuth>;
}
