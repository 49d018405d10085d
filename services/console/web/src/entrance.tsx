/** The door: small, so that it opens on a slow line, and behind it the rest is fetched while somebody types a name. */
import { lazy, Suspense, useEffect } from "react";
import { useSession } from "./session/session";
import { SignInPage } from "./session/sign-in";

const fetchApplication = () => import("./application");
const fetchFirstPage = () => import("./situation/page");
const Application = lazy(fetchApplication);

/** Nothing of the system is shown before somebody is signed in. */
export function Entrance() {
  const { phase, me } = useSession();
  useEffect(() => {
    // In this order: the first page is of no use without the frame.
    void fetchApplication()
      .then(fetchFirstPage)
      .catch(() => undefined);
  }, []);
  if (phase === "out" || phase === "starting" || !me) return <SignInPage />;
  return (
    <Suspense fallback={<div className="waiting" aria-busy />}>
      <Application />
    </Suspense>
  );
}
