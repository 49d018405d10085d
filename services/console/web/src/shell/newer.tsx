/** A page stays open for days; when another build took its place it says so, and takes nothing away by itself. */
import { Button } from "antd";
import { useEffect, useState } from "react";
import { useStreamState } from "../alerts/live";
import { useTexts } from "../i18n/language";

const EVERY_MS = 10 * 60_000;
const OWN = namesIn(document.documentElement.outerHTML);

/** A build is told by the script that its page begins with: its name changes with its content. */
function namesIn(page: string): string {
  return (page.match(/<script[^>]*src="[^"]+"/g)?.join().match(/\/assets\/[\w.-]+\.js/g) ?? []).join();
}

async function isNewer(): Promise<boolean> {
  try {
    const answer = await fetch("/", { cache: "no-store", headers: { Accept: "text/html" } });
    const theirs = answer.ok ? namesIn(await answer.text()) : "";
    return theirs !== "" && OWN !== "" && theirs !== OWN;
  } catch {
    return false;
  }
}

function useNewer(): boolean {
  const [newer, setNewer] = useState(false);
  const stream = useStreamState();
  useEffect(() => {
    // Work on the page itself is served by another server, whose page names no build.
    if (newer || !import.meta.env.PROD) return undefined;
    const look = () => void (document.visibilityState === "visible" && isNewer().then((found) => found && setNewer(true)));
    // Whoever puts a build in starts the console anew: the stream breaks, and comes back with it.
    if (stream === "live") look();
    const timer = setInterval(look, EVERY_MS);
    document.addEventListener("visibilitychange", look);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", look);
    };
  }, [newer, stream]);
  return newer;
}

export function NewerNotice() {
  const t = useTexts();
  if (!useNewer()) return null;
  return (
    <div className="banner" role="status">
      {t("shell.newer")}{" "}
      <Button size="small" onClick={() => window.location.reload()}>
        {t("action.reload")}
      </Button>
    </div>
  );
}

/** Nobody types on a wall, and nobody is there to press. Where two builds answer by turns it goes on slowly. */
export function NewerOnWall() {
  const newer = useNewer();
  useEffect(() => {
    if (!newer) return undefined;
    const timer = setTimeout(() => window.location.reload(), Math.max(0, EVERY_MS - performance.now()));
    return () => clearTimeout(timer);
  }, [newer]);
  return null;
}
