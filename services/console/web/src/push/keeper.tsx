/** Looks after this browser's Web Push, and opens what somebody chose among the notices. Shows nothing itself. */
import { useEffect } from "react";
import { useNavigate } from "react-router";
import { lookAfterPush } from "./push";

export function PushKeeper() {
  const navigate = useNavigate();
  useEffect(() => {
    void lookAfterPush().catch(() => undefined);
    const hear = ({ data }: MessageEvent<{ kind?: string; path?: string }>) => {
      if (data.kind === "open" && data.path) void navigate(data.path);
    };
    navigator.serviceWorker?.addEventListener("message", hear);
    return () => navigator.serviceWorker?.removeEventListener("message", hear);
  }, [navigate]);
  return null;
}
