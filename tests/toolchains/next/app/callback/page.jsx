"use client";

export { AuthCallback as default } from "basic-oauth/react";
