import { createRoot } from "react-dom/client";
import { startClock } from "./clock";
import { registerWorker } from "./session/worker";
import { session } from "./session/session";
import { signStyles } from "./policy";
import { Application } from "./application";
import "./styles.css";

signStyles();
registerWorker();
void Promise.all([startClock(), session.start()]).then(() => {
  const root = document.getElementById("root");
  if (root) createRoot(root).render(<Application />);
});
