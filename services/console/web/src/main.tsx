import { createRoot } from "react-dom/client";
import { startClock } from "./clock";
import { Entrance } from "./entrance";
import { startLanguage } from "./i18n/language";
import { signStyles } from "./policy";
import { session } from "./session/session";
import { goToPlatformOnce, startWays } from "./session/ways";
import { registerWorker } from "./session/worker";
import "./shell/appearance";
import "./styles.css";

signStyles();
registerWorker();
void Promise.all([startClock(), startLanguage(), session.start(), startWays()]).then(() => {
  if (session.current().phase === "out" && goToPlatformOnce()) return;
  const root = document.getElementById("root");
  if (root) createRoot(root).render(<Entrance />);
});
